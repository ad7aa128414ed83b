"""The status of servers, from their states and back."""

import pytest

from nova_lite.api.openstack.compute import server_status
from nova_lite.compute import states

#: Every word that a client may meet (https://docs.openstack.org/api-guide/compute/server_concepts.html).
WORDS = {
    "ACTIVE", "BUILD", "DELETED", "ERROR", "HARD_REBOOT", "MIGRATING", "PASSWORD", "PAUSED", "REBOOT", "REBUILD",
    "RESCUE", "RESIZE", "REVERT_RESIZE", "SHELVED", "SHELVED_OFFLOADED", "SHUTOFF", "SOFT_DELETED", "SUSPENDED",
    "VERIFY_RESIZE",
}  # fmt: skip


def test_every_vm_state_has_a_word():
    assert set(server_status.TABLE) == set(states.VM_STATES)
    words = {word for default, others in server_status.TABLE.values() for word in (default, *others.values())}
    assert words == WORDS


@pytest.mark.parametrize(
    ("vm_state", "task_state", "word"),
    [
        ("active", None, "ACTIVE"),
        ("active", "deleting", "ACTIVE"),
        ("active", "reboot_pending", "REBOOT"),
        ("active", "reboot_started_hard", "HARD_REBOOT"),
        ("active", "resize_finish", "RESIZE"),
        ("stopped", "powering-on", "SHUTOFF"),
        ("stopped", "rebuilding", "REBUILD"),
        ("resized", "resize_reverting", "REVERT_RESIZE"),
        ("error", "rebuild_spawning", "REBUILD"),
        ("soft-delete", None, "SOFT_DELETED"),
        ("nonsense", None, "UNKNOWN"),
        (None, None, "UNKNOWN"),
    ],
)
def test_status(vm_state, task_state, word):
    assert server_status.status(vm_state, task_state) == word


@pytest.mark.parametrize(
    ("statuses", "found"),
    [
        (["active"], (["active"], None)),
        (["REBOOT"], (["active"], ["reboot_pending", "reboot_started", "rebooting"])),
        (["SHUTOFF", "ERROR"], (["error", "stopped"], None)),
        (["nonsense"], ([], [])),
        (["UNKNOWN"], ([], [])),
    ],
)
def test_states_of(statuses, found):
    assert server_status.states_of(statuses) == found


@pytest.mark.parametrize("word", sorted(WORDS))
def test_there_and_back(word):
    vm_states, task_states = server_status.states_of([word])
    assert vm_states
    shown = {server_status.status(vm_state, task) for vm_state in vm_states for task in task_states or [None]}
    assert word in shown
