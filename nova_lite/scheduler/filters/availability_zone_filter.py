"""AvailabilityZoneFilter."""

from nova_lite.conf import CONF
from nova_lite.db.aggregates import AVAILABILITY_ZONE
from nova_lite.scheduler.filters import base, utils


class AvailabilityZoneFilter(base.BaseHostFilter):
    """Passes hosts in the wanted zone; hosts in no aggregate with a zone are in default_availability_zone.

    The database narrows by zone already, whatever filters are enabled, as Placement does for Nova. This one
    judges by what was read with the host.
    """

    run_filter_once_per_request = True

    def needs(self, spec, needs: base.Needs) -> None:
        """Ask for aggregates if a zone is wanted."""
        needs.aggregates |= bool(spec.availability_zone)

    def host_passes(self, host_state, spec) -> bool:
        """Compare zones."""
        if not spec.availability_zone:
            return True
        zones = utils.aggregate_values(host_state, AVAILABILITY_ZONE) or {CONF.default_availability_zone}
        return spec.availability_zone in zones

    def why(self, spec) -> str:
        """Name the zone."""
        return f"not in availability zone {spec.availability_zone!r}"
