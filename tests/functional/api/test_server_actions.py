"""Actions on servers: in which states they are taken, what they write and send, and what stands in their way."""

import datetime as dt

import oslo_messaging as messaging
import pytest

from nova_lite import exception
from nova_lite.api.openstack.compute import server_power
from nova_lite.compute import states
from nova_lite.db import models
from tests.support import rows

#: Body → method of the states' table, method of the message.
POWER = {
    "os-start": (None, "start", "start_instance"),
    "os-stop": (None, "stop", "stop_instance"),
    "pause": (None, "pause", "pause_instance"),
    "unpause": (None, "unpause", "unpause_instance"),
    "suspend": (None, "suspend", "suspend_instance"),
    "resume": (None, "resume", "resume_instance"),
    "reboot": ({"type": "SOFT"}, "reboot", "reboot_instance"),
    "reboot hard": ({"type": "hard"}, "reboot_hard", "reboot_instance"),
}
SOME_TASKS = (None, "rebooting", "rebooting_hard", "powering-off", "suspending", "deleting", "spawning")


def act(caller, server, name, value=None):
    return caller.post(f"/servers/{server}/action", {name.partition(" ")[0]: value})


def get(server):
    (row,) = rows.select(models.Instance, uuid=server)
    return row


def message_of(answer):
    (fault,) = answer.json.values()
    return fault["message"]


def test_every_power_action_is_here():
    assert {operation.action for operation in server_power.OPERATIONS} == {name.split()[0] for name in POWER}


@pytest.mark.parametrize("name", POWER)
def test_states(member, broker, name):
    """Each action in each state: taken exactly where the table of states says so."""
    value, method, rpc_method = POWER[name]
    row = states.ACTIONS[method]
    for vm_state in states.VM_STATES:
        for task_state in SOME_TASKS:
            broker.sent.clear()
            server = rows.server(vm_state=vm_state, task_state=task_state)
            answer = act(member, server, name, value)
            if vm_state in row.vm_states and task_state in row.task_states:
                assert (answer.status_int, answer.body) == (202, b"")
                assert get(server)["task_state"] == row.task_state
                (message,) = broker.sent
                assert (message.kind, message.topic, message.server) == ("cast", "compute", "host1")
                assert message.method == rpc_method
                assert message.arguments["instance"].task_state == row.task_state
                (action,) = rows.select(models.InstanceAction, instance_uuid=server)
                assert action["action"] == row.record
                assert action["request_id"] == answer.headers["x-openstack-request-id"]
            else:
                attribute, state = (
                    ("task_state", task_state) if vm_state in row.vm_states else ("vm_state", vm_state)
                )
                assert answer.status_int == 409
                assert message_of(answer) == (
                    f"Cannot '{method.removesuffix('_hard')}' instance {server} while it is in {attribute} {state}"
                )
                assert get(server)["task_state"] == task_state
                assert broker.sent == []
                assert rows.select(models.InstanceAction, instance_uuid=server) == []


@pytest.mark.parametrize(("given", "sent"), [("SOFT", "SOFT"), ("Hard", "HARD"), ("soft", "SOFT")])
def test_reboot_types(member, broker, given, sent):
    assert act(member, rows.server(), "reboot", {"type": given}).status_int == 202
    assert broker.sent[0].arguments["reboot_type"] == sent


BODIES = [
    ({"reboot": {}}, 400, "'type' is a required property"),
    ({"reboot": {"type": "WARM"}}, 400, "Invalid input for field/attribute type. Value: WARM."),
    ({"reboot": {"type": "SOFT", "x": 1}}, 400, "'x' was unexpected"),
    ({"os-start": None, "os-stop": None}, 400, "Malformed request body"),
    ({}, 400, "Malformed request body"),
    ({"fly": None}, 400, "There is no such action: fly"),
    ([], 400, "Malformed request body"),
    ({"os-resetState": {"state": "fine"}}, 400, "Invalid input for field/attribute state. Value: fine."),
    (
        {"os-getConsoleOutput": {"length": "ten"}},
        400,
        "Invalid input for field/attribute length. Value: ten.",
    ),
    ({"os-getConsoleOutput": {"length": -2}}, 400, "Invalid input for field/attribute length. Value: -2."),
    ({"os-getConsoleOutput": None}, 400, "None is not of type 'object'"),
]


@pytest.mark.parametrize(("body", "status", "message"), BODIES)
def test_bodies(admin, broker, body, status, message):
    answer = admin.post(f"/servers/{rows.server()}/action", body)
    assert answer.status_int == status
    assert message in message_of(answer)


@pytest.mark.parametrize("name", [*POWER, "lock", "unlock", "forceDelete"])
def test_strangers_and_readers(callers, broker, name):
    value = POWER[name][0] if name in POWER else None
    server = rows.server(vm_state="stopped")
    assert act(callers["other"], server, name, value).status_int == 404
    answer = act(callers["reader"], server, name, value)
    assert answer.status_int == 403
    assert "Policy doesn't allow os_compute_api:" in message_of(answer)
    assert broker.sent == []


