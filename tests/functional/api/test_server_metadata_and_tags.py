"""Metadata and tags of servers."""

import pytest

from nova_lite.conf import CONF
from nova_lite.db import models
from tests.support import rows


@pytest.fixture
def api_database(each_database):
    """All databases."""


@pytest.fixture
def server(broker):
    made = rows.server()
    for key, value in (("a", "1"), ("b", "2")):
        rows.insert(models.InstanceMetadata, instance_uuid=made, key=key, value=value)
    for tag in ("x", "y"):
        rows.insert(models.Tag, resource_id=made, tag=tag)
    return made


def message_of(answer):
    (fault,) = answer.json.values()
    return fault["message"]


# -- metadata


def test_metadata_read(member, server):
    assert member.get(f"/servers/{server}/metadata").json == {"metadata": {"a": "1", "b": "2"}}
    assert member.get(f"/servers/{server}/metadata/a").json == {"meta": {"a": "1"}}
    answer = member.get(f"/servers/{server}/metadata/c")
    assert (answer.status_int, message_of(answer)) == (404, "Metadata item was not found")


@pytest.mark.parametrize(
    ("method", "path", "body", "answer", "after"),
    [
        ("POST", "", {"metadata": {"b": "3", "c": "4"}}, {"metadata": {"a": "1", "b": "3", "c": "4"}}, None),
        ("PUT", "", {"metadata": {"b": "3"}}, {"metadata": {"b": "3"}}, None),
        ("PUT", "", {"metadata": {}}, {"metadata": {}}, None),
        ("PUT", "/c", {"meta": {"c": "4"}}, {"meta": {"c": "4"}}, {"a": "1", "b": "2", "c": "4"}),
        ("PUT", "/a", {"meta": {"a": "4"}}, {"meta": {"a": "4"}}, {"a": "4", "b": "2"}),
    ],
)
def test_metadata_changes(member, server, method, path, body, answer, after):
    got = member.request(method, f"/servers/{server}/metadata{path}", body)
    assert (got.status_int, got.json) == (200, answer)
    wanted = after if after is not None else answer["metadata"]
    assert member.get(f"/servers/{server}/metadata").json == {"metadata": wanted}
    assert rows.select(models.Instance)[0]["updated_at"] > rows.NOW


def test_metadata_delete(member, server):
    assert member.delete(f"/servers/{server}/metadata/a").status_int == 204
    assert member.delete(f"/servers/{server}/metadata/a").status_int == 404
    assert member.get(f"/servers/{server}/metadata").json == {"metadata": {"b": "2"}}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("PUT", "/a", {"meta": {"b": "3"}}, 400, "Request body and URI mismatch"),
        ("PUT", "/a", {"meta": {"a": "1", "b": "3"}}, 400, "Invalid input for field/attribute meta."),
        ("PUT", "/a", {"meta": {}}, 400, "Invalid input for field/attribute meta."),
        ("PUT", "/a", {"metadata": {"a": "1"}}, 400, "Additional properties are not allowed"),
        ("POST", "", {"metadata": {"k": "v" * 256}}, 400, "is too long"),
        ("POST", "", {"metadata": {"k": 5}}, 400, "5 is not of type 'string'"),
        ("POST", "", {"metadata": {"k/": "v"}}, 400, "'k/'"),
        ("POST", "", {"metadata": {"c": "1", "d": "1"}}, 403, "Maximum number of metadata items exceeds 3"),
        (
            "PUT",
            "",
            {"metadata": dict.fromkeys("abcd", "1")},
            403,
            "Maximum number of metadata items exceeds 3",
        ),
        ("POST", "", {}, 400, "'metadata' is a required property"),
    ],
)
def test_metadata_refused(member, server, method, path, body, status, message):
    CONF.set_override("metadata_items", 3, group="quota")
    got = member.request(method, f"/servers/{server}/metadata{path}", body)
    assert got.status_int == status
    assert message in message_of(got)
    assert member.get(f"/servers/{server}/metadata").json == {"metadata": {"a": "1", "b": "2"}}


