"""Queries on hypervisors: what nova-compute reports of them. What is claimed of them is in db/allocations.py."""

import uuid as uuid_module

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.models import ComputeNode, utcnow

TABLE = ComputeNode.__table__


@api.reader
def get_by_host(conn, host: str) -> list[dict]:
    """Return the nodes of a host."""
    query = sa.select(TABLE).where(TABLE.c.host == host, TABLE.c.deleted == 0).order_by(TABLE.c.id)
    return [dict(row) for row in conn.execute(query).mappings()]


@api.reader
def find(conn, host: str, nodename: str) -> dict:
    """Return one node.

    Raises:
        ComputeHostNotFound: there is none.
    """
    query = sa.select(TABLE).where(
        TABLE.c.host == host, TABLE.c.hypervisor_hostname == nodename, TABLE.c.deleted == 0
    )
    row = conn.execute(query).mappings().first()
    if row is None:
        raise exception.ComputeHostNotFound(host=f"{host}/{nodename}")
    return dict(row)


@api.writer
def report(conn, host: str, service_id: int, records: list[dict]) -> dict[str, str]:
    """Write what a host's nodes have, and return nodename → uuid.

    `records`: columns of compute_nodes, `hypervisor_hostname` among them; claims are never touched. Nodes of this
    host that are not in the list any more are soft-deleted, unless something is still claimed of them.
    """
    now = utcnow()
    known = {
        row.hypervisor_hostname: row
        for row in conn.execute(
            sa.select(TABLE.c.id, TABLE.c.uuid, TABLE.c.hypervisor_hostname).where(
                TABLE.c.host == host, TABLE.c.deleted == 0
            )
        )
    }
    result: dict[str, str] = {}
    fresh = []
    for record in records:
        name = record["hypervisor_hostname"]
        row = known.pop(name, None)
        if row is None:
            made: dict = {"uuid": str(uuid_module.uuid4()), "host": host, "service_id": service_id}
            fresh.append(record | made | {"created_at": now, "updated_at": now})
            result[name] = made["uuid"]
        else:
            conn.execute(
                sa.update(TABLE)
                .where(TABLE.c.id == row.id)
                .values(record | {"service_id": service_id, "updated_at": now})
            )
            result[name] = row.uuid
    if fresh:
        conn.execute(sa.insert(TABLE), fresh)
    if known:
        # Judged by the row as the UPDATE finds it: a scheduler may have claimed since it was read above, and what
        # a migration holds counts in `*_used` only.
        unclaimed = (
            column == 0
            for column in (
                TABLE.c.running_vms,
                TABLE.c.vcpus_used,
                TABLE.c.memory_mb_used,
                TABLE.c.local_gb_used,
            )
        )
        gone = TABLE.c.id.in_([row.id for row in known.values()])
        conn.execute(sa.update(TABLE).where(gone, *unclaimed).values(deleted=TABLE.c.id, deleted_at=now))
    return result
