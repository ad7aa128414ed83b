"""What nova-conductor does around scheduling: server groups, and claims on alternates."""

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.db import allocations, api, instance_groups
from nova_lite.objects.request_spec import InstanceGroup
from nova_lite.scheduler import group

#: Policy of a group → the filter or weigher without which it would be ignored.
_ENFORCERS = {
    allocations.AFFINITY: ("enabled_filters", "ServerGroupAffinityFilter"),
    allocations.ANTI_AFFINITY: ("enabled_filters", "ServerGroupAntiAffinityFilter"),
    group.SOFT_AFFINITY: ("weight_classes", "ServerGroupSoftAffinityWeigher"),
    group.SOFT_ANTI_AFFINITY: ("weight_classes", "ServerGroupSoftAntiAffinityWeigher"),
}


@api.reader
def setup_instance_group(conn, request_spec, instance_uuids: list[str]) -> None:
    """Fill `request_spec.instance_group` with the group of the servers as it is now; None if they have none.

    The group is the one that the hint `group` names, else the one that the first server is in. Its hosts are
    those on which other members hold something: servers that are still being built count.

    Raises:
        InstanceGroupNotFound: the hint names a group that is gone.
        NoValidHost: the configuration has switched off what would keep to the group's policy.
    """
    request_spec.instance_group = None
    uuid = request_spec.hint("group")
    found = (
        instance_groups.get.within(conn, uuid)
        if uuid
        else instance_groups.find_by_instance.within(conn, instance_uuids[0])
    )
    if found is None:
        return
    option, needed = _ENFORCERS.get(found["policy"], (None, None))
    if option is not None and not {needed, "all"}.intersection(CONF.filter_scheduler[option]):
        raise exception.NoValidHost(
            reason=f"ServerGroup policy is not supported: {needed} is not in [filter_scheduler] {option}"
        )
    members = allocations.members_by_host.within(conn, found["uuid"], without=instance_uuids)
    request_spec.instance_group = InstanceGroup(
        uuid=found["uuid"],
        policy=found["policy"],
        rules={key: str(value) for key, value in (found["rules"] or {}).items()},
        members=found["members"],
        hosts=sorted(members),
    )


def claim_resources(request_spec, instance_uuid: str, selection) -> bool:
    """Claim an alternate (objects.Selection) and give back what the server held; return False if it is full.

    False also if the server's group does not allow the host any more.
    """
    wanted = allocations.Claim(
        node_id=selection.compute_node_id,
        consumer_uuid=instance_uuid,
        vcpus=request_spec.vcpus,
        memory_mb=request_spec.memory_mb,
        disk_gb=request_spec.disk_gb,
        project_id=request_spec.project_id,
        user_id=request_spec.user_id,
    )
    return allocations.claim_many([wanted], group.rule(request_spec)) is None
