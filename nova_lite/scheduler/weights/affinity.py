"""ServerGroupSoftAffinityWeigher, ServerGroupSoftAntiAffinityWeigher."""

from nova_lite.scheduler import group
from nova_lite.scheduler.weights import base


class _SoftGroupWeigher(base.BaseHostWeigher):
    policy: str

    def applies(self, spec) -> bool:
        """Only to requests of a group with this policy."""
        return group.policy(spec) == self.policy

    def weigh(self, host_state, spec) -> float:
        """Count the group's members on the host."""
        return len(host_state.group_members)


class ServerGroupSoftAffinityWeigher(_SoftGroupWeigher):
    """Prefers hosts with more members of the server's group."""

    policy = group.SOFT_AFFINITY
    option = "soft_affinity_weight_multiplier"


class ServerGroupSoftAntiAffinityWeigher(_SoftGroupWeigher):
    """Prefers hosts with fewer members of the server's group."""

    policy = group.SOFT_ANTI_AFFINITY
    option = "soft_anti_affinity_weight_multiplier"
    penalty = True
