"""The word that `status` of a server is: made from vm_state and task_state, and back again for filters.

Behaviour: https://docs.openstack.org/api-guide/compute/server_concepts.html (server status).
"""

from collections.abc import Iterable

from nova_lite.compute import states

_RESIZING = dict.fromkeys(("resize_prep", "resize_migrating", "resize_migrated", "resize_finish"), "RESIZE")
_REBUILDING = dict.fromkeys(("rebuilding", "rebuild_block_device_mapping", "rebuild_spawning"), "REBUILD")

#: vm_state → (status, task_state → status where that differs).
TABLE: dict[str, tuple[str, dict[str, str]]] = {
    states.ACTIVE: (
        "ACTIVE",
        dict.fromkeys(states.SOFT_REBOOT_TASKS, "REBOOT")
        | dict.fromkeys(states.HARD_REBOOT_TASKS, "HARD_REBOOT")
        | {"updating_password": "PASSWORD", "migrating": "MIGRATING"}
        | _REBUILDING
        | _RESIZING,
    ),
    states.BUILDING: ("BUILD", {}),
    states.STOPPED: ("SHUTOFF", _RESIZING | _REBUILDING),
    states.RESIZED: ("VERIFY_RESIZE", {"resize_reverting": "REVERT_RESIZE"}),
    states.PAUSED: ("PAUSED", {"migrating": "MIGRATING"}),
    states.SUSPENDED: ("SUSPENDED", {}),
    states.RESCUED: ("RESCUE", {}),
    states.ERROR: ("ERROR", _REBUILDING),
    states.DELETED: ("DELETED", {}),
    states.SOFT_DELETED: ("SOFT_DELETED", {}),
    states.SHELVED: ("SHELVED", {}),
    states.SHELVED_OFFLOADED: ("SHELVED_OFFLOADED", {}),
}

UNKNOWN = "UNKNOWN"


def status(vm_state: str | None, task_state: str | None) -> str:
    """Return the status of a server; UNKNOWN for a state that the table does not have."""
    row = TABLE.get(vm_state)  # type: ignore[arg-type]
    if row is None:
        return UNKNOWN
    return row[1].get(task_state, row[0])  # type: ignore[arg-type]


def states_of(statuses: Iterable[str]) -> tuple[list[str], list[str] | None]:
    """Return (vm_states, task_states) of servers that show one of the statuses (in any spelling).

    task_states is None when any will do: Nova's list then also finds servers of the same vm_state that show
    another status for a moment. ([], None): no server ever shows one of them.
    """
    wanted = {each.lower() for each in statuses}
    vm_states, task_states, any_task = set(), set(), False
    for vm_state, (default, others) in TABLE.items():
        if default.lower() in wanted:
            vm_states.add(vm_state)
            any_task = True
        for task_state, word in others.items():
            if word.lower() in wanted:
                vm_states.add(vm_state)
                task_states.add(task_state)
    return sorted(vm_states), None if any_task else sorted(task_states)
