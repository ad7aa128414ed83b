"""Queries on servers that change one, or fetch one: the writes of every state change.

Lists for the API are in db/server_lists.py. An instance is returned as a dictionary of its columns plus
`metadata` (name → value) and `tags` (list).
"""

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api, instance_actions
from nova_lite.db.models import Instance, InstanceMetadata, Tag, utcnow

TABLE = Instance.__table__
#: Marks "no condition on this state"; None is a state.
UNSET = object()


def complete(conn, rows) -> list[dict]:
    """Add `metadata` and `tags` to instance rows, with one query each."""
    found = {row["uuid"]: dict(row, metadata={}, tags=[]) for row in rows}
    if found:
        wanted = list(found)
        items = sa.select(InstanceMetadata.instance_uuid, InstanceMetadata.key, InstanceMetadata.value)
        for uuid, key, value in conn.execute(items.where(InstanceMetadata.instance_uuid.in_(wanted))):
            found[uuid]["metadata"][key] = value
        tags = sa.select(Tag.resource_id, Tag.tag).where(Tag.resource_id.in_(wanted)).order_by(Tag.tag)
        for uuid, tag in conn.execute(tags):
            found[uuid]["tags"].append(tag)
    return list(found.values())


@api.reader
def get(conn, uuid: str, *, project_id: str | None = None, read_deleted: bool = False) -> dict:
    """Return a server; with `project_id`, only if it is that project's.

    Raises:
        InstanceNotFound: there is none.
    """
    query = sa.select(TABLE).where(TABLE.c.uuid == uuid)
    if not read_deleted:
        query = query.where(TABLE.c.deleted == 0)
    if project_id is not None:
        query = query.where(TABLE.c.project_id == project_id)
    found = complete(conn, conn.execute(query).mappings())
    if not found:
        raise exception.InstanceNotFound(instance_id=uuid)
    return found[0]


@api.reader
def get_by_host(conn, host: str, *, node: str | None = None, deleted_since=None) -> list[dict]:
    """Return the servers of a host; with `deleted_since` (naive UTC), those deleted after that time instead."""
    query = sa.select(TABLE).where(TABLE.c.host == host)
    if node is not None:
        query = query.where(TABLE.c.node == node)
    if deleted_since is None:
        query = query.where(TABLE.c.deleted == 0)
    else:
        query = query.where(TABLE.c.deleted != 0, TABLE.c.deleted_at >= deleted_since)
    return complete(conn, conn.execute(query.order_by(TABLE.c.id)).mappings())


@api.reader
def get_many(conn, uuids: list[str], *, read_deleted: bool = False) -> list[dict]:
    """Return the servers with these uuids; unknown ones are left out."""
    query = sa.select(TABLE).where(TABLE.c.uuid.in_(uuids))
    if not read_deleted:
        query = query.where(TABLE.c.deleted == 0)
    return complete(conn, conn.execute(query).mappings())


@api.writer
def create(conn, values: dict, metadata: dict[str, str] | None = None, tags: list[str] | None = None) -> dict:
    """Insert a server with its metadata and tags and return it."""
    conn.execute(sa.insert(TABLE).values(values))
    set_metadata.within(conn, values["uuid"], metadata or {})
    for tag in tags or []:
        conn.execute(sa.insert(Tag).values(resource_id=values["uuid"], tag=tag))
    return get.within(conn, values["uuid"])


@api.writer
def set_metadata(conn, uuid: str, metadata: dict[str, str]) -> None:
    """Replace all metadata of a server."""
    conn.execute(sa.delete(InstanceMetadata).where(InstanceMetadata.instance_uuid == uuid))
    if metadata:
        rows = [{"instance_uuid": uuid, "key": key, "value": value} for key, value in metadata.items()]
        conn.execute(sa.insert(InstanceMetadata), rows)


def _states(expected) -> tuple | None:
    if expected is UNSET:
        return None
    return tuple(expected) if isinstance(expected, list | tuple | set | frozenset) else (expected,)


def _condition(column, expected):
    if expected is None:
        return sa.true()
    named = [state for state in expected if state is not None]
    parts = [column.in_(named)] if named else []
    if None in expected:
        parts.append(column.is_(None))
    return sa.or_(*parts)


@api.writer
def update(
    conn,
    uuid: str,
    values: dict,
    *,
    expected_vm_state=UNSET,
    expected_task_state=UNSET,
    events: list[dict] | None = None,
    action: dict | None = None,
) -> dict:
    """Change a server if it is in the expected states, and return the columns that changed.

    `expected_*`: a state or a list of states (None is one). `action`: values of an instance action to begin.
    `events`: steps of actions to begin or end (see `instance_actions.apply`). All in one transaction.

    Raises:
        InstanceNotFound: there is no such server, or it is deleted.
        UnexpectedTaskStateError, UnexpectedDeletingTaskStateError, UnexpectedVMStateError: another state.
    """
    vm_states, task_states = _states(expected_vm_state), _states(expected_task_state)
    values = {"updated_at": utcnow()} | values
    statement = (
        sa.update(TABLE)
        .where(
            TABLE.c.uuid == uuid,
            TABLE.c.deleted == 0,
            _condition(TABLE.c.vm_state, vm_states),
            _condition(TABLE.c.task_state, task_states),
        )
        .values(values)
    )
    if conn.execute(statement).rowcount == 0:
        raise _why_not(conn, uuid, vm_states, task_states)
    if action is not None:
        instance_actions.start.within(conn, action)
    for event in events or []:
        instance_actions.apply.within(conn, uuid, event)
    return values


def _why_not(conn, uuid, vm_states, task_states) -> exception.NovaException:
    row = conn.execute(
        sa.select(TABLE.c.vm_state, TABLE.c.task_state).where(TABLE.c.uuid == uuid, TABLE.c.deleted == 0)
    ).first()
    if row is None:
        return exception.InstanceNotFound(instance_id=uuid)
    if task_states is not None and row.task_state not in task_states:
        kind = exception.UnexpectedTaskStateError
        if row.task_state == "deleting":
            kind = exception.UnexpectedDeletingTaskStateError
        return kind(
            instance_uuid=uuid,
            expected=str({"task_state": list(task_states)}),
            actual=str({"task_state": row.task_state}),
        )
    return exception.UnexpectedVMStateError(
        instance_uuid=uuid,
        expected=str({"vm_state": list(vm_states or ())}),
        actual=str({"vm_state": row.vm_state}),
    )


@api.writer
def destroy(conn, uuid: str, values: dict | None = None, *, events: list[dict] | None = None) -> bool:
    """Soft-delete a server; return False if it was deleted already."""
    now = utcnow()
    changed = conn.execute(
        sa.update(TABLE)
        .where(TABLE.c.uuid == uuid, TABLE.c.deleted == 0)
        .values({"deleted": TABLE.c.id, "deleted_at": now, "updated_at": now} | (values or {}))
    ).rowcount
    if changed:
        conn.execute(sa.delete(Tag).where(Tag.resource_id == uuid))
        for event in events or []:
            instance_actions.apply.within(conn, uuid, event)
    return bool(changed)