WRITES = [
    ("POST", "metadata", {"metadata": {"c": "1"}}, "update metadata"),
    ("PUT", "metadata", {"metadata": {"c": "1"}}, "update metadata"),
    ("PUT", "metadata/a", {"meta": {"a": "1"}}, "update metadata"),
    ("DELETE", "metadata/a", None, "delete metadata"),
    ("PUT", "tags", {"tags": ["z"]}, "update tags"),
    ("PUT", "tags/z", None, "update tag"),
    ("DELETE", "tags", None, "delete tags"),
    ("DELETE", "tags/x", None, "delete tag"),
]


@pytest.mark.parametrize(("method", "path", "body", "what"), WRITES)
def test_writes_in_other_states(callers, server, method, path, body, what):
    url = f"/servers/{server}/{path}"
    member = callers["member"].at("2.26")
    assert callers["reader"].at("2.26").request(method, url, body).status_int == 403
    assert callers["other"].at("2.26").request(method, url, body).status_int == 404
    rows.change(server, vm_state="building")
    answer = member.request(method, url, body)
    assert answer.status_int == 409
    assert message_of(answer) == f"Cannot '{what}' instance {server} while it is in vm_state building"
    rows.change(server, vm_state="stopped", locked=True)
    answer = member.request(method, url, body)
    if "tags" in path:
        assert answer.status_int < 300
    else:
        assert (answer.status_int, message_of(answer)) == (409, f"Instance {server} is locked")


# -- tags


def test_tags_read(member, server):
    caller = member.at("2.26")
    assert caller.get(f"/servers/{server}/tags").json == {"tags": ["x", "y"]}
    assert caller.get(f"/servers/{server}/tags/x").status_int == 204
    answer = caller.get(f"/servers/{server}/tags/z")
    assert (answer.status_int, message_of(answer)) == (404, f"Server {server} has no tag 'z'")


def test_tags_before_2_26(member, server):
    assert member.at("2.25").get(f"/servers/{server}/tags").status_int == 404


def test_tags_changes(member, server):
    caller = member.at("2.26")
    added = caller.put(f"/servers/{server}/tags/new one")
    assert added.status_int == 201
    assert added.headers["Location"] == f"http://localhost/v2.1/servers/{server}/tags/new%20one"
    assert caller.put(f"/servers/{server}/tags/new one").status_int == 204
    assert caller.delete(f"/servers/{server}/tags/x").status_int == 204
    answer = caller.delete(f"/servers/{server}/tags/x")
    assert (answer.status_int, message_of(answer)) == (404, f"Instance {server} has no tag 'x'")
    assert caller.get(f"/servers/{server}/tags").json == {"tags": ["new one", "y"]}
    assert caller.put(f"/servers/{server}/tags", {"tags": ["b", "a", "b"]}).json == {"tags": ["a", "b"]}
    assert caller.delete(f"/servers/{server}/tags").status_int == 204
    assert caller.get(f"/servers/{server}/tags").json == {"tags": []}


@pytest.mark.parametrize("tag", ["a,b", "x" * 61])
def test_tags_refused(member, server, tag):
    caller = member.at("2.26")
    answer = caller.put(f"/servers/{server}/tags/{tag}")
    assert (answer.status_int, message_of(answer)[:4]) == (400, "Tag ")
    assert caller.put(f"/servers/{server}/tags", {"tags": [tag]}).status_int == 400


def test_tags_limit(member, server):
    caller = member.at("2.26")
    fifty = [f"t{index}" for index in range(50)]
    assert caller.put(f"/servers/{server}/tags", {"tags": fifty}).status_int == 200
    assert caller.put(f"/servers/{server}/tags/t0").status_int == 204
    answer = caller.put(f"/servers/{server}/tags/more")
    assert (answer.status_int, message_of(answer)) == (
        400,
        "The number of tags exceeded the per-server limit 50",
    )
    assert caller.put(f"/servers/{server}/tags", {"tags": [*fifty, "more"]}).status_int == 400


def test_case_counts(member, server):
    caller = member.at("2.26")
    assert caller.put(f"/servers/{server}/tags/X").status_int == 201
    assert caller.get(f"/servers/{server}/tags").json == {"tags": ["X", "x", "y"]}
    answer = caller.post(f"/servers/{server}/metadata", {"metadata": {"A": "3"}})
    assert answer.json == {"metadata": {"a": "1", "b": "2", "A": "3"}}
