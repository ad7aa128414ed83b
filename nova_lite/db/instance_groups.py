"""Queries on server groups."""

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.models import InstanceGroup, InstanceGroupMember

TABLE = InstanceGroup.__table__
MEMBERS = InstanceGroupMember.__table__


def _complete(conn, row) -> dict:
    query = sa.select(MEMBERS.c.instance_uuid).where(MEMBERS.c.group_id == row["id"]).order_by(MEMBERS.c.id)
    return dict(row, members=[uuid for (uuid,) in conn.execute(query)])


@api.reader
def get(conn, uuid: str) -> dict:
    """Return a group: its columns and `members` (uuids of servers).

    Raises:
        InstanceGroupNotFound: there is none.
    """
    row = conn.execute(sa.select(TABLE).where(TABLE.c.uuid == uuid)).mappings().first()
    if row is None:
        raise exception.InstanceGroupNotFound(group_uuid=uuid)
    return _complete(conn, row)


@api.reader
def find_by_instance(conn, instance_uuid: str) -> dict | None:
    """Return the group that a server is in, as `get` does, or None."""
    query = sa.select(TABLE).join(MEMBERS, MEMBERS.c.group_id == TABLE.c.id)
    row = conn.execute(query.where(MEMBERS.c.instance_uuid == instance_uuid)).mappings().first()
    return _complete(conn, row) if row is not None else None
