"""Queries that change the tags of a server."""

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.models import Instance, Tag, utcnow

TABLE = Tag.__table__
#: Most tags of a server.
LIMIT = 50


def _touch(conn, uuid: str) -> None:
    """Lock the server's row: one change of its tags at a time; `changes-since` sees it.

    Raises:
        InstanceNotFound: it is gone.
    """
    changed = conn.execute(
        sa.update(Instance).where(Instance.uuid == uuid, Instance.deleted == 0).values(updated_at=utcnow())
    ).rowcount
    if not changed:
        raise exception.InstanceNotFound(instance_id=uuid)


def _insert(conn, uuid: str, tags) -> None:
    rows = [{"resource_id": uuid, "tag": tag} for tag in tags]
    if rows:
        conn.execute(sa.insert(TABLE), rows)


@api.writer
def replace(conn, uuid: str, tags: list[str]) -> list[str]:
    """Replace all tags and return them, sorted.

    Raises:
        InstanceNotFound: the server is gone.
    """
    _touch(conn, uuid)
    wanted = sorted(set(tags))
    conn.execute(sa.delete(TABLE).where(TABLE.c.resource_id == uuid))
    _insert(conn, uuid, wanted)
    return wanted


@api.writer
def add(conn, uuid: str, tag: str) -> bool:
    """Add a tag; return False if the server has it already.

    Raises:
        InstanceNotFound: the server is gone.
        Invalid: it has as many as it may have (400).
    """
    _touch(conn, uuid)
    have = set(conn.execute(sa.select(TABLE.c.tag).where(TABLE.c.resource_id == uuid)).scalars())
    if tag in have:
        return False
    if len(have) >= LIMIT:
        raise exception.Invalid(f"The number of tags exceeded the per-server limit {LIMIT}")
    _insert(conn, uuid, [tag])
    return True


@api.writer
def delete(conn, uuid: str, tag: str | None = None) -> bool:
    """Remove a tag, or (None) all; return whether there was one.

    Raises:
        InstanceNotFound: the server is gone.
    """
    _touch(conn, uuid)
    statement = sa.delete(TABLE).where(TABLE.c.resource_id == uuid)
    return bool(conn.execute(statement if tag is None else statement.where(TABLE.c.tag == tag)).rowcount)
