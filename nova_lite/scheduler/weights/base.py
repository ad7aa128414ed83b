"""What every weigher is, and how the weights of all weighers are added up."""

from collections.abc import Iterable, Sequence
from typing import Any

from nova_lite.conf import CONF
from nova_lite.scheduler.filters.base import Needs


class BaseHostWeigher:
    """Gives each host a number; the numbers of all hosts are scaled to 0…1 and multiplied.

    `option` names the multiplier in `[filter_scheduler]`; an aggregate's metadata of the same name wins, the
    smallest if a host is in several such. Weighers keep nothing between calls: threads share them.
    """

    option: str
    #: The number is a penalty: hosts with less of it are better, for a positive multiplier.
    penalty = False

    def applies(self, spec) -> bool:
        """Return whether the request is one that this weigher has an opinion on."""
        return True

    def needs(self, spec, needs: Needs) -> None:
        """Add to `needs` what `weigh` will look at."""

    def weigh(self, host_state, spec) -> float:
        """Return the host's number, not yet scaled."""
        raise NotImplementedError

    def multiplier(self, host_state=None) -> float:
        """Return the multiplier for a host (HostState whose aggregates were read); without one, the option's."""
        values = []
        for metadata in host_state.aggregates if host_state else ():
            try:
                values.append(float(metadata[self.option]))
            except (KeyError, ValueError):
                continue  # not set, or not a number: the option's value counts
        return min(values) if values else CONF.filter_scheduler[self.option]


def _scaled(numbers: Sequence[float]) -> list[float] | None:
    """Scale to 0…1; None if all are the same, which says nothing."""
    low, high = min(numbers), max(numbers)
    if low == high:
        return None
    return [(number - low) / (high - low) for number in numbers]


def rank(weighers: Iterable[BaseHostWeigher], host_states: list[Any], spec) -> list[tuple[float, Any]]:
    """Return (weight, host state), best first; hosts of the same weight stay in the order they came in."""
    if not host_states:
        return []
    totals = [0.0] * len(host_states)
    by_host = host_states[0].has("aggregates")
    for weigher in weighers:
        if not weigher.applies(spec):
            continue
        plain = weigher.multiplier()
        if plain == 0 and not by_host:
            continue
        scaled = _scaled([weigher.weigh(host_state, spec) for host_state in host_states])
        if scaled is None:
            continue
        sign = -1 if weigher.penalty else 1
        if by_host:
            factors = [sign * weigher.multiplier(host_state) for host_state in host_states]
            totals = [
                total + factor * each for total, factor, each in zip(totals, factors, scaled, strict=True)
            ]
        else:
            factor = sign * plain
            totals = [total + factor * each for total, each in zip(totals, scaled, strict=True)]
    return sorted(zip(totals, host_states, strict=True), key=lambda pair: pair[0], reverse=True)
