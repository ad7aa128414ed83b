"""The table of states: what is refused says so in Nova's words."""

import types

import pytest

from nova_lite import exception
from nova_lite.compute import states


def server(vm_state, task_state=None, launched_at="yes"):
    return types.SimpleNamespace(uuid="u", vm_state=vm_state, task_state=task_state, launched_at=launched_at)


@pytest.mark.parametrize("method", states.ACTIONS)
@pytest.mark.parametrize("vm_state", states.VM_STATES)
def test_every_action_in_every_vm_state_is_allowed_or_refused_as_the_table_says(method, vm_state):
    row = states.ACTIONS[method]
    if row.vm_states is states.ANY or vm_state in row.vm_states:
        assert states.check(server(vm_state), method) is row
    else:
        with pytest.raises(exception.InstanceInvalidState) as refused:
            states.check(server(vm_state), method)
        assert refused.value.code == 409


def test_the_message_is_novas():
    with pytest.raises(exception.InstanceInvalidState) as refused:
        states.check(server(states.STOPPED), "stop")
    assert str(refused.value) == "Cannot 'stop' instance u while it is in vm_state stopped"


def test_a_running_task_refuses_another_action():
    with pytest.raises(exception.InstanceInvalidState) as refused:
        states.check(server(states.ACTIVE, states.PAUSING), "stop")
    assert "task_state pausing" in str(refused.value)


def test_a_hard_reboot_may_interrupt_a_soft_one_and_is_called_reboot():
    states.check(server(states.ACTIVE, states.REBOOTING), "reboot_hard")
    with pytest.raises(exception.InstanceInvalidState) as refused:
        states.check(server(states.BUILDING), "reboot_hard")
    assert str(refused.value).startswith("Cannot 'reboot'")


def test_a_server_that_never_ran_can_only_be_deleted():
    states.check(server(states.ERROR, launched_at=None), "delete")
    with pytest.raises(exception.InstanceInvalidState):
        states.check(server(states.ERROR, launched_at=None), "stop")


def test_where_actions_end_are_states():
    for row in states.ACTIONS.values():
        assert row.ends_in is None or row.ends_in in states.VM_STATES
