"""Queries on server groups."""

import uuid as uuid_module

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.models import Instance, InstanceGroup, InstanceGroupMember

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


@api.reader
def list_page(conn, project_id: str | None, *, offset: int = 0, limit: int | None = None) -> list[dict]:
    """Return the groups of a project (None: of all), oldest first, as `get` does."""
    query = sa.select(TABLE).order_by(TABLE.c.id).offset(offset)
    if project_id is not None:
        query = query.where(TABLE.c.project_id == project_id)
    if limit is not None:
        query = query.limit(limit)
    groups = {row["id"]: dict(row, members=[]) for row in conn.execute(query).mappings()}
    members = sa.select(MEMBERS.c.group_id, MEMBERS.c.instance_uuid).order_by(MEMBERS.c.id)
    for group_id, uuid in conn.execute(members.where(MEMBERS.c.group_id.in_(list(groups)))):
        groups[group_id]["members"].append(uuid)
    return list(groups.values())


@api.reader
def living(conn, uuids: list[str]) -> set[str]:
    """Return those of some servers that are not deleted."""
    query = sa.select(Instance.uuid).where(Instance.uuid.in_(uuids), Instance.deleted == 0)
    return set(conn.execute(query).scalars())


@api.writer
def create(conn, values: dict) -> dict:
    """Insert a group (columns; a uuid is made) and return it."""
    values = {"uuid": str(uuid_module.uuid4()), **values}
    conn.execute(sa.insert(TABLE).values(values))
    return get.within(conn, values["uuid"])


@api.writer
def delete(conn, uuid: str) -> None:
    """Remove a group; its servers stay.

    Raises:
        InstanceGroupNotFound: there is none.
    """
    group = get.within(conn, uuid)
    conn.execute(sa.delete(MEMBERS).where(MEMBERS.c.group_id == group["id"]))
    conn.execute(sa.delete(TABLE).where(TABLE.c.id == group["id"]))
