"""Claims on hypervisors: the only code that changes what compute_nodes counts as used and as running.

A claim is a conditional UPDATE of the hypervisor's row, which changes nothing when the amounts do not fit any
more, and the INSERT of an allocation, in one transaction; giving back is its DELETE and, only
if a row went, the UPDATE. So no two schedulers can oversubscribe a host, and nothing is freed twice.

Locks are always taken in the same order: the server group, allocations by id, hypervisors by id.
As in Placement, no server gets more of a resource than the host really has, whatever the ratio (max_unit).
A server that moves hands its claim on the source to its migration (`hand_over`): that counts in `*_used`, but
not in `running_vms`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import sqlalchemy as sa

from nova_lite.db import api
from nova_lite.db.models import (
    Allocation,
    ComputeNode,
    Instance,
    InstanceGroup,
    InstanceGroupMember,
)

TABLE = Allocation.__table__
NODES = ComputeNode.__table__

_ON_NODE = NODES.c.id == TABLE.c.compute_node_id

INSTANCE = "INSTANCE"
MIGRATION = "MIGRATION"

AFFINITY = "affinity"
ANTI_AFFINITY = "anti-affinity"

#: Parameters of one IN list: far below SQLite's and PostgreSQL's bounds.
_CHUNK = 500
#: Tries to claim for one consumer that others claim for at the same time.
_DUPLICATE_TRIES = 3


@dataclass(frozen=True)
class Amounts:
    """What of a hypervisor: VCPUs, MiB of memory, GiB of disk, and running servers."""

    vcpus: int = 0
    memory_mb: int = 0
    disk_gb: int = 0
    running_vms: int = 0

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def __neg__(self) -> "Amounts":
        return Amounts(*(-getattr(self, each.name) for each in fields(self)))


@dataclass(frozen=True)
class Claim:
    """What a consumer (a server or a migration) wants of one hypervisor."""

    node_id: int
    consumer_uuid: str
    vcpus: int
    memory_mb: int
    disk_gb: int
    project_id: str | None = None
    user_id: str | None = None
    consumer_type: str = INSTANCE

    def amounts(self) -> Amounts:
        """Return what the hypervisor's row counts for it."""
        return Amounts(self.vcpus, self.memory_mb, self.disk_gb, int(self.consumer_type == INSTANCE))


@dataclass(frozen=True)
class GroupRule:
    """A server group that the claims must keep to: checked under a lock, against other requests."""

    uuid: str
    policy: str
    max_server_per_host: int = 1


@dataclass(frozen=True)
class Resource:
    """One row of RESOURCES: the columns of compute_nodes that count a resource."""

    name: str  # of the amount: Amounts, Claim, allocations
    total: sa.Column
    used: sa.Column
    reserved: sa.Column
    ratio: sa.Column

    @property
    def free(self) -> sa.ColumnElement:
        """The SQL expression of what is free, a float: Placement's formula. This is the one place that says so."""
        return (self.total - self.reserved) * self.ratio - self.used

    def fits(self, wanted: int, server: int) -> sa.ColumnElement:
        """Return the condition: `wanted` is free, and a single server wants no more than the host has."""
        return sa.and_(self.free >= wanted, self.total >= server)


_C = NODES.c
RESOURCES = (
    Resource("vcpus", _C.vcpus, _C.vcpus_used, _C.reserved_vcpus, _C.cpu_allocation_ratio),
    Resource("memory_mb", _C.memory_mb, _C.memory_mb_used, _C.reserved_memory_mb, _C.ram_allocation_ratio),
    Resource("disk_gb", _C.local_gb, _C.local_gb_used, _C.reserved_local_gb, _C.disk_allocation_ratio),
)


def chunks(values: Iterable, size: int = _CHUNK) -> Iterable[list]:
    """Cut values into lists that fit an IN."""
    values = list(values)
    for start in range(0, len(values), size):
        yield values[start : start + size]


# -- claiming


def claim(
    node_id: int,
    consumer_uuid: str,
    vcpus: int,
    memory_mb: int,
    disk_gb: int,
    *,
    project_id: str | None = None,
    user_id: str | None = None,
    consumer_type: str = INSTANCE,
) -> bool:
    """Claim for one consumer in a transaction of its own; return False when it does not fit any more."""
    wanted = Claim(node_id, consumer_uuid, vcpus, memory_mb, disk_gb, project_id, user_id, consumer_type)
    return claim_many([wanted]) is None


