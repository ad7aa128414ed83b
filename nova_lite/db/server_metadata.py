"""Queries that change the metadata of a server."""

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.models import Instance, InstanceMetadata, utcnow

TABLE = InstanceMetadata.__table__


def _touch(conn, uuid: str) -> None:
    """Lock the server's row: one change of its metadata at a time; `changes-since` sees it.

    Raises:
        InstanceNotFound: it is gone.
    """
    changed = conn.execute(
        sa.update(Instance).where(Instance.uuid == uuid, Instance.deleted == 0).values(updated_at=utcnow())
    ).rowcount
    if not changed:
        raise exception.InstanceNotFound(instance_id=uuid)


@api.reader
def get(conn, uuid: str) -> dict[str, str]:
    """Return the metadata of a server."""
    rows = conn.execute(sa.select(TABLE.c.key, TABLE.c.value).where(TABLE.c.instance_uuid == uuid))
    return {row.key: row.value for row in rows}


@api.writer
def change(conn, uuid: str, items: dict[str, str], *, replace: bool, check=None) -> dict[str, str]:
    """Set items of a server's metadata and return all of it; with `replace`, others go.

    `check(conn, count)` may refuse the number of items that there will be.

    Raises:
        InstanceNotFound: the server is gone.
    """
    _touch(conn, uuid)
    before = get.within(conn, uuid)
    after = dict(items) if replace else before | items
    if check is not None:
        check(conn, len(after))
    stale = [key for key, value in before.items() if after.get(key) != value]
    if stale:
        conn.execute(sa.delete(TABLE).where(TABLE.c.instance_uuid == uuid, TABLE.c.key.in_(stale)))
    fresh = [
        {"instance_uuid": uuid, "key": key, "value": value}
        for key, value in after.items()
        if before.get(key) != value
    ]
    if fresh:
        conn.execute(sa.insert(TABLE), fresh)
    return after


@api.writer
def delete(conn, uuid: str, key: str) -> bool:
    """Remove an item; return whether there was one.

    Raises:
        InstanceNotFound: the server is gone.
    """
    _touch(conn, uuid)
    return bool(
        conn.execute(sa.delete(TABLE).where(TABLE.c.instance_uuid == uuid, TABLE.c.key == key)).rowcount
    )
