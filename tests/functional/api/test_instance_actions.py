"""What was done to a server, and its steps."""

import datetime as dt
import hashlib

import pytest

from nova_lite.db import models
from tests.support import rows

HOUR = dt.timedelta(hours=1)
ACTION = {"action", "instance_uuid", "request_id", "user_id", "project_id", "message", "start_time"}
EVENT = {"event", "start_time", "finish_time", "result"}


@pytest.fixture
def api_database(each_database):
    """All databases."""


@pytest.fixture
def server(broker):
    made = rows.server()
    for index, name in enumerate(("create", "stop", "start")):
        when = rows.NOW + index * HOUR
        rows.insert(
            models.InstanceAction, id=index + 1, action=name, instance_uuid=made, request_id=f"req-{name}",
            user_id="alice",
            project_id="demo", start_time=when, created_at=when, updated_at=when,
        )  # fmt: skip
    for event, result in (("compute_stop_instance", "Error"), ("second", None)):
        rows.insert(
            models.InstanceActionEvent, action_id=2, event=event, start_time=rows.NOW, result=result, traceback="trace",
            host="host1", details="why",
        )  # fmt: skip
    return made


def names(answer):
    assert answer.status_int == 200, answer.text
    return [each["action"] for each in answer.json["instanceActions"]]


@pytest.mark.parametrize("version", [1, 57, 58, 104])
def test_list(member, server, version):
    answer = member.at(f"2.{version}").get(f"/servers/{server}/os-instance-actions")
    assert names(answer) == ["start", "stop", "create"]
    keys = ACTION | ({"updated_at"} if version >= 58 else set())
    for action in answer.json["instanceActions"]:
        assert set(action) == keys
    assert answer.json["instanceActions"][2]["start_time"] == "2026-01-31T12:00:00.123456"


QUERIES = [
    ("limit=2", 58, ["start", "stop"]),
    ("limit=2", 57, ["start", "stop", "create"]),
    ("marker=req-start", 58, ["stop", "create"]),
    ("limit=1&marker=req-start", 58, ["stop"]),
    ("changes-since=2026-01-31T12:30:00Z", 58, ["start", "stop"]),
    ("changes-before=2026-01-31T12:30:00Z", 66, ["create"]),
    ("changes-since=2026-01-31T12:30:00Z&changes-before=2026-01-31T13:30:00Z", 66, ["stop"]),
    ("limit=0", 58, []),
]


@pytest.mark.parametrize(("query", "version", "found"), QUERIES)
def test_queries(member, server, query, version, found):
    answer = member.at(f"2.{version}").get(f"/servers/{server}/os-instance-actions?{query}")
    assert names(answer) == found
    if "limit=2" in query and version >= 58:
        (link,) = answer.json["links"]
        assert link["href"].endswith(f"/servers/{server}/os-instance-actions?limit=2&marker=req-stop")
    elif "limit=1" not in query:
        assert "links" not in answer.json


@pytest.mark.parametrize(
    ("query", "version", "message"),
    [
        ("marker=nothing", 58, "marker [nothing] not found"),
        ("limit=-1", 58, "Invalid input for query parameters limit."),
        ("changes-since=x", 58, "Invalid input for query parameters changes-since."),
        ("changes-before=2026-01-31T12:30:00Z", 65, "changes-before"),
        ("unknown=1", 58, "unknown"),
        (
            "changes-since=2026-01-31T13:30:00Z&changes-before=2026-01-31T12:30:00Z",
            66,
            "The value of changes-since",
        ),
    ],
)
def test_bad_queries(member, server, query, version, message):
    answer = member.at(f"2.{version}").get(f"/servers/{server}/os-instance-actions?{query}")
    assert answer.status_int == 400
    assert message in answer.json["badRequest"]["message"]


SHOWN = [
    ("member", 1, None),
    ("admin", 1, EVENT | {"traceback"}),
    ("member", 50, None),
    ("member", 51, EVENT),
    ("admin", 51, EVENT | {"traceback"}),
    ("member", 61, EVENT),
    ("member", 62, EVENT | {"hostId"}),
    ("admin", 62, EVENT | {"traceback", "host", "hostId"}),
    ("member", 84, EVENT | {"hostId"}),
    ("admin", 83, EVENT | {"traceback", "host", "hostId"}),
    ("admin", 84, EVENT | {"traceback", "host", "hostId", "details"}),
]


@pytest.mark.parametrize(("who", "version", "keys"), SHOWN)
def test_show(callers, server, who, version, keys):
    answer = callers[who].at(f"2.{version}").get(f"/servers/{server}/os-instance-actions/req-stop")
    action = answer.json["instanceAction"]
    assert action["action"] == "stop"
    if keys is None:
        assert "events" not in action
        return
    assert [event["event"] for event in action["events"]] == ["second", "compute_stop_instance"]
    assert all(set(event) == keys for event in action["events"])
    if "hostId" in keys:
        assert action["events"][0]["hostId"] == hashlib.sha224(b"demohost1").hexdigest()


def test_unknown(member, server):
    answer = member.get(f"/servers/{server}/os-instance-actions/req-none")
    assert answer.status_int == 404
    assert "req-none" in answer.json["itemNotFound"]["message"]


@pytest.mark.parametrize(("version", "status"), [(20, 404), (21, 200)])
def test_deleted(member, server, version, status):
    rows.change(server, deleted=5, vm_state="deleted")
    for path in ("", "/req-stop"):
        answer = member.at(f"2.{version}").get(f"/servers/{server}/os-instance-actions{path}")
        assert answer.status_int == status


def test_strangers(callers, server):
    assert callers["other"].at("2.100").get(f"/servers/{server}/os-instance-actions").status_int == 404
    assert callers["reader"].get(f"/servers/{server}/os-instance-actions").status_int == 200
