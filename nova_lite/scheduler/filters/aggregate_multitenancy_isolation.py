"""AggregateMultiTenancyIsolation."""

from nova_lite.scheduler.filters import base, utils

#: Metadata keys that begin so name projects (with a suffix, so that an aggregate can have several).
KEY = "filter_tenant_id"


class AggregateMultiTenancyIsolation(base.BaseHostFilter):
    """Keeps servers of other projects off hosts whose aggregates name projects."""

    run_filter_once_per_request = True

    def needs(self, spec, needs: base.Needs) -> None:
        """Ask for aggregates."""
        needs.aggregates = True

    def host_passes(self, host_state, spec) -> bool:
        """Look for the request's project among the named ones, if any are."""
        projects = utils.aggregate_values_by_prefix(host_state, KEY)
        return not projects or spec.project_id in projects

    def why(self, spec) -> str:
        """Say for whom they are."""
        return "reserved for other projects"
