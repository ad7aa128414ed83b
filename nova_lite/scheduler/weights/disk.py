"""DiskWeigher."""

from nova_lite.scheduler.weights import base


class DiskWeigher(base.BaseHostWeigher):
    """Prefers hosts with more free disk; a negative multiplier fills hosts up."""

    option = "disk_weight_multiplier"

    def weigh(self, host_state, spec) -> float:
        """Count free GiB."""
        return host_state.free_disk_gb
