"""What the scheduler reads: hosts that may do, by columns; and why the others may not.

One table, `steps()`, says in which order a host can fall out before the filters see it. The same conditions
narrow the query (`candidates`) and, only when nothing was found, count who fell where (`fallen`).
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from nova_lite.db import allocations, api
from nova_lite.db.models import (
    AggregateHost,
    AggregateMetadata,
    Allocation,
    ComputeNode,
    Instance,
    Service,
)

NODES = ComputeNode.__table__
SERVICES = Service.__table__

BINARY = "nova-compute"
#: Task states in which a server's host reads and writes much: builds, resizes, rebuilds, snapshots, rescues.
BUSY_TASKS = (
    "scheduling", "networking", "block_device_mapping", "spawning", "resize_prep", "resize_migrating",
    "rebuilding", "image_snapshot", "image_snapshot_pending", "image_pending_upload", "image_uploading",
    "image_backup", "rescuing", "unshelving",
)  # fmt: skip

_FREE = {resource.name: resource.free for resource in allocations.RESOURCES}
#: Columns of every host state, in the order in which scheduler.host_manager.HostState takes them.
COLUMNS = (
    NODES.c.id, NODES.c.uuid, NODES.c.host, NODES.c.hypervisor_hostname,
    NODES.c.vcpus, NODES.c.memory_mb, NODES.c.local_gb,
    NODES.c.vcpus_used, NODES.c.memory_mb_used, NODES.c.local_gb_used,
    *(free.label(f"free_{name}") for name, free in _FREE.items()),
    NODES.c.running_vms, NODES.c.failed_builds, NODES.c.hypervisor_type, NODES.c.hypervisor_version,
    SERVICES.c.disabled, SERVICES.c.disabled_reason, SERVICES.c.forced_down, SERVICES.c.last_seen_up,
    SERVICES.c.created_at,
)  # fmt: skip
#: Columns that only some filters need, and that take long to read: JSON documents and rare facts.
EXTRA_COLUMNS = {
    name: NODES.c[name]
    for name in ("cpu_info", "supported_instances", "stats", "traits", "host_ip", "disk_available_least",
                 "cpu_allocation_ratio", "ram_allocation_ratio", "disk_allocation_ratio")
}  # fmt: skip


@dataclass(frozen=True)
class Zone:
    """Hosts of aggregates (ids), and, if `outside` is given, those in none of these other aggregates."""

    inside: tuple[int, ...]
    outside: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Wanted:
    """What a host must have before the filters look at it; amounts are one server's.

    `hosts`, `nodes`: only these (empty: any). `alive`: (earliest, latest) time of the last report, or None if
    that does not matter. `zone`, `tenant`: aggregates that the host must be in.
    """

    vcpus: int
    memory_mb: int
    disk_gb: int
    hosts: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    ignore_hosts: tuple[str, ...] = ()
    alive: tuple[dt.datetime, dt.datetime] | None = None
    zone: Zone | None = None
    tenant: Zone | None = None


def _in_aggregates(ids: tuple[int, ...]) -> sa.ColumnElement:
    return NODES.c.host.in_(sa.select(AggregateHost.host).where(AggregateHost.aggregate_id.in_(ids)))


def _zone(zone: Zone) -> sa.ColumnElement:
    inside = _in_aggregates(zone.inside)
    return inside if zone.outside is None else sa.or_(inside, sa.not_(_in_aggregates(zone.outside)))


def steps(wanted: Wanted) -> list[tuple[str, sa.ColumnElement]]:
    """Return (name, condition) in the order in which hosts fall out; no condition is ever NULL."""
    found: list[tuple[str, sa.ColumnElement]] = []
    if wanted.hosts or wanted.nodes:
        names = [
            column.in_(values)
            for column, values in ((NODES.c.host, wanted.hosts), (NODES.c.hypervisor_hostname, wanted.nodes))
            if values
        ]
        found.append(("destination", sa.and_(*names)))
    if wanted.ignore_hosts:
        found.append(("ignored", NODES.c.host.not_in(wanted.ignore_hosts)))
    for resource in allocations.RESOURCES:
        amount = getattr(wanted, resource.name)
        if amount:
            found.append((resource.name, resource.free >= amount))
            found.append((f"{resource.name}_total", resource.total >= amount))
    if wanted.zone is not None:
        found.append(("zone", _zone(wanted.zone)))
    if wanted.tenant is not None:
        found.append(("tenant", _zone(wanted.tenant)))
    found.append(("service", SERVICES.c.id.is_not(None)))
    found.append(("disabled", SERVICES.c.disabled.is_(False)))
    if wanted.alive is not None:
        seen = sa.func.coalesce(SERVICES.c.last_seen_up, SERVICES.c.created_at, dt.datetime(1970, 1, 1))  # noqa: DTZ001
        found.append(("down", sa.and_(SERVICES.c.forced_down.is_(False), seen.between(*wanted.alive))))
    return found


def _nodes() -> sa.FromClause:
    service = sa.and_(SERVICES.c.host == NODES.c.host, SERVICES.c.binary == BINARY, SERVICES.c.deleted == 0)
    return NODES.outerjoin(SERVICES, service)


@api.reader
def candidates(
    conn, wanted: Wanted, extra: Iterable[str], limit: int, offset: int = 0, *, pack: bool = False
) -> list[sa.Row]:
    """Return hosts that pass all steps: COLUMNS, then the `extra` ones; those with most free memory first.

    That order makes the bound `limit` cut off what the weighers would like least; `pack` turns it round.
    """
    free = _FREE["memory_mb"]
    query = (
        sa.select(*COLUMNS, *(EXTRA_COLUMNS[name] for name in extra))
        .select_from(_nodes())
        .where(NODES.c.deleted == 0, *(condition for _, condition in steps(wanted)))
        .order_by(free if pack else free.desc(), NODES.c.id)
        .limit(limit)
        .offset(offset)
    )
    return list(conn.execute(query))


@dataclass(frozen=True)
class Fallen:
    """How many hosts fell at one step (`step` is None: at none), and the most that any of them has."""

    step: str | None
    count: int
    most: dict[str, int]  # vcpus, memory_mb, disk_gb free, and the same with _total


@api.reader
def fallen(conn, wanted: Wanted) -> list[Fallen]:
    """Return how many hosts fell at each step, in the steps' order, then how many fell at none."""
    names = [name for name, _ in steps(wanted)]
    which = sa.case(
        *((sa.not_(condition), number) for number, (_, condition) in enumerate(steps(wanted))), else_=-1
    )
    values = {resource.name: resource.free for resource in allocations.RESOURCES}
    values |= {f"{resource.name}_total": resource.total for resource in allocations.RESOURCES}
    each = (
        sa.select(which.label("step"), *(value.label(name) for name, value in values.items()))
        .select_from(_nodes())
        .where(NODES.c.deleted == 0)
        .subquery()
    )
    query = sa.select(
        each.c.step,
        sa.func.count().label("count"),
        *(sa.func.max(each.c[name]).label(name) for name in values),
    ).group_by(each.c.step)
    found = [
        Fallen(
            step=None if row["step"] < 0 else names[row["step"]],
            count=row["count"],
            most={name: int(row[name]) for name in values},
        )
        for row in conn.execute(query).mappings()
    ]
    order: dict[str | None, int] = {name: number for number, name in enumerate(names)}
    return sorted(found, key=lambda item: order.get(item.step, len(order)))


