"""Queries of the hypervisors API: compute nodes with the service that reports them and what runs on them.

A hypervisor is the dictionary of its `compute_nodes` row plus `service` (the row of `services`) and
`current_workload` (servers with a task_state). Nodes whose service is gone are left out, as in Nova.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api, paging
from nova_lite.db.models import Allocation, ComputeNode, Instance, Service, utcnow

TABLE = ComputeNode.__table__
SERVICES = Service.__table__
BINARY = "nova-compute"

_JOIN = sa.and_(
    SERVICES.c.host == TABLE.c.host,
    SERVICES.c.binary == BINARY,
    SERVICES.c.deleted == 0,
    TABLE.c.deleted == 0,
)


def _statement(*columns) -> sa.Select:
    return sa.select(*columns).select_from(TABLE.join(SERVICES, _JOIN))


def _complete(conn, rows: Iterable) -> list[dict]:
    found = [dict(row, current_workload=0) for row in rows]
    if not found:
        return []
    hosts = list({row["host"] for row in found})
    services = {
        row["host"]: dict(row)
        for row in conn.execute(
            sa.select(SERVICES).where(
                SERVICES.c.binary == BINARY, SERVICES.c.deleted == 0, SERVICES.c.host.in_(hosts)
            )
        ).mappings()
    }
    busy = _workload(conn, Instance.host.in_(hosts))
    for row in found:
        row["service"] = services[row["host"]]
        row["current_workload"] = busy.get((row["host"], row["hypervisor_hostname"]), 0)
    return found


def _workload(conn, where) -> dict[tuple[str, str], int]:
    """Return (host, node) → servers that something is being done to."""
    query = (
        sa.select(Instance.host, Instance.node, sa.func.count())
        .where(Instance.deleted == 0, Instance.task_state.is_not(None), where)
        .group_by(Instance.host, Instance.node)
    )
    return {(host, node): count for host, node, count in conn.execute(query)}


def _columns() -> list:
    return list(TABLE.c)


@api.reader
def list_page(conn, *, marker: int | str | None = None, limit: int | None = None) -> list[dict]:
    """Return hypervisors, oldest first, after the one whose id (or uuid, as text) is `marker`.

    Raises:
        MarkerNotFound: no hypervisor is called so.
    """
    row = None
    if marker is not None:
        column = TABLE.c.uuid if isinstance(marker, str) else TABLE.c.id
        row = conn.execute(_statement(TABLE.c.id).where(column == marker)).mappings().first()
        if row is None:
            raise exception.MarkerNotFound(marker=marker)
    query = paging.page(_statement(*_columns()), [(TABLE.c.id, "asc")], marker=row, limit=limit)
    return _complete(conn, conn.execute(query).mappings())


@api.reader
def search(conn, part: str) -> list[dict]:
    """Return the hypervisors whose hostname contains `part`."""
    query = _statement(*_columns()).where(TABLE.c.hypervisor_hostname.contains(part, autoescape=True))
    return _complete(conn, conn.execute(query.order_by(TABLE.c.id)).mappings())


@api.reader
def get(conn, key: int | str) -> dict:
    """Return a hypervisor by its id, or (text) by its uuid.

    Raises:
        ComputeHostNotFound: there is none.
    """
    column = TABLE.c.uuid if isinstance(key, str) else TABLE.c.id
    found = _complete(conn, conn.execute(_statement(*_columns()).where(column == key)).mappings())
    if not found:
        raise exception.ComputeHostNotFound(host=key)
    return found[0]


@api.reader
def servers_of(conn, hosts: Iterable[str]) -> dict[tuple[str, str], list[dict]]:
    """Return (host, node) → servers there, as {`id`, `uuid`}."""
    found: dict[tuple[str, str], list[dict]] = {}
    query = (
        sa.select(Instance.host, Instance.node, Instance.id, Instance.uuid)
        .where(Instance.deleted == 0, Instance.host.in_(list(hosts)))
        .order_by(Instance.id)
    )
    for host, node, key, uuid in conn.execute(query):
        found.setdefault((host, node), []).append({"id": key, "uuid": uuid})
    return found


@api.reader
def is_in_use(conn, host: str) -> bool:
    """Return whether servers are on a host, or claimed of its nodes (builds and moves on their way)."""
    servers = sa.select(Instance.id).where(Instance.host == host, Instance.deleted == 0)
    if conn.execute(servers.limit(1)).first():
        return True
    claims = sa.select(Allocation.id).join(TABLE, TABLE.c.id == Allocation.compute_node_id)
    return conn.execute(claims.where(TABLE.c.host == host, TABLE.c.deleted == 0).limit(1)).first() is not None


@api.writer
def delete_by_host(conn, host: str) -> None:
    """Mark a host's nodes deleted."""
    mine = (TABLE.c.host == host, TABLE.c.deleted == 0)
    conn.execute(sa.update(TABLE).where(*mine).values(deleted=TABLE.c.id, deleted_at=utcnow()))


@api.reader
def statistics(conn) -> dict[str, int]:
    """Return the sums over all hypervisors whose service is not disabled; what is reserved counts as used."""
    sums = {
        "count": sa.func.count(),
        "vcpus": sa.func.sum(TABLE.c.vcpus),
        "memory_mb": sa.func.sum(TABLE.c.memory_mb),
        "local_gb": sa.func.sum(TABLE.c.local_gb),
        "vcpus_used": sa.func.sum(TABLE.c.vcpus_used + TABLE.c.reserved_vcpus),
        "memory_mb_used": sa.func.sum(TABLE.c.memory_mb_used + TABLE.c.reserved_memory_mb),
        "local_gb_used": sa.func.sum(TABLE.c.local_gb_used + TABLE.c.reserved_local_gb),
        "running_vms": sa.func.sum(TABLE.c.running_vms),
        "disk_available_least": sa.func.sum(TABLE.c.disk_available_least),
    }
    enabled = SERVICES.c.disabled == sa.false()
    query = _statement(*(each.label(name) for name, each in sums.items())).where(enabled)
    made = {name: int(value or 0) for name, value in conn.execute(query).mappings().one().items()}
    made["free_ram_mb"] = made["memory_mb"] - made["memory_mb_used"]
    made["free_disk_gb"] = made["local_gb"] - made["local_gb_used"]
    hosts = sa.select(SERVICES.c.host).where(
        SERVICES.c.binary == BINARY, SERVICES.c.deleted == 0, SERVICES.c.disabled == sa.false()
    )
    made["current_workload"] = sum(_workload(conn, Instance.host.in_(hosts)).values())
    return made
