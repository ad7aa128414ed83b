"""ComputeFilter."""

from nova_lite import servicegroup
from nova_lite.scheduler.filters import base


class ComputeFilter(base.BaseHostFilter):
    """Passes hosts whose nova-compute is enabled and up."""

    run_filter_once_per_request = True

    def host_passes(self, host_state, spec) -> bool:
        """Look at the service's row."""
        return not host_state.service["disabled"] and servicegroup.is_up(host_state.service)

    def why(self, spec) -> str:
        """Name the two reasons."""
        return "down or disabled"
