"""Queries on host aggregates: named groups of hosts with metadata.

An aggregate is returned as a dictionary of its columns plus `hosts` (names, in the order they were added) and
`metadata` (key → value).
"""

import uuid as uuid_module

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.models import Aggregate, AggregateHost, AggregateMetadata

TABLE = Aggregate.__table__
AVAILABILITY_ZONE = "availability_zone"


def _complete(conn, rows) -> list[dict]:
    found = {row["id"]: dict(row, hosts=[], metadata={}) for row in rows}
    if not found:
        return []
    hosts = sa.select(AggregateHost.aggregate_id, AggregateHost.host).order_by(AggregateHost.id)
    for aggregate_id, host in conn.execute(hosts.where(AggregateHost.aggregate_id.in_(list(found)))):
        found[aggregate_id]["hosts"].append(host)
    items = sa.select(AggregateMetadata.aggregate_id, AggregateMetadata.key, AggregateMetadata.value)
    for aggregate_id, key, value in conn.execute(
        items.where(AggregateMetadata.aggregate_id.in_(list(found)))
    ):
        found[aggregate_id]["metadata"][key] = value
    return list(found.values())


@api.reader
def list_all(conn) -> list[dict]:
    """Return all aggregates, oldest first."""
    return _complete(conn, conn.execute(sa.select(TABLE).order_by(TABLE.c.id)).mappings())


@api.reader
def list_by_host(conn, host: str) -> list[dict]:
    """Return the aggregates that a host is in."""
    query = sa.select(TABLE).join(AggregateHost, AggregateHost.aggregate_id == TABLE.c.id)
    return _complete(
        conn, conn.execute(query.where(AggregateHost.host == host).order_by(TABLE.c.id)).mappings()
    )


@api.reader
def get(conn, aggregate_id: int) -> dict:
    """Return an aggregate.

    Raises:
        AggregateNotFound: there is none.
    """
    found = _complete(conn, conn.execute(sa.select(TABLE).where(TABLE.c.id == aggregate_id)).mappings())
    if not found:
        raise exception.AggregateNotFound(aggregate_id=aggregate_id)
    return found[0]


@api.reader
def zones_by_host(conn) -> dict[str, str]:
    """Return host → availability zone of the hosts whose aggregates name one."""
    query = (
        sa.select(AggregateHost.host, AggregateMetadata.value)
        .join(AggregateMetadata, AggregateMetadata.aggregate_id == AggregateHost.aggregate_id)
        .where(AggregateMetadata.key == AVAILABILITY_ZONE)
        .order_by(AggregateHost.id.desc())
    )
    return dict(conn.execute(query).all())


def _insert(conn, values: dict, name: str) -> int:
    try:
        with conn.begin_nested():
            return conn.execute(sa.insert(TABLE).values(values)).inserted_primary_key[0]
    except sa.exc.IntegrityError as error:
        if not api.is_duplicate(error):
            raise
        raise exception.AggregateNameExists(aggregate_name=name) from error


@api.writer
def create(conn, name: str, metadata: dict[str, str] | None = None) -> dict:
    """Insert an aggregate and return it.

    Raises:
        AggregateNameExists: the name is taken.
    """
    key = _insert(conn, {"name": name, "uuid": str(uuid_module.uuid4())}, name)
    set_metadata.within(conn, key, metadata or {})
    return get.within(conn, key)


@api.writer
def rename(conn, aggregate_id: int, name: str) -> None:
    """Change an aggregate's name.

    Raises:
        AggregateNameExists: the name is taken.
    """
    try:
        with conn.begin_nested():
            conn.execute(sa.update(TABLE).where(TABLE.c.id == aggregate_id).values(name=name))
    except sa.exc.IntegrityError as error:
        if not api.is_duplicate(error):
            raise
        raise exception.AggregateNameExists(aggregate_name=name) from error


@api.writer
def set_metadata(conn, aggregate_id: int, changes: dict[str, str | None]) -> None:
    """Set metadata items; those with the value None are removed, others stay.

    Raises:
        AggregateNotFound: it is gone.
    """
    # One change at a time: two that insert the same key would be in each other's way.
    if (
        conn.execute(sa.select(TABLE.c.id).where(TABLE.c.id == aggregate_id).with_for_update()).first()
        is None
    ):
        raise exception.AggregateNotFound(aggregate_id=aggregate_id)
    table = AggregateMetadata.__table__
    mine = table.c.aggregate_id == aggregate_id
    if changes:
        conn.execute(sa.delete(table).where(mine, table.c.key.in_(list(changes))))
    rows = [
        {"aggregate_id": aggregate_id, "key": key, "value": value}
        for key, value in changes.items()
        if value is not None
    ]
    if rows:
        conn.execute(sa.insert(table), rows)


@api.writer
def delete(conn, aggregate_id: int) -> None:
    """Remove an aggregate with its metadata and hosts."""
    for model in (AggregateMetadata, AggregateHost):
        conn.execute(sa.delete(model).where(model.aggregate_id == aggregate_id))
    conn.execute(sa.delete(TABLE).where(TABLE.c.id == aggregate_id))


@api.writer
def add_host(conn, aggregate_id: int, host: str) -> None:
    """Put a host into an aggregate.

    Raises:
        AggregateHostExists: it is there.
    """
    try:
        with conn.begin_nested():
            conn.execute(sa.insert(AggregateHost).values(aggregate_id=aggregate_id, host=host))
    except sa.exc.IntegrityError as error:
        if not api.is_duplicate(error):
            raise
        raise exception.AggregateHostExists(host=host, aggregate_id=aggregate_id) from error


@api.writer
def remove_host(conn, aggregate_id: int, host: str) -> None:
    """Take a host out of an aggregate.

    Raises:
        AggregateHostNotFound: it is not there.
    """
    where = (AggregateHost.aggregate_id == aggregate_id, AggregateHost.host == host)
    if not conn.execute(sa.delete(AggregateHost).where(*where)).rowcount:
        raise exception.AggregateHostNotFound(host=host, aggregate_id=aggregate_id)


@api.writer
def forget_host(conn, host: str) -> None:
    """Take a host out of all aggregates (its compute service was deleted)."""
    conn.execute(sa.delete(AggregateHost).where(AggregateHost.host == host))