@api.writer
def claim_many(conn, claims: Sequence[Claim], group: GroupRule | None = None) -> int | None:
    """Claim all or nothing. Return None, or the id of the hypervisor that refused (then nothing is changed).

    What a consumer held before, it gives back in the same transaction, as in Placement's PUT of allocations:
    a request that is sent twice claims once. Who moves a server first hands its old claim over.
    """
    for attempt in range(1, _DUPLICATE_TRIES + 1):
        savepoint = conn.begin_nested()
        try:
            refused = _claim(conn, claims, group)
        except sa.exc.IntegrityError as error:
            savepoint.rollback()
            # Someone claimed for the same consumer in between; now its row is visible, and is replaced.
            if attempt == _DUPLICATE_TRIES or not api.is_duplicate(error):
                raise
            continue
        if refused is None:
            savepoint.commit()
        else:
            savepoint.rollback()
        return refused
    raise AssertionError("unreachable: the last try returns or raises")


@api.writer
def move(conn, consumer_uuid: str, node_id: int, vcpus: int, memory_mb: int, disk_gb: int) -> bool:
    """Claim on another hypervisor and give back what the consumer held; return False when it does not fit.

    Project, user and type stay. scheduler.utils.claim_resources does the same and keeps to the server group.
    """
    query = sa.select(TABLE.c.project_id, TABLE.c.user_id, TABLE.c.consumer_type)
    held = conn.execute(query.where(TABLE.c.consumer_uuid == consumer_uuid).limit(1)).mappings().first()
    wanted = Claim(node_id, consumer_uuid, vcpus, memory_mb, disk_gb, **(held or {}))
    return claim_many.within(conn, [wanted]) is None


def _claim(conn, claims: Sequence[Claim], group: GroupRule | None) -> int | None:
    if group is not None:
        groups = InstanceGroup.__table__
        conn.execute(sa.select(groups.c.id).where(groups.c.uuid == group.uuid).with_for_update()).first()
    wanted: dict[int, Amounts] = defaultdict(Amounts)
    largest: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in claims:
        wanted[each.node_id] += each.amounts()
        for resource in RESOURCES:
            size = getattr(each, resource.name)
            largest[each.node_id][resource.name] = max(largest[each.node_id][resource.name], size)
    changes = defaultdict(Amounts, wanted)
    for node_id, amounts in _take_rows(conn, [each.consumer_uuid for each in claims]).items():
        changes[node_id] += -amounts
    for node_id in sorted(changes):
        limits = largest[node_id] if node_id in wanted else None
        if not _change(conn, node_id, changes[node_id], limits) and limits is not None:
            return node_id
    if group is not None:
        refused = _breaks(conn, claims, group)
        if refused is not None:
            return refused
    conn.execute(
        sa.insert(TABLE),
        [
            {"compute_node_id": each.node_id}
            | {item.name: getattr(each, item.name) for item in fields(each) if item.name != "node_id"}
            for each in claims
        ],
    )
    return None


def _change(conn, node_id: int, change: Amounts, largest: dict[str, int] | None = None) -> bool:
    """Add to what is counted of a hypervisor; with `largest` (a claim) only if it fits; return whether."""
    where = [NODES.c.id == node_id]
    values: dict = {NODES.c.running_vms: NODES.c.running_vms + change.running_vms}
    for resource in RESOURCES:
        amount = getattr(change, resource.name)
        values[resource.used] = resource.used + amount
        # A resource that is not asked for may be overdrawn (the host shrank): that is no reason to refuse.
        if largest is not None and amount > 0:
            where.append(resource.fits(amount, largest[resource.name]))
    if largest is not None:
        where.append(NODES.c.deleted == 0)
    return conn.execute(sa.update(NODES).where(*where).values(values)).rowcount == 1


