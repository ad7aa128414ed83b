"""Which hosts new servers go to: host states, filters, weighers, and a claim that holds."""

import random
import time
from dataclasses import dataclass

from oslo_log import log as logging

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.db import allocations, host_states
from nova_lite.objects.selection import Selection
from nova_lite.scheduler import explain, group
from nova_lite.scheduler.host_manager import HostManager, HostState, Search

LOG = logging.getLogger(__name__)

#: How often all hosts are read again because other requests took what was chosen.
ROUNDS = 5


@dataclass
class Pick:
    """A host for one server, and the others that were left, best first."""

    instance_uuid: str
    state: HostState
    others: list[HostState]


class FilterScheduler:
    """Chooses and claims. It keeps nothing between requests, and threads share it."""

    def __init__(self):
        self.host_manager = HostManager()

    def select_destinations(
        self, spec, instance_uuids: list[str], *, return_alternates: bool = True
    ) -> list[list[Selection]]:
        """Claim a host for each server, all or none; return for each a list: the claimed one, then alternates.

        `spec`: objects.RequestSpec, of one server. Alternates (`[scheduler] max_attempts` - 1 at most) are not
        claimed.

        Raises:
            NoValidHost: with the number of hosts that each step turned away.
        """
        started = time.monotonic()
        for turn in range(1, ROUNDS + 1):
            search = Search(spec, list(instance_uuids))
            picks = self._choose(search)
            if picks is not None:
                selections = self._selections(search, picks, return_alternates)
                LOG.debug(
                    "%d of %d host(s) passed for %d server(s), chose %s in %.3f s",
                    len(search.passing), search.offset, len(picks), [pick.state for pick in picks],
                    time.monotonic() - started,
                )  # fmt: skip
                return selections
            if not search.refused:
                reason = explain.no_valid_host(self.host_manager, search)
                LOG.info("No host for server(s) %s: %s", ", ".join(instance_uuids), reason)
                raise exception.NoValidHost(reason=reason)
            LOG.info("Others took the hosts chosen for %s; turn %d of %d", instance_uuids, turn, ROUNDS)
        raise exception.NoValidHost(
            reason=f"Other requests were faster {ROUNDS} times: each host with room was taken before it was claimed."
        )

    def _choose(self, search: Search) -> list[Pick] | None:
        """Choose and claim; reads further hosts only if those read so far do not do."""
        while not search.complete:
            self.host_manager.read(search)
            while (picks := self._pick(search)) is not None:
                refused = self._claim(search, picks)
                if refused is None:
                    return picks
                search.refused.add(refused)
                self._undo(search, picks)
        return None

    def _pick(self, search: Search) -> list[Pick] | None:
        """Choose a host for each server, counting what the ones before took; None if there is none for one."""
        picks: list[Pick] = []
        for uuid in search.instance_uuids:
            states = [state for state in search.passing if state.id not in search.refused]
            if picks:
                states = [state for state in states if self.host_manager.still_passes(state, search)]
            if not states:
                search.placed = max(search.placed, len(picks))
                self._undo(search, picks)
                return None
            ranked = self.host_manager.rank(states, search.spec)
            if CONF.filter_scheduler.shuffle_best_same_weighed_hosts:
                best = [pair for pair in ranked if pair[0] == ranked[0][0]]
                random.shuffle(best)
                ranked[: len(best)] = best
            _, chosen = random.choice(ranked[: CONF.filter_scheduler.host_subset_size])
            chosen.consume(search.spec, uuid)
            search.note_group_hosts()
            picks.append(Pick(uuid, chosen, [state for _, state in ranked if state is not chosen]))
        return picks

    @staticmethod
    def _undo(search: Search, picks: list[Pick]) -> None:
        for pick in picks:
            pick.state.consume(search.spec, pick.instance_uuid, sign=-1)
        search.note_group_hosts()

    @staticmethod
    def _claim(search: Search, picks: list[Pick]) -> int | None:
        """Claim all picks in one transaction; return None, or the node that has no room any more."""
        spec = search.spec
        claims = [
            allocations.Claim(
                node_id=pick.state.id, consumer_uuid=pick.instance_uuid, vcpus=spec.vcpus, memory_mb=spec.memory_mb,
                disk_gb=spec.disk_gb, project_id=spec.project_id, user_id=spec.user_id,
            )
            for pick in picks
        ]  # fmt: skip
        return allocations.claim_many(claims, group.rule(spec))

    # -- answers

    def _alternates(self, search: Search, pick: Pick) -> list[HostState]:
        """Return the next best hosts that the server could go to instead of the one it has."""
        most = CONF.scheduler.max_attempts - 1
        found: list[HostState] = []
        pick.state.consume(search.spec, pick.instance_uuid, sign=-1)
        search.note_group_hosts()
        for state in pick.others:
            if len(found) >= most:
                break
            if state.id not in search.refused and self.host_manager.still_passes(state, search):
                found.append(state)
        pick.state.consume(search.spec, pick.instance_uuid)
        search.note_group_hosts()
        return found

    def _selections(
        self, search: Search, picks: list[Pick], return_alternates: bool
    ) -> list[list[Selection]]:
        chosen = [
            [pick.state, *(self._alternates(search, pick) if return_alternates else ())] for pick in picks
        ]
        zones = _zones(search, {state.host for states in chosen for state in states})
        return [[_selection(state, zones) for state in states] for states in chosen]


def _zones(search: Search, hosts: set[str]) -> dict[str, str]:
    """Return host → availability zone, for hosts whose zone is not the default one."""
    if not search.zones:
        return {}
    memberships = host_states.memberships(hosts)
    return {
        host: search.zones[key] for host, keys in memberships.items() for key in keys if key in search.zones
    }


def _selection(state: HostState, zones: dict[str, str]) -> Selection:
    return Selection(
        compute_node_id=state.id,
        compute_node_uuid=state.uuid,
        service_host=state.host,
        nodename=state.nodename,
        availability_zone=zones.get(state.host, CONF.default_availability_zone),
        limits={},
    )