@api.reader
def aggregate_metadata(conn) -> dict[int, dict[str, str]]:
    """Return aggregate id → its metadata, for all aggregates that have any."""
    found: dict[int, dict[str, str]] = {}
    for row in conn.execute(sa.select(AggregateMetadata.__table__)).mappings():
        found.setdefault(row["aggregate_id"], {})[row["key"]] = row["value"]
    return found


@api.reader
def memberships(conn, hosts: Iterable[str]) -> dict[str, list[int]]:
    """Return host → ids of the aggregates it is in, in the order in which they were made."""
    found: dict[str, list[int]] = {}
    for part in allocations.chunks(hosts):
        query = sa.select(AggregateHost.host, AggregateHost.aggregate_id).where(AggregateHost.host.in_(part))
        for host, aggregate_id in conn.execute(query.order_by(AggregateHost.aggregate_id)):
            found.setdefault(host, []).append(aggregate_id)
    return found


@api.reader
def busy(conn) -> dict[int, int]:
    """Return hypervisor id → number of its servers in one of BUSY_TASKS, counted from their claims."""
    query = (
        sa.select(Allocation.compute_node_id, sa.func.count())
        .join(Instance, Instance.uuid == Allocation.consumer_uuid)
        .where(Instance.task_state.in_(BUSY_TASKS), Instance.deleted == 0)
        .group_by(Allocation.compute_node_id)
    )
    return dict(conn.execute(query).all())
