"""The server group of a request."""

from nova_lite.db.allocations import AFFINITY, ANTI_AFFINITY, GroupRule

SOFT_AFFINITY = "soft-affinity"
SOFT_ANTI_AFFINITY = "soft-anti-affinity"


def policy(spec) -> str | None:
    """Return the policy of the request's server group; None without one."""
    return spec.instance_group.policy if spec.instance_group else None


def max_server_per_host(spec) -> int:
    """Return the anti-affinity rule of that name; 1 if there is none (since 2.64 a group may have it)."""
    return int((spec.instance_group.rules or {}).get("max_server_per_host", 1))


def rule(spec) -> GroupRule | None:
    """Return what the claim of the request must keep to; None when it is free to go anywhere."""
    wanted = policy(spec)
    if wanted not in (AFFINITY, ANTI_AFFINITY):
        return None
    return GroupRule(spec.instance_group.uuid, wanted, max_server_per_host(spec))
