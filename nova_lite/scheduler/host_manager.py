"""Host states: which hosts there are for a request, filtered and weighed.

Nothing is kept between requests: each one reads what is true now (db/host_states.py).
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from oslo_log import log as logging
from stevedore import extension

from nova_lite import exception, servicegroup
from nova_lite.conf import CONF
from nova_lite.db import allocations, api, host_states
from nova_lite.db.aggregates import AVAILABILITY_ZONE
from nova_lite.scheduler.filters import aggregate_multitenancy_isolation, base
from nova_lite.scheduler.weights import base as weights

LOG = logging.getLogger(__name__)

FILTERS = "nova_lite.scheduler.filters"
WEIGHERS = "nova_lite.scheduler.weights"

#: Attributes of a HostState in the order of db.host_states.COLUMNS.
_ROW = (
    "id", "uuid", "host", "nodename",
    "vcpus_total", "total_usable_ram_mb", "total_usable_disk_gb",
    "vcpus_used", "ram_mb_used", "disk_gb_used",
    "free_vcpus", "free_ram_mb", "free_disk_gb",
    "num_instances", "failed_builds", "hypervisor_type", "hypervisor_version",
    "disabled", "disabled_reason", "forced_down", "last_seen_up", "created_at",
)  # fmt: skip


class HostState:
    """One hypervisor and what a request would find there; `consume` takes what the request chose of it.

    `free_*` is what can still be claimed: with the allocation ratio, without the reserved part. Attributes named
    in `Needs` are there only if a filter or weigher asked for them: `instances` (those of the servers asked for
    that are on the host), `group_members` (the server group's on the host), `aggregates` (their metadata),
    `num_io_ops`, and columns. States of nodes of one host share `instances` and `group_members`.
    """

    id: int
    uuid: str
    host: str
    nodename: str
    vcpus_total: int
    total_usable_ram_mb: int
    total_usable_disk_gb: int
    vcpus_used: int
    ram_mb_used: int
    disk_gb_used: int
    free_vcpus: float
    free_ram_mb: float
    free_disk_gb: float
    num_instances: int
    failed_builds: int
    hypervisor_type: str | None
    hypervisor_version: int | None
    aggregates: list[dict[str, str]]
    group_members: set[str]
    instances: set[str]
    num_io_ops: int

    __slots__ = (*_ROW, "aggregates", "group_members", "instances", "num_io_ops", *host_states.EXTRA_COLUMNS)

    def __init__(self, row, extra: Iterable[str] = ()):
        for name, value in zip((*_ROW, *extra), row, strict=True):
            setattr(self, name, value)

    def __repr__(self):
        return (
            f"({self.host}, {self.nodename}) free: {self.free_vcpus:g} VCPUs, {self.free_ram_mb:g} MB,"
            f" {self.free_disk_gb:g} GB; {self.num_instances} servers"
        )

    def __getattr__(self, name):
        # Only called for slots that were not filled.
        if name in HostState.__slots__:
            raise AttributeError(f"{name} of hosts was not read: a filter must ask for it in needs()")
        raise AttributeError(f"hosts have no {name}")

    def has(self, name: str) -> bool:
        """Return whether an attribute was read."""
        try:
            getattr(self, name)
        except AttributeError:
            return False
        return True

    def attribute(self, name: str):
        """Return a fact by the name that extra specs and queries of users give it; None if there is no such."""
        if name in HostState.__slots__ or name in ("free_disk_mb", "hypervisor_hostname"):
            return getattr(self, name, None)
        return None

    @property
    def hypervisor_hostname(self) -> str:
        """The node's name."""
        return self.nodename

    @property
    def free_disk_mb(self) -> float:
        """MiB of disk that can still be claimed."""
        return self.free_disk_gb * 1024

    @property
    def service(self) -> dict:
        """The columns of the nova-compute service that say whether it is up."""
        return {
            name: getattr(self, name) for name in ("disabled", "forced_down", "last_seen_up", "created_at")
        }

    def fits(self, spec) -> bool:
        """Return whether one more server fits, as the claim will judge it."""
        return (
            (not spec.vcpus or spec.vcpus <= self.free_vcpus)
            and (not spec.memory_mb or spec.memory_mb <= self.free_ram_mb)
            and (not spec.disk_gb or spec.disk_gb <= self.free_disk_gb)
        )

    def consume(self, spec, instance_uuid: str, sign: int = 1) -> None:
        """Count a server of this request as if it were here; with `sign` -1, no longer."""
        self.vcpus_used += sign * spec.vcpus
        self.ram_mb_used += sign * spec.memory_mb
        self.disk_gb_used += sign * spec.disk_gb
        self.free_vcpus -= sign * spec.vcpus
        self.free_ram_mb -= sign * spec.memory_mb
        self.free_disk_gb -= sign * spec.disk_gb
        self.num_instances += sign
        if self.has("num_io_ops"):
            self.num_io_ops += sign
        change = set.add if sign > 0 else set.discard
        change(self.instances, instance_uuid)
        if spec.instance_group:
            change(self.group_members, instance_uuid)


class Search:
    """The hosts found so far for one request: filled page by page by `HostManager.read`."""

    def __init__(self, spec, instance_uuids: list[str]):
        self.spec = spec
        self.instance_uuids = instance_uuids
        self.passing: list[HostState] = []
        self.complete = False
        self.offset = 0
        self.wanted: host_states.Wanted | None = None
        #: Aggregate id → availability zone.
        self.zones: dict[int, str] = {}
        #: Filter → how many hosts it turned away.
        self.turned_away: Counter[str] = Counter()
        #: Nodes whose claim failed: someone was faster.
        self.refused: set[int] = set()
        #: Most servers of the request that found a place.
        self.placed = 0
        self._group_members: dict[str, set[str]] = {}
        self._instances: dict[str, set[str]] = {}

    @property
    def forced(self) -> bool:
        """The request names its hosts, and filters are not asked."""
        return bool(self.spec.force_hosts or self.spec.force_nodes)

    def share(
        self, state: HostState, instances: dict[str, set[str]], group_members: dict[str, set[str]]
    ) -> None:
        """Give a state the sets that all nodes of its host share."""
        host = state.host
        state.instances = self._instances.setdefault(host, set(instances.get(host, ())))
        state.group_members = self._group_members.setdefault(host, set(group_members.get(host, ())))

    def learn_group(self, members: dict[str, set[str]]) -> None:
        """Take in which hosts the group's members are on, those included that are no candidates."""
        for host, uuids in members.items():
            self._group_members.setdefault(host, set(uuids))
        self.note_group_hosts()

    def note_group_hosts(self) -> None:
        """Tell the spec's group the hosts that members are on now, this request's own included."""
        if self.spec.instance_group:
            self.spec.instance_group.hosts = sorted(
                host for host, uuids in self._group_members.items() if uuids
            )


class HostManager:
    """Reads, filters and weighs hosts with the filters and weighers of the configuration."""

    def __init__(self):
        self.filters = _load_filters(CONF.filter_scheduler.enabled_filters)
        self.weighers = _load_weighers(CONF.filter_scheduler.weight_classes)
        self._each_time = {
            name: each for name, each in self.filters.items() if not each.run_filter_once_per_request
        }

    # -- reading

    def read(self, search: Search) -> None:
        """Read the next page of hosts that have room, in one transaction, and keep those that pass the filters."""
        states = _read(self, search)
        LOG.debug("Starting with %d host(s)", len(states))
        search.passing += self._filter(search, states)

    def needs(self, spec, aggregates: Iterable[dict[str, str]]) -> base.Needs:
        """Return what filters and weighers must know of the hosts for this request."""
        needs = base.Needs()
        for each in self.filters.values():
            each.needs(spec, needs)
        for weigher in self.weighers:
            weigher.needs(spec, needs)
        keys = {key for metadata in aggregates for key in metadata}
        needs.aggregates |= any(weigher.option in keys for weigher in self.weighers)
        return needs

    def wanted(
        self, spec, aggregates: dict[int, dict[str, str]], zones: dict[int, str]
    ) -> host_states.Wanted:
        """Return what the database narrows by."""
        forced = bool(spec.force_hosts or spec.force_nodes)
        destination = spec.requested_destination or {}
        hosts, nodes = tuple(spec.force_hosts or ()), tuple(spec.force_nodes or ())
        if not forced:
            hosts = tuple(filter(None, [destination.get("host")]))
            nodes = tuple(filter(None, [destination.get("node")]))
        alive = None
        if forced or "ComputeFilter" in self.filters:
            now, margin = servicegroup.utcnow(), dt.timedelta(seconds=CONF.service_down_time)
            alive = (now - margin, now + margin)
        return host_states.Wanted(
            vcpus=spec.vcpus,
            memory_mb=spec.memory_mb,
            disk_gb=spec.disk_gb,
            hosts=hosts,
            nodes=nodes,
            ignore_hosts=tuple(spec.ignore_hosts or ()),
            alive=alive,
            zone=_zone(spec, zones),
            tenant=_tenant(spec, aggregates),
        )

    # -- filtering and weighing

    def _filter(self, search: Search, states: list[HostState]) -> list[HostState]:
        """Return the states that pass all filters, and count who turned the others away."""
        if search.forced:
            return states
        for name, each in self.filters.items():
            if not states:
                break
            before = len(states)
            states = [state for state in states if each.host_passes(state, search.spec)]
            search.turned_away[name] += before - len(states)
            LOG.debug("Filter %s returned %d host(s)", name, len(states))
        return states

    def still_passes(self, state: HostState, search: Search) -> bool:
        """Return whether a host that passed does so after this request has taken some of it."""
        if not state.fits(search.spec):
            return False
        return search.forced or all(each.host_passes(state, search.spec) for each in self._each_time.values())

    def rank(self, states: list[HostState], spec) -> list[tuple[float, HostState]]:
        """Return (weight, state), best first."""
        return weights.rank(self.weighers, states, spec)


@api.reader
def _read(conn, manager: HostManager, search: Search) -> list[HostState]:
    spec = search.spec
    aggregates = host_states.aggregate_metadata.within(conn)
    needs = manager.needs(spec, aggregates.values())
    search.zones = {
        key: metadata[AVAILABILITY_ZONE]
        for key, metadata in aggregates.items()
        if AVAILABILITY_ZONE in metadata
    }
    search.wanted = manager.wanted(spec, aggregates, search.zones)
    group_members: dict[str, set[str]] = {}
    if spec.instance_group:
        group_members = allocations.members_by_host.within(
            conn, spec.instance_group.uuid, without=search.instance_uuids
        )
        search.learn_group(group_members)
    extra = sorted(needs.columns)
    limit = CONF.scheduler.max_placement_results
    rows = host_states.candidates.within(
        conn, search.wanted, extra, limit, search.offset, pack=CONF.filter_scheduler.ram_weight_multiplier < 0
    )
    search.offset += len(rows)
    search.complete = len(rows) < limit
    known = {state.id for state in search.passing}
    # Between two pages hosts change places: one may come again.
    states = [state for state in (HostState(row, extra) for row in rows) if state.id not in known]
    instances = allocations.hosts_of.within(conn, needs.instances) if needs.instances else {}
    busy = host_states.busy.within(conn) if needs.io_ops and states else {}
    memberships = {}
    if needs.aggregates and states:
        memberships = host_states.memberships.within(conn, {state.host for state in states})
    for state in states:
        search.share(state, instances, group_members)
        if needs.io_ops:
            state.num_io_ops = busy.get(state.id, 0)
        if needs.aggregates:
            state.aggregates = [
                aggregates[key] for key in memberships.get(state.host, ()) if key in aggregates
            ]
    return states


def _zone(spec, zones: dict[int, str]) -> host_states.Zone | None:
    """Return the aggregates that make the wanted availability zone."""
    if not spec.availability_zone:
        return None
    inside = tuple(key for key, name in zones.items() if name == spec.availability_zone)
    default = spec.availability_zone == CONF.default_availability_zone
    return host_states.Zone(inside, tuple(zones) if default else None)


def _tenant(spec, aggregates: dict[int, dict[str, str]]) -> host_states.Zone | None:
    """Return the aggregates that name the request's project, if it is to stay in them."""
    if not CONF.scheduler.limit_tenants_to_placement_aggregate:
        return None
    mine = tuple(
        key
        for key, metadata in aggregates.items()
        if any(
            name.startswith(aggregate_multitenancy_isolation.KEY)
            and spec.project_id in (each.strip() for each in value.split(","))
            for name, value in metadata.items()
        )
    )
    return host_states.Zone(mine) if mine else None


def _load_filters(names: Iterable[str]) -> dict[str, base.BaseHostFilter]:
    known: extension.ExtensionManager = extension.ExtensionManager(FILTERS)
    return {name: _plugin(known, name, "enabled_filters") for name in names}


def _load_weighers(names: Iterable[str]) -> list[weights.BaseHostWeigher]:
    known: extension.ExtensionManager = extension.ExtensionManager(WEIGHERS)
    chosen = sorted(known.names()) if "all" in names else dict.fromkeys(names)
    return [_plugin(known, name, "weight_classes") for name in chosen]


def _plugin(known: extension.ExtensionManager, name: str, option: str):
    if name not in known:
        raise exception.ConfigurationError(
            reason=f"[filter_scheduler] {option} names {name!r}; there are: {', '.join(sorted(known.names()))}"
        )
    return known[name].plugin()