@pytest.mark.parametrize("name", POWER)
def test_locked(callers, broker, name):
    value, method, _ = POWER[name]
    server = rows.server(vm_state=states.ACTIONS[method].vm_states[0], locked=True, locked_by="owner")
    answer = act(callers["member"], server, name, value)
    assert answer.status_int == 409
    assert message_of(answer) == f"Instance {server} is locked"
    assert act(callers["admin"], server, name, value).status_int == 202


def test_never_launched(member, broker):
    server = rows.server(vm_state="error", launched_at=None)
    answer = act(member, server, "os-stop")
    assert answer.status_int == 409
    assert message_of(answer) == f"Instance {server} is in an invalid state for 'stop'"


def test_without_a_host(member, broker):
    server = rows.server(host=None)
    answer = act(member, server, "pause")
    assert answer.status_int == 409
    assert message_of(answer) == f"Instance {server} is not ready"
    assert get(server)["task_state"] is None


def test_one_of_many(member, broker):
    server = rows.server()
    statuses = [act(member, server, "reboot", {"type": "SOFT"}).status_int for _ in range(5)]
    assert statuses == [202, 409, 409, 409, 409]
    assert len(broker.sent) == 1


def test_the_broker_is_away(member, broker):
    broker.away = True
    server = rows.server()
    answer = act(member, server, "os-stop")
    assert answer.status_int == 503
    assert answer.headers["Retry-After"]
    assert get(server)["task_state"] is None
    (action,) = rows.select(models.InstanceAction)
    assert (action["action"], action["message"]) == ("stop", "Error")


# -- lock


def lock_of(server):
    row = get(server)
    return row["locked"], row["locked_by"], row["locked_reason"]


def test_lock_and_unlock(member, broker):
    server = rows.server()
    assert act(member, server, "lock").status_int == 202
    assert lock_of(server) == (True, "owner", None)
    assert act(member.at("2.73"), server, "lock", {"locked_reason": "later"}).status_int == 202
    assert lock_of(server) == (True, "owner", None)  # it is locked already
    assert act(member, server, "unlock").status_int == 202
    assert lock_of(server) == (False, None, None)
    assert act(member.at("2.73"), server, "lock", {"locked_reason": "care"}).status_int == 202
    assert lock_of(server) == (True, "owner", "care")
    actions = [row["action"] for row in rows.select(models.InstanceAction)]
    assert actions == ["lock", "unlock", "lock"]
    events = [(row["event"], row["result"]) for row in rows.select(models.InstanceActionEvent)]
    assert events == [("api_lock", "Success"), ("api_unlock", "Success"), ("api_lock", "Success")]


def test_lock_of_an_administrator(callers, broker):
    server = rows.server()
    assert act(callers["admin"], server, "lock").status_int == 202
    assert lock_of(server) == (True, "admin", None)
    answer = act(callers["member"], server, "unlock")
    assert answer.status_int == 403
    assert "os-lock-server:unlock:unlock_override" in message_of(answer)
    assert act(callers["admin"], server, "unlock").status_int == 202


@pytest.mark.parametrize(
    ("version", "value", "status"),
    [
        ("2.72", {"locked_reason": "r"}, 202),  # before 2.73 the value is not looked at
        ("2.73", {"locked_reason": ""}, 400),
        ("2.73", {"locked_reason": "r" * 256}, 400),
        ("2.73", {"reason": "r"}, 400),
        ("2.73", "r", 400),
        ("2.73", None, 202),
    ],
)
def test_lock_bodies(member, broker, version, value, status):
    server = rows.server()
    assert act(member.at(version), server, "lock", value).status_int == status
    assert get(server)["locked_reason"] is None


# -- resetState


@pytest.mark.parametrize(("state", "vm_state"), [("active", "active"), ("error", "error")])
def test_reset_state(callers, broker, state, vm_state):
    server = rows.server(vm_state="building", task_state="spawning")
    assert act(callers["member"], server, "os-resetState", {"state": state}).status_int == 403
    assert act(callers["admin"], server, "os-resetState", {"state": state}).status_int == 202
    row = get(server)
    assert (row["vm_state"], row["task_state"]) == (vm_state, None)


# -- console


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ({}, None),
        ({"length": None}, None),
        ({"length": -1}, None),
        ({"length": 5}, 5),
        ({"length": "7"}, 7),
        ({"length": 0}, 0),
    ],
)
def test_console(member, broker, value, lines):
    broker.answers["get_console_output"] = "a\x1b[0mb\r\nc\td"
    answer = act(member, rows.server(), "os-getConsoleOutput", value)
    assert (answer.status_int, answer.json) == (200, {"output": "a[0mb\nc\td"})
    (message,) = broker.sent
    assert (message.kind, message.server, message.arguments["tail_length"]) == ("call", "host1", lines)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (exception.InstanceNotReady(instance_id="x"), 409),
        (exception.ConsoleLogNotFound(instance_id="x"), 404),
        (exception.NotImplementedByDriver(driver="x", operation="y"), 501),
        (exception.MessagingUnavailable(), 503),
        (messaging.MessagingTimeout(), 500),
    ],
)
def test_console_that_cannot_be_read(member, broker, error, status):
    broker.answers["get_console_output"] = error
    assert act(member, rows.server(), "os-getConsoleOutput", {}).status_int == status


