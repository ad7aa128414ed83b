"""Queries on the disks of servers."""

import sqlalchemy as sa

from nova_lite.db import api
from nova_lite.db.models import BlockDeviceMapping, utcnow


@api.reader
def get_by_instance(conn, instance_uuid: str) -> list:
    """Return the disks of a server, root first."""
    table = BlockDeviceMapping.__table__
    query = sa.select(table).where(table.c.instance_uuid == instance_uuid, table.c.deleted == 0)
    return list(
        conn.execute(query.order_by(sa.func.coalesce(table.c.boot_index, 1 << 20), table.c.id)).mappings()
    )


@api.writer
def create(conn, values: list[dict]) -> None:
    """Insert disks."""
    if values:
        conn.execute(sa.insert(BlockDeviceMapping), values)


@api.writer
def update(conn, key: int, values: dict) -> None:
    """Change a disk."""
    conn.execute(sa.update(BlockDeviceMapping).where(BlockDeviceMapping.id == key).values(values))


@api.writer
def destroy_by_instance(conn, instance_uuid: str) -> None:
    """Soft-delete the disks of a server."""
    table = BlockDeviceMapping.__table__
    conn.execute(
        sa.update(table)
        .where(table.c.instance_uuid == instance_uuid, table.c.deleted == 0)
        .values(deleted=table.c.id, deleted_at=utcnow())
    )