def _breaks(conn, claims: Sequence[Claim], group: GroupRule) -> int | None:
    """Return the hypervisor whose claim breaks the group's policy, or None; the group is locked."""
    query = sa.select(NODES.c.id, NODES.c.host).where(NODES.c.id.in_({each.node_id for each in claims}))
    hosts = dict(conn.execute(query).all())
    members = members_by_host.within(conn, group.uuid, without=[each.consumer_uuid for each in claims])
    counts = Counter({host: len(uuids) for host, uuids in members.items()})
    for each in claims:
        host = hosts[each.node_id]
        if group.policy == ANTI_AFFINITY and counts[host] >= group.max_server_per_host:
            return each.node_id
        if group.policy == AFFINITY and counts and host not in counts:
            return each.node_id
        counts[host] += 1
    return None


# -- giving back


def _take_rows(conn, consumers: Sequence[str], node_id: int | None = None) -> dict[int, Amounts]:
    """Delete the allocations of consumers; return what the rows that went held, by hypervisor."""
    columns = (TABLE.c.id, TABLE.c.compute_node_id, TABLE.c.consumer_uuid, TABLE.c.consumer_type,
               TABLE.c.vcpus, TABLE.c.memory_mb, TABLE.c.disk_gb)  # fmt: skip
    freed: dict[int, Amounts] = defaultdict(Amounts)
    rows: list = []
    for part in chunks(consumers):
        query = sa.select(*columns).where(TABLE.c.consumer_uuid.in_(part))
        if node_id is not None:
            query = query.where(TABLE.c.compute_node_id == node_id)
        rows += conn.execute(query)
    for row in sorted(rows, key=lambda each: each.id):
        # Row by row: only who really removed it may count it as free.
        gone = sa.delete(TABLE).where(TABLE.c.id == row.id, TABLE.c.consumer_uuid == row.consumer_uuid)
        if conn.execute(gone).rowcount == 1:
            held = Amounts(row.vcpus, row.memory_mb, row.disk_gb, int(row.consumer_type == INSTANCE))
            freed[row.compute_node_id] += held
    return freed


@api.writer
def release(conn, consumer_uuid: str, node_id: int | None = None) -> bool:
    """Give back what a consumer holds (on one hypervisor, or on all); return whether it held anything."""
    freed = _take_rows(conn, [consumer_uuid], node_id)
    for each in sorted(freed):
        _change(conn, each, -freed[each])
    return bool(freed)


@api.writer
def hand_over(
    conn, from_consumer: str, to_consumer: str, consumer_type: str = MIGRATION, node_id: int | None = None
) -> int:
    """Give claims to another consumer, amounts unchanged; return how many.

    A server that moves hands its claim on the source to its migration, so that the target is claimed beside
    it; a revert hands it back (`consumer_type=INSTANCE`), after `release` of the target.
    """
    query = sa.select(TABLE.c.id, TABLE.c.compute_node_id, TABLE.c.consumer_type)
    query = query.where(TABLE.c.consumer_uuid == from_consumer)
    if node_id is not None:
        query = query.where(TABLE.c.compute_node_id == node_id)
    vms: dict[int, int] = {}
    for row in conn.execute(query.order_by(TABLE.c.id)).all():
        taken = (
            sa.update(TABLE)
            .where(TABLE.c.id == row.id, TABLE.c.consumer_uuid == from_consumer)
            .values(consumer_uuid=to_consumer, consumer_type=consumer_type)
        )
        if conn.execute(taken).rowcount == 1:
            vms[row.compute_node_id] = (consumer_type == INSTANCE) - (row.consumer_type == INSTANCE)
    for each in sorted(vms):
        if vms[each]:
            _change(conn, each, Amounts(running_vms=vms[each]))
    return len(vms)


# -- asking


@api.reader
def get_by_consumer(conn, consumer_uuid: str) -> list[dict]:
    """Return a consumer's allocations, each with the `host` and `hypervisor_hostname` that it is of."""
    query = (
        sa.select(TABLE, NODES.c.host, NODES.c.hypervisor_hostname)
        .join(NODES, _ON_NODE)
        .where(TABLE.c.consumer_uuid == consumer_uuid)
        .order_by(TABLE.c.id)
    )
    return [dict(row) for row in conn.execute(query).mappings()]


