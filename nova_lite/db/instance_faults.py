"""Queries on what went wrong with servers."""

import sqlalchemy as sa

from nova_lite.db import api
from nova_lite.db.models import InstanceFault

TABLE = InstanceFault.__table__


@api.writer
def create(conn, values: dict) -> None:
    """Insert a fault: instance_uuid, code, message (cut to 255), details, host."""
    conn.execute(sa.insert(TABLE).values(values | {"message": (values.get("message") or "")[:255]}))


@api.reader
def latest(conn, instance_uuids: list[str]) -> dict[str, dict]:
    """Return uuid → the newest fault of each server that has one."""
    if not instance_uuids:
        return {}
    newest = (
        sa.select(sa.func.max(TABLE.c.id))
        .where(TABLE.c.instance_uuid.in_(instance_uuids))
        .group_by(TABLE.c.instance_uuid)
    )
    rows = conn.execute(sa.select(TABLE).where(TABLE.c.id.in_(newest))).mappings()
    return {row["instance_uuid"]: dict(row) for row in rows}
