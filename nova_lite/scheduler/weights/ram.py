"""RAMWeigher."""

from nova_lite.scheduler.weights import base


class RAMWeigher(base.BaseHostWeigher):
    """Prefers hosts with more free memory; a negative multiplier fills hosts up."""

    option = "ram_weight_multiplier"

    def weigh(self, host_state, spec) -> float:
        """Count free MiB."""
        return host_state.free_ram_mb
