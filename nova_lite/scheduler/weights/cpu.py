"""CPUWeigher."""

from nova_lite.scheduler.weights import base


class CPUWeigher(base.BaseHostWeigher):
    """Prefers hosts with more free VCPUs; a negative multiplier fills hosts up."""

    option = "cpu_weight_multiplier"

    def weigh(self, host_state, spec) -> float:
        """Count free VCPUs."""
        return host_state.free_vcpus
