"""State changes of servers: conditional, with their actions and events, on every database."""

import threading
import uuid as uuid_module

import pytest

from nova_lite import exception
from nova_lite.db import instance_actions, instance_builds, instance_faults, instances
from tests.support import tables


@pytest.fixture(scope="module", autouse=True)
def schema(database):
    with tables.made(database):
        yield


@pytest.fixture
def server():
    values = {
        "uuid": str(uuid_module.uuid4()),
        "project_id": "p",
        "user_id": "u",
        "vm_state": "active",
        "task_state": None,
        "flavor": {"flavorid": "1", "memory_mb": 1, "vcpus": 1, "root_gb": 0},
    }
    return instances.create(values, {"colour": "blau", "größe": "1"}, ["b", "a"])


def test_create_returns_what_was_written(server):
    found = instances.get(server["uuid"])
    assert found["metadata"] == {"colour": "blau", "größe": "1"}
    assert found["tags"] == ["a", "b"]
    assert found["flavor"]["flavorid"] == "1"


def test_another_projects_server_is_not_found(server):
    with pytest.raises(exception.InstanceNotFound):
        instances.get(server["uuid"], project_id="q")


def test_update_in_the_expected_state(server):
    instances.update(server["uuid"], {"task_state": "pausing"}, expected_task_state=[None])
    assert instances.get(server["uuid"])["task_state"] == "pausing"


@pytest.mark.parametrize(
    ("actual", "error"),
    [
        ("pausing", exception.UnexpectedTaskStateError),
        ("deleting", exception.UnexpectedDeletingTaskStateError),
    ],
)
def test_update_in_another_task_state_changes_nothing(server, actual, error):
    instances.update(server["uuid"], {"task_state": actual})
    with pytest.raises(error) as refused:
        instances.update(server["uuid"], {"vm_state": "paused"}, expected_task_state=[None])
    assert actual in str(refused.value)
    assert instances.get(server["uuid"])["vm_state"] == "active"


def test_update_in_another_vm_state(server):
    with pytest.raises(exception.UnexpectedVMStateError):
        instances.update(server["uuid"], {"task_state": "x"}, expected_vm_state=["stopped"])


def test_an_action_and_its_events_are_written_with_the_state(server):
    request = {"request_id": "req-1", "user_id": "u", "project_id": "p"}
    instances.update(
        server["uuid"],
        {"task_state": "pausing"},
        action=request | {"action": "pause", "instance_uuid": server["uuid"]},
    )
    step = {"event": "compute_pause_instance", "request_id": "req-1", "host": "h"}
    done = step | {
        "op": "finish",
        "result": "Error",
        "traceback": "tb",
        "details": "d" * 300,
        "start_time": "2026-01-01T00:00:00",
    }
    instances.update(server["uuid"], {"task_state": None}, events=[done])
    action = instance_actions.get(server["uuid"], "req-1")
    assert action["message"] == "Error"
    assert action["finish_time"] is not None
    (event,) = instance_actions.events(action["id"])
    assert (event["event"], event["result"], event["traceback"], event["host"]) == (
        "compute_pause_instance", "Error", "tb", "h",
    )  # fmt: skip
    assert len(event["details"]) == 255
    assert event["start_time"].year == 2026


def test_events_of_an_action_that_nobody_began_are_not_written(server):
    step = {"op": "start", "event": "x", "request_id": "req-none", "host": "h"}
    instances.update(server["uuid"], {"progress": 1}, events=[step])
    with pytest.raises(exception.InstanceActionNotFound):
        instance_actions.get(server["uuid"], "req-none")


def test_of_many_writers_that_expect_the_same_state_one_wins(server):
    outcomes = []

    def pause():
        try:
            instances.update(server["uuid"], {"task_state": "pausing"}, expected_task_state=[None])
            outcomes.append("won")
        except exception.UnexpectedTaskStateError:
            outcomes.append("lost")

    threads = [threading.Thread(target=pause) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["lost"] * 7 + ["won"]


def test_deletion_completes_once_and_leaves_no_tags(server):
    assert instance_builds.complete_deletion(server["uuid"]) is True
    assert instance_builds.complete_deletion(server["uuid"]) is False
    with pytest.raises(exception.InstanceNotFound):
        instances.get(server["uuid"])
    gone = instances.get(server["uuid"], read_deleted=True)
    assert (gone["vm_state"], gone["deleted"], gone["tags"]) == ("deleted", gone["id"], [])
    with pytest.raises(exception.InstanceNotFound):
        instances.update(server["uuid"], {"task_state": None})


def test_a_failed_build_ends_in_error_with_its_fault_and_without_a_host(server):
    instances.update(
        server["uuid"], {"vm_state": "building", "task_state": "spawning", "host": "h", "node": "n"}
    )
    assert instance_builds.fail(
        server["uuid"], {"code": 500, "message": "m" * 300, "details": "d", "host": "h"}, []
    )
    found = instances.get(server["uuid"])
    assert (found["vm_state"], found["task_state"], found["host"], found["node"]) == (
        "error",
        None,
        None,
        None,
    )
    assert instance_faults.latest([server["uuid"]])[server["uuid"]]["message"] == "m" * 255


def test_a_failed_build_does_not_overrule_a_deletion(server):
    instances.update(server["uuid"], {"vm_state": "building", "task_state": "deleting"})
    assert (
        instance_builds.fail(server["uuid"], {"code": 500, "message": "m", "details": "", "host": None}, [])
        is False
    )
    assert instances.get(server["uuid"])["task_state"] == "deleting"
