"""NumInstancesFilter."""

from nova_lite.conf import CONF
from nova_lite.scheduler.filters import base


class NumInstancesFilter(base.BaseHostFilter):
    """Passes hosts with fewer than `[filter_scheduler] max_instances_per_host` servers."""

    def host_passes(self, host_state, spec) -> bool:
        """Compare."""
        return host_state.num_instances < CONF.filter_scheduler.max_instances_per_host

    def why(self, spec) -> str:
        """Name the option."""
        return f"max_instances_per_host is {CONF.filter_scheduler.max_instances_per_host}"
