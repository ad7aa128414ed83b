"""Queries on what the scheduler was asked for when a server was made."""

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.models import RequestSpec

TABLE = RequestSpec.__table__


@api.writer
def create(conn, instance_uuid: str, spec: dict) -> None:
    """Insert the request spec of a server (the primitive of an objects.RequestSpec)."""
    conn.execute(sa.insert(TABLE).values(instance_uuid=instance_uuid, spec=spec))


@api.reader
def get(conn, instance_uuid: str) -> dict:
    """Return the primitive of a server's request spec.

    Raises:
        RequestSpecNotFound: there is none.
    """
    row = conn.execute(sa.select(TABLE.c.spec).where(TABLE.c.instance_uuid == instance_uuid)).first()
    if row is None:
        raise exception.RequestSpecNotFound(instance_uuid=instance_uuid)
    return row.spec
