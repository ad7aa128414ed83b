"""Queries on the running programs."""

import uuid as uuid_module

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.models import Service, utcnow

TABLE = Service.__table__


@api.reader
def get(conn, key: int) -> dict:
    """Return a service by its integer id.

    Raises:
        ServiceNotFound: there is none.
    """
    row = conn.execute(sa.select(TABLE).where(TABLE.c.id == key, TABLE.c.deleted == 0)).mappings().first()
    if row is None:
        raise exception.ServiceNotFound(service_id=key)
    return dict(row)


@api.reader
def find(conn, host: str, binary: str) -> dict | None:
    """Return the service of a program on a host, or None."""
    query = sa.select(TABLE).where(TABLE.c.host == host, TABLE.c.binary == binary, TABLE.c.deleted == 0)
    row = conn.execute(query).mappings().first()
    return dict(row) if row else None


@api.writer
def get_or_create(
    conn, host: str, binary: str, topic: str | None, version: int, disabled: bool = False
) -> dict:
    """Return the service row of a program on a host, making it if needed; two makers get the same row."""
    found = find.within(conn, host, binary)
    if found is None:
        values = {
            "uuid": str(uuid_module.uuid4()),
            "host": host,
            "binary": binary,
            "topic": topic,
            "version": version,
            "disabled": disabled,
            "last_seen_up": utcnow(),
        }
        try:
            with conn.begin_nested():
                conn.execute(sa.insert(TABLE).values(values))
        except sa.exc.IntegrityError as error:
            if not api.is_duplicate(error):
                raise
        return find.within(conn, host, binary)
    conn.execute(
        sa.update(TABLE).where(TABLE.c.id == found["id"]).values(version=version, last_seen_up=utcnow())
    )
    return found


@api.writer
def heartbeat(conn, key: int) -> bool:
    """Note that a service is alive; return False when its row is gone."""
    now = utcnow()
    return bool(
        conn.execute(
            sa.update(TABLE)
            .where(TABLE.c.id == key, TABLE.c.deleted == 0)
            .values(report_count=TABLE.c.report_count + 1, last_seen_up=now, updated_at=now)
        ).rowcount
    )


@api.writer
def update(conn, key: int, values: dict) -> None:
    """Change a service."""
    conn.execute(sa.update(TABLE).where(TABLE.c.id == key).values(values))


@api.reader
def minimum_version(conn, binary: str) -> int:
    """Return the lowest version of a program's running services; 0 when there is none."""
    query = sa.select(sa.func.min(TABLE.c.version)).where(
        TABLE.c.binary == binary, TABLE.c.deleted == 0, TABLE.c.forced_down.is_(False)
    )
    return conn.execute(query).scalar() or 0


@api.reader
def list_all(conn, host: str | None = None, binary: str | None = None) -> list[dict]:
    """Return the services, oldest first; of one host or program when named."""
    query = sa.select(TABLE).where(TABLE.c.deleted == 0).order_by(TABLE.c.id)
    if host:
        query = query.where(TABLE.c.host == host)
    if binary:
        query = query.where(TABLE.c.binary == binary)
    return [dict(row) for row in conn.execute(query).mappings()]


@api.reader
def get_by_uuid(conn, uuid: str) -> dict:
    """Return a service by its uuid.

    Raises:
        ServiceNotFound: there is none.
    """
    row = conn.execute(sa.select(TABLE).where(TABLE.c.uuid == uuid, TABLE.c.deleted == 0)).mappings().first()
    if row is None:
        raise exception.ServiceNotFound(service_id=uuid)
    return dict(row)


@api.writer
def delete(conn, key: int) -> None:
    """Mark a service deleted; its name may be used again."""
    conn.execute(sa.update(TABLE).where(TABLE.c.id == key).values(deleted=TABLE.c.id, deleted_at=utcnow()))
