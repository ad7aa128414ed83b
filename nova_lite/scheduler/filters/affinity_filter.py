"""SameHostFilter, DifferentHostFilter, ServerGroupAffinityFilter, ServerGroupAntiAffinityFilter."""

from nova_lite.db.allocations import AFFINITY, ANTI_AFFINITY
from nova_lite.scheduler import group
from nova_lite.scheduler.filters import base


class _HintFilter(base.BaseHostFilter):
    """Base of filters by the hosts of the servers that a hint names."""

    hint: str
    run_filter_once_per_request = True

    def needs(self, spec, needs: base.Needs) -> None:
        """Ask where those servers are."""
        needs.instances.update(map(str, spec.hints(self.hint)))

    def why(self, spec) -> str:
        """Name the hint."""
        return f"hint {self.hint}: {', '.join(map(str, spec.hints(self.hint)))}"


class SameHostFilter(_HintFilter):
    """Passes hosts of at least one server that the hint `same_host` names."""

    hint = "same_host"

    def host_passes(self, host_state, spec) -> bool:
        """Look for one."""
        wanted = spec.hints(self.hint)
        return not wanted or not host_state.instances.isdisjoint(map(str, wanted))


class DifferentHostFilter(_HintFilter):
    """Passes hosts of none of the servers that the hint `different_host` names."""

    hint = "different_host"

    def host_passes(self, host_state, spec) -> bool:
        """Look for one."""
        return host_state.instances.isdisjoint(map(str, spec.hints(self.hint)))


class ServerGroupAffinityFilter(base.BaseHostFilter):
    """Passes the hosts that the group's members are on, or all while it has none anywhere."""

    def host_passes(self, host_state, spec) -> bool:
        """Look at the group's hosts, those that this request has chosen so far included."""
        if group.policy(spec) != AFFINITY:
            return True
        return not spec.instance_group.hosts or host_state.host in spec.instance_group.hosts

    def why(self, spec) -> str:
        """Name the policy, but no hosts: users may not know them."""
        return "not where the server group is"


class ServerGroupAntiAffinityFilter(base.BaseHostFilter):
    """Passes hosts with fewer members of the group than the rule max_server_per_host (1)."""

    def host_passes(self, host_state, spec) -> bool:
        """Count the group's members on the host, those that this request has placed so far included."""
        if group.policy(spec) != ANTI_AFFINITY:
            return True
        return len(host_state.group_members) < group.max_server_per_host(spec)

    def why(self, spec) -> str:
        """Name the rule."""
        return f"at most {group.max_server_per_host(spec)} of the server group's members on a host"
