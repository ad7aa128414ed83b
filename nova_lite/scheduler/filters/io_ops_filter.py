"""IoOpsFilter."""

from nova_lite.conf import CONF
from nova_lite.scheduler.filters import base


class IoOpsFilter(base.BaseHostFilter):
    """Passes hosts with fewer than `[filter_scheduler] max_io_ops_per_host` builds, resizes and snapshots."""

    def needs(self, spec, needs: base.Needs) -> None:
        """Ask for their number."""
        needs.io_ops = True

    def host_passes(self, host_state, spec) -> bool:
        """Compare."""
        return host_state.num_io_ops < CONF.filter_scheduler.max_io_ops_per_host

    def why(self, spec) -> str:
        """Name the option."""
        return f"max_io_ops_per_host is {CONF.filter_scheduler.max_io_ops_per_host}"
