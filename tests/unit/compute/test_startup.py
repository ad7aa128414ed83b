"""Start-up: which rule fits which server (nova-features D2)."""

import pytest

from nova_lite.compute import power_state as power
from nova_lite.compute import startup, states

CASES = [
    # vm_state, task_state, guest, what is done
    (states.ACTIVE, None, power.RUNNING, "leave"),
    (states.STOPPED, None, power.SHUTDOWN, "leave"),
    (states.SOFT_DELETED, states.DELETING, power.RUNNING, "leave"),
    (states.ERROR, None, power.NOSTATE, "leave"),
    (states.ERROR, states.DELETING, power.NOSTATE, "delete_again"),
    (states.ACTIVE, states.DELETING, power.RUNNING, "delete_again"),
    (states.BUILDING, states.SPAWNING, power.RUNNING, "end_build"),
    (states.BUILDING, states.DELETING, power.RUNNING, "delete_again"),
    (states.BUILDING, None, power.NOSTATE, "end_build"),
    (states.ACTIVE, states.REBOOTING, power.RUNNING, "reboot_again"),
    (states.ACTIVE, states.REBOOT_STARTED, power.RUNNING, "clear_to_active"),
    (states.ACTIVE, states.REBOOT_STARTED, power.SHUTDOWN, "reboot_again"),
    (states.ACTIVE, states.PAUSING, power.PAUSED, "clear_to_paused"),
    (states.ACTIVE, states.PAUSING, power.RUNNING, "clear_to_active"),
    (states.PAUSED, states.UNPAUSING, power.PAUSED, "unpause_again"),
    (states.PAUSED, states.UNPAUSING, power.RUNNING, "clear_to_active"),
    (states.ACTIVE, states.POWERING_OFF, power.RUNNING, "stop_again"),
    (states.STOPPED, states.POWERING_ON, power.SHUTDOWN, "start_again"),
    (states.ACTIVE, states.SUSPENDING, power.RUNNING, "suspend_again"),
    (states.SUSPENDED, states.RESUMING, power.SHUTDOWN, "resume_again"),
    (states.ACTIVE, None, power.SHUTDOWN, "resume_guest"),
]


@pytest.mark.parametrize(("vm_state", "task_state", "guest", "work"), CASES)
def test_rules(vm_state, task_state, guest, work):
    assert startup.choose(vm_state, task_state, guest) == work


def test_every_rule_names_a_method():
    for rule in startup.RULES:
        assert rule.work == "leave" or callable(getattr(startup.Reconciliation, rule.work))