@api.reader
def hosts_of(conn, consumers: Iterable[str]) -> dict[str, set[str]]:
    """Return host → those of the consumers that hold something there; servers still being built count."""
    found: dict[str, set[str]] = {}
    for part in chunks(consumers):
        query = sa.select(NODES.c.host, TABLE.c.consumer_uuid).join(
            NODES, NODES.c.id == TABLE.c.compute_node_id
        )
        for host, consumer in conn.execute(query.where(TABLE.c.consumer_uuid.in_(part))):
            found.setdefault(host, set()).add(consumer)
    return found


@api.reader
def members_by_host(conn, group_uuid: str, without: Iterable[str] = ()) -> dict[str, set[str]]:
    """Return host → the members of a server group that hold something there, but for those in `without`."""
    members, groups = InstanceGroupMember.__table__, InstanceGroup.__table__
    query = (
        sa.select(NODES.c.host, TABLE.c.consumer_uuid)
        .join(NODES, _ON_NODE)
        .join(members, members.c.instance_uuid == TABLE.c.consumer_uuid)
        .join(groups, groups.c.id == members.c.group_id)
        .where(groups.c.uuid == group_uuid)
    )
    left_out = set(without)
    found: dict[str, set[str]] = {}
    for host, consumer in conn.execute(query):
        if consumer not in left_out:
            found.setdefault(host, set()).add(consumer)
    return found


# -- proving


@api.reader
def drifted(conn) -> list[dict]:
    """Return the hypervisors whose counters differ from the sum of their allocations (none, if all is well).

    Each row has `id`, `host`, `hypervisor_hostname` and, for each counter, its value and `…_claimed`.
    """
    counts = {
        NODES.c.vcpus_used: sa.func.sum(TABLE.c.vcpus),
        NODES.c.memory_mb_used: sa.func.sum(TABLE.c.memory_mb),
        NODES.c.local_gb_used: sa.func.sum(TABLE.c.disk_gb),
        NODES.c.running_vms: sa.func.sum(sa.case((TABLE.c.consumer_type == INSTANCE, 1), else_=0)),
    }
    sums = (
        sa.select(
            TABLE.c.compute_node_id,
            *(total.label(f"{counter.name}_claimed") for counter, total in counts.items()),
        )
        .group_by(TABLE.c.compute_node_id)
        .subquery()
    )
    claimed = {counter: sa.func.coalesce(sums.c[f"{counter.name}_claimed"], 0) for counter in counts}
    query = (
        sa.select(
            NODES.c.id, NODES.c.host, NODES.c.hypervisor_hostname, *counts,
            *(value.label(f"{counter.name}_claimed") for counter, value in claimed.items()),
        )
        .outerjoin(sums, sums.c.compute_node_id == NODES.c.id)
        .where(sa.or_(*(counter != value for counter, value in claimed.items())))
        .order_by(NODES.c.id)
    )  # fmt: skip
    # MariaDB's and PostgreSQL's sums are decimals.
    return [
        {key: int(value) if key.endswith("_claimed") else value for key, value in row.items()}
        for row in conn.execute(query).mappings()
    ]


@api.reader
def orphans(conn) -> list[dict]:
    """Return the allocations of servers that are deleted or were never there."""
    query = (
        sa.select(TABLE)
        .outerjoin(Instance, sa.and_(Instance.uuid == TABLE.c.consumer_uuid, Instance.deleted == 0))
        .where(TABLE.c.consumer_type == INSTANCE, Instance.id.is_(None))
        .order_by(TABLE.c.id)
    )
    return [dict(row) for row in conn.execute(query).mappings()]


@api.reader
def unclaimed(conn) -> list[dict]:
    """Return `uuid`, `host`, `node`, `vm_state` of the servers on a host without an allocation there."""
    query = (
        sa.select(Instance.uuid, Instance.host, Instance.node, Instance.vm_state)
        .outerjoin(
            NODES,
            sa.and_(
                NODES.c.host == Instance.host,
                NODES.c.hypervisor_hostname == Instance.node,
                NODES.c.deleted == 0,
            ),
        )
        .outerjoin(
            TABLE, sa.and_(TABLE.c.consumer_uuid == Instance.uuid, TABLE.c.compute_node_id == NODES.c.id)
        )
        .where(Instance.deleted == 0, Instance.host.is_not(None), TABLE.c.id.is_(None))
        .order_by(Instance.id)
    )
    return [dict(row) for row in conn.execute(query).mappings()]