def test_console_without_a_host(member, broker):
    assert act(member, rows.server(host=None), "os-getConsoleOutput", {}).status_int == 409


# -- delete

DELETES = {"DELETE": 204, "forceDelete": 202}


def delete(caller, server, how):
    return caller.delete(f"/servers/{server}") if how == "DELETE" else act(caller, server, how)


@pytest.mark.parametrize("how", DELETES)
@pytest.mark.parametrize("vm_state", states.VM_STATES)
@pytest.mark.parametrize("task_state", [None, "spawning", "rebooting"])
def test_delete_on_a_host(member, broker, how, vm_state, task_state):
    rows.service("host1")
    server = rows.server(vm_state=vm_state, task_state=task_state)
    assert delete(member, server, how).status_int == DELETES[how]
    assert get(server)["task_state"] == "deleting"
    (message,) = broker.sent
    assert (message.method, message.server) == ("terminate_instance", "host1")
    assert message.arguments["force"] is (how == "forceDelete")
    (action,) = rows.select(models.InstanceAction)
    assert action["action"] == "delete"
    # Again: it is under way.
    assert delete(member, server, "DELETE").status_int == 204
    assert len(broker.sent) == 1


def gone(server):
    row = get(server)
    assert row["deleted"] == row["id"]
    assert (row["vm_state"], row["task_state"]) == ("deleted", None)
    assert row["deleted_at"]
    assert row["terminated_at"]


@pytest.mark.parametrize("how", DELETES)
@pytest.mark.parametrize(
    "values", [{"vm_state": "building", "task_state": "scheduling"}, {"vm_state": "error"}]
)
def test_delete_without_a_host(member, broker, how, values):
    server = rows.server(host=None, node=None, launched_at=None, **values)
    rows.insert(
        models.BlockDeviceMapping,
        uuid="d",
        instance_uuid=server,
        source_type="image",
        destination_type="local",
    )
    assert delete(member, server, how).status_int == DELETES[how]
    gone(server)
    assert rows.select(models.BlockDeviceMapping)[0]["deleted"]
    assert broker.sent == []
    assert member.get(f"/servers/{server}").status_int == 404
    assert delete(member, server, how).status_int == 404
    (action,) = rows.select(models.InstanceAction)
    assert action["finish_time"]


def test_delete_on_a_host_that_is_down(member, broker):
    rows.service("host1", last_seen_up=dt.datetime(2020, 1, 1))
    server = rows.server()
    (node,) = rows.select(models.ComputeNode)
    rows.insert(
        models.Allocation, consumer_uuid=server, compute_node_id=node["id"], vcpus=1, memory_mb=64, disk_gb=1
    )
    assert member.delete(f"/servers/{server}").status_int == 204
    gone(server)
    assert broker.sent == []
    assert rows.select(models.Allocation) == []


def test_delete_locked(callers, broker):
    rows.service("host1")
    server = rows.server(locked=True)
    answer = callers["member"].delete(f"/servers/{server}")
    assert (answer.status_int, message_of(answer)) == (409, f"Instance {server} is locked")
    assert callers["admin"].delete(f"/servers/{server}").status_int == 204


def test_delete_while_the_broker_is_away(member, broker):
    rows.service("host1")
    broker.away = True
    server = rows.server()
    assert member.delete(f"/servers/{server}").status_int == 503
    assert get(server)["task_state"] is None
    broker.away = False
    assert member.delete(f"/servers/{server}").status_int == 204


def test_delete_protected(member, broker):
    rows.service("host1")
    server = rows.server(disable_terminate=True)
    assert member.delete(f"/servers/{server}").status_int == 204
    assert get(server)["task_state"] is None


def test_delete_of_others(callers, broker):
    server = rows.server()
    assert callers["other"].delete(f"/servers/{server}").status_int == 404
    assert callers["reader"].delete(f"/servers/{server}").status_int == 403
    assert callers["member"].delete("/servers/nonsense").status_int == 404


def test_delete_while_it_moves_to_a_host(member, broker, monkeypatch):
    """The host is set between the look and the deletion: the deletion goes to the host."""
    from nova_lite.compute.api import delete as module

    rows.service("host1")
    server = rows.server(host=None, vm_state="building", task_state="scheduling", launched_at=None)
    real = module._delete_here

    def moved(*arguments):
        rows.change(server, host="host1", task_state="spawning")
        return real(*arguments)

    monkeypatch.setattr(module, "_delete_here", moved)
    assert member.delete(f"/servers/{server}").status_int == 204
    assert get(server)["task_state"] == "deleting"
    assert [message.method for message in broker.sent] == ["terminate_instance"]
