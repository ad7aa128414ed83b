"""Why there is no valid host, in words that help who reads them.

The text ends up in the server's fault, where its owner sees it: it names no host that the request did not name.
"""

from nova_lite.db import host_states
from nova_lite.scheduler.host_manager import HostManager, Search

#: Step of db.host_states.steps() → text; `{count}` hosts, what was `{wanted}`, the `{most}` that one has.
_TEXTS = {
    "destination": "{count} not the requested {wanted}",
    "ignored": "{count} left out by the request",
    "vcpus": "{count} without enough free VCPUs (need {wanted}, most free is {most})",
    "vcpus_total": "{count} with fewer CPUs than one server may have of them (need {wanted}, most is {most})",
    "memory_mb": "{count} without enough free memory (need {wanted} MB, most free is {most} MB)",
    "memory_mb_total": "{count} with less memory than one server may have of it (need {wanted} MB, most is {most} MB)",
    "disk_gb": "{count} without enough free disk (need {wanted} GB, most free is {most} GB)",
    "disk_gb_total": "{count} with less disk than one server may have of it (need {wanted} GB, most is {most} GB)",
    "zone": "{count} not in availability zone {wanted!r}",
    "tenant": "{count} outside the aggregates of the project",
    "service": "{count} without a nova-compute service",
}
#: Steps that are the ComputeFilter's business.
_COMPUTE_STEPS = ("disabled", "down")


def no_valid_host(manager: HostManager, search: Search) -> str:
    """Return the reason for NoValidHost; reads once more, and counts who fell where."""
    fallen = host_states.fallen(search.wanted)
    total = sum(each.count for each in fallen)
    if not total:
        return "There are not enough hosts available. There is no hypervisor yet: does nova-compute run?"
    parts = [
        _TEXTS[each.step].format(
            count=each.count, wanted=_wanted(search, each.step), most=max(0, each.most.get(each.step, 0))
        )
        for each in fallen
        if each.step in _TEXTS
    ]
    compute = {each.step: each.count for each in fallen if each.step in _COMPUTE_STEPS}
    if compute:
        states = ", ".join(f"{count} {step}" for step, count in compute.items())
        parts.append(f"ComputeFilter turned away {sum(compute.values())} ({states})")
    parts += [
        f"{name} turned away {count}"
        + (f" ({why})" if (why := manager.filters[name].why(search.spec)) else "")
        for name, count in search.turned_away.items()
        if count
    ]
    if search.passing:
        wanted = len(search.instance_uuids)
        parts.append(
            f"on the {len(search.passing)} left there is room for {search.placed} of {wanted} servers"
        )
    hosts = "1 host" if total == 1 else f"{total} hosts"
    return f"There are not enough hosts available. {hosts}: {', '.join(parts) or 'all have room by now'}."


def _wanted(search: Search, step: str) -> str:
    wanted = search.wanted
    assert wanted is not None  # hosts were read
    if step == "destination":
        return "host " + ", ".join((*wanted.hosts, *wanted.nodes))
    if step == "zone":
        return search.spec.availability_zone
    return getattr(wanted, step.removesuffix("_total"), "")
