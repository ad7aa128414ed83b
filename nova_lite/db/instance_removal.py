"""Servers that were written and that nobody was told of: taken out again, as if they had never been."""

import sqlalchemy as sa

from nova_lite.db import api
from nova_lite.db.models import (
    BlockDeviceMapping,
    Instance,
    InstanceAction,
    InstanceActionEvent,
    InstanceFault,
    InstanceGroupMember,
    InstanceMetadata,
    RequestSpec,
    Tag,
)


@api.writer
def forget_unsent(conn, uuids: list[str]) -> list[str]:
    """Remove the rows of servers that still wait for a scheduler, and return their uuids.

    A server that something has moved on meanwhile (a message that arrived after all) stays.
    """
    table = Instance.__table__
    query = sa.select(table.c.uuid).where(
        table.c.uuid.in_(uuids),
        table.c.task_state == "scheduling",
        table.c.host.is_(None),
        table.c.deleted == 0,
    )
    gone = list(conn.execute(query.with_for_update()).scalars())
    if not gone:
        return gone
    actions = sa.select(InstanceAction.id).where(InstanceAction.instance_uuid.in_(gone))
    conn.execute(sa.delete(InstanceActionEvent).where(InstanceActionEvent.action_id.in_(actions)))
    for model in (
        InstanceAction,
        InstanceFault,
        InstanceMetadata,
        BlockDeviceMapping,
        RequestSpec,
        InstanceGroupMember,
    ):
        conn.execute(sa.delete(model).where(model.instance_uuid.in_(gone)))
    conn.execute(sa.delete(Tag).where(Tag.resource_id.in_(gone)))
    conn.execute(sa.delete(table).where(table.c.uuid.in_(gone)))
    return gone
