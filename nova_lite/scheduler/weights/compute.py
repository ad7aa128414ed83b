"""BuildFailureWeigher."""

from nova_lite.scheduler.weights import base


class BuildFailureWeigher(base.BaseHostWeigher):
    """Prefers hosts on which fewer builds failed since the last one that did not."""

    option = "build_failure_weight_multiplier"
    penalty = True

    def weigh(self, host_state, spec) -> float:
        """Count failures."""
        return host_state.failed_builds
