"""Requests that no client library sends, over the wire to a running nova-api with its whole pipeline."""

import contextlib
import json
import pathlib
import re
import socket
from urllib.parse import urlsplit

import pytest

from nova_lite import concurrency
from tests.support import booting

TIMEOUT = 30
GONE = 0  # the status of a connection that ended without an answer
LIMIT = 114688  # bytes: [oslo_middleware] max_request_body_size


@pytest.fixture(scope="module")
def member(live_cloud):
    return live_cloud.new_user()


@pytest.fixture(scope="module")
def flavor(live_cloud):
    return booting.make_flavor(live_cloud, "hostile.tiny")


@pytest.fixture(scope="module")
def image(live_cloud):
    return booting.make_image(live_cloud, "hostile-image")


def send(url: str, method: str, path: bytes, headers=(), body: bytes = b"", pieces=None):
    """Send raw bytes and return (status, headers as one lower-case text, body)."""
    parts = urlsplit(url)
    length = [] if any(each.lower().startswith(b"transfer-enc") for each in headers) else [len(body)]
    lines = [method.encode() + b" " + path + b" HTTP/1.1", b"Host: cloud", b"Connection: close", *headers]
    lines += [b"Content-Length: %d" % each for each in length if each and pieces is None]
    with socket.create_connection((parts.hostname, parts.port), TIMEOUT) as connection:
        connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        answer = b""
        # A server may leave before it has been told everything; its answer is lost then.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError), connection.makefile("rb") as file:
            for piece in pieces or ():
                connection.sendall(piece)
            answer = file.read()
    if not answer and pieces is not None:
        return GONE, "", b""
    head, _, rest = answer.partition(b"\r\n\r\n")
    return int(re.match(rb"HTTP/1.1 (\d+)", head)[1]), head.decode("latin-1").lower(), rest


@pytest.fixture(scope="module")
def compute(live_cloud, member):
    """Send a request to the compute API as a member at 2.100."""

    def ask(method, path, *headers, body=b"", pieces=None):
        given = [
            b"X-Auth-Token: " + member.token.encode(),
            b"OpenStack-API-Version: compute 2.100",
            *headers,
        ]
        if body and not any(each.lower().startswith(b"content-type") for each in given):
            given.append(b"Content-Type: application/json")
        return send(live_cloud.urls["osapi_compute"], method, b"/v2.1" + path, given, body, pieces)

    return ask


#: Path and query → status.
PATHS = {
    b"/servers/%ff%fe": 404,
    b"/servers/%00": 404,
    b"/servers/..%2f..%2fflavors": 404,
    b"/servers/%0d%0aX-Evil:%201": 404,
    b"/servers/" + b"x" * 5000: 404,
    b"/flavors/%F0%9F%98%80": 404,
    b"/servers?name=%ff": 400,
    b"/servers?name=a%00": 400,
    b"/servers?name=%5B": 400,
    b"/servers?limit=" + b"9" * 5000: 400,
    b"/servers?limit=-1": 400,
    b"/servers?limit=%C2%B2": 400,
    b"/servers?marker=nope": 400,
    b"/servers?sort_key=__class__": 400,
    b"/servers?sort_key=uuid&sort_dir=up": 400,
    b"/servers?changes-since=now()": 400,
    b"/servers?locked=maybe": 400,
    b"/servers?status=gone": 400,
}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:30].decode())
def test_paths_and_queries(compute, path):
    status, head, _ = compute("GET", path)
    assert status == PATHS[path]
    assert "x-openstack-request-id: req-" in head
    assert "x-evil" not in head


#: Bodies that are no JSON that we take.
BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "bad UTF-8": b'{"server": {"name": "\xff"}}',
    "half a letter": b'{"server": {"name": "\\ud800"}}',
    "half a letter, raw": b'{"server": {"name": "\xed\xa0\x80"}}',
    "NUL": b'{"server": {"name": "\\u0000"}}',
    "NaN": b'{"server": {"name": NaN}}',
    "infinite": b'{"server": {"name": 1e999}}',
    "deep": b'{"server": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "thousands of digits": b'{"server": {"min_count": ' + b"9" * 5000 + b"}}",
    "the same key twice": b'{"server": {"name": "a"}, "server": {"name": "b"}}',
    "as long as may be": b" " * LIMIT,
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies(compute, name):
    status, head, body = compute("POST", b"/servers", body=BODIES[name])
    assert status == 400
    assert json.loads(body)["badRequest"]["code"] == 400
    assert "x-openstack-request-id: req-" in head


#: Additions to a good body for a new server → status.
SERVERS = [
    ({"name": "\N{GRINNING FACE} é 漢" * 20}, 202),
    ({"metadata": {"A": "1", "a": "2", "a ": "\N{PILE OF POO}"}, "tags": ["A", "a", "é", "e"]}, 202),
    ({"name": "a\r\nX-Evil: 1"}, 400),
    ({"name": "x" * 256}, 400),
    ({"name": "a\u202eb"}, 400),
    ({"name": " "}, 400),
    ({"name": 1}, 400),
    ({"unknown": 1}, 400),
    ({"min_count": "9" * 5000}, 400),
    ({"min_count": 2**63}, 403),
    ({"min_count": -1}, 400),
    ({"flavorRef": "x" * 70_000}, 400),
    ({"flavorRef": 10**30}, 400),
    ({"key_name": "\N{GRINNING FACE}"}, 400),
    ({"availability_zone": "nowhere"}, 400),
    ({"availability_zone": "nova:test-host"}, 403),
    ({"user_data": "QUFB" * 16_384}, 400),
    ({"metadata": {"a\n": "b"}}, 400),
    ({"accessIPv6": "::g"}, 400),
    ({"block_device_mapping_v2": [{"boot_index": "9" * 5000}]}, 400),
    ({"block_device_mapping_v2": [{"boot_index": 10**12}]}, 400),
    ({"networks": [{"uuid": "x"}]}, 400),
]


@pytest.mark.parametrize(("more", "expected"), SERVERS, ids=[str(each[0])[:30] for each in SERVERS])
def test_servers(compute, member, flavor, image, more, expected):
    server = {"name": "x", "flavorRef": flavor, "imageRef": image, "networks": "none", **more}
    status, head, body = compute("POST", b"/servers", body=json.dumps({"server": server}).encode())
    assert status == expected, body
    assert "x-evil" not in head
    if status == 202:
        made = json.loads(body)["server"]["id"]
        record = booting.wait_built(member, made)
        assert record["status"] == "ACTIVE"
        assert {name: record[name] for name in more if name != "tags"} == {
            name: value for name, value in more.items() if name != "tags"
        }
        assert sorted(record["tags"]) == sorted(more.get("tags", []))
        member.client().delete(f"servers/{made}")
        booting.wait_gone(member, made)


#: Scheduler hints, which are kept as they come → status.
HINTS = [
    ({"query": json.dumps(["=", "$__class__.__init__", 1])}, 202),
    ({"query": "[" * 2000}, 202),
    ({"x": [1, [2], {"a": None}]}, 202),
    ({"x": 10**400}, 202),
    ({"x": json.loads("[" * 30 + "]" * 30)}, 400),
    ({"group": "00000000-0000-0000-0000-000000000000"}, 400),
    ({"same_host": "x"}, 400),
]


@pytest.mark.parametrize(("hints", "expected"), HINTS, ids=[str(each[0])[:30] for each in HINTS])
def test_hints(compute, member, flavor, image, hints, expected):
    server = {"name": "x", "flavorRef": flavor, "imageRef": image, "networks": "none"}
    body = json.dumps({"server": server, "os:scheduler_hints": hints}).encode()
    status, _, answer = compute("POST", b"/servers", body=body)
    assert status == expected, answer
    if status == 202:
        made = json.loads(answer)["server"]["id"]
        booting.wait_built(member, made)
        member.client().delete(f"servers/{made}")
        booting.wait_gone(member, made)


#: What may stand in X-Auth-Token; none is a token.
TOKENS = [b"", b"x", b"gAAAAA", b"a" * 10_000, b"\xff\xfe", b"'; --", b"../../etc/passwd"]


@pytest.mark.parametrize("token", TOKENS, ids=repr)
def test_tokens(live_cloud, token):
    given = [b"X-Auth-Token: " + token, b"X-Roles: admin", b"X-User-Id: u", b"X-Identity-Status: Confirmed"]
    status, head, _ = send(live_cloud.urls["osapi_compute"], "GET", b"/v2.1/servers", given)
    assert status == 401
    assert "www-authenticate" in head


def test_changed_tokens(live_cloud, member):
    for at in range(10, len(member.token), 40):
        other = "A" if member.token[at] != "A" else "B"
        changed = member.token[:at] + other + member.token[at + 1 :]
        given = [b"X-Auth-Token: " + changed.encode()]
        assert send(live_cloud.urls["osapi_compute"], "GET", b"/v2.1/servers", given)[0] == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", None),
        ("/action", {"os-stop": None}),
        ("/action", {"os-getConsoleOutput": {}}),
        ("/metadata", None),
        ("/tags", None),
        ("/ips", None),
        ("/os-instance-actions", None),
    ],
)
def test_servers_of_other_projects_do_not_exist(live_cloud, member, flavor, image, path, body):
    stranger = live_cloud.new_user().client(microversion=booting.MICROVERSION)
    server = booting.boot(member, flavor, image).json()["server"]["id"]
    try:
        booting.wait_built(member, server)
        url = f"servers/{server}{path}"
        answer = stranger.get(url) if body is None else stranger.post(url, body)
        assert answer.status_code == 404
        unknown = url.replace(server, "00000000-0000-0000-0000-000000000000")
        other = stranger.get(unknown) if body is None else stranger.post(unknown, body)
        assert other.text.replace("00000000-0000-0000-0000-000000000000", server) == answer.text
    finally:
        member.client().delete(f"servers/{server}")
        booting.wait_gone(member, server)


MEGABYTES = 100


def _peak(pid: int) -> int:
    """Return the most memory that a process held since `_forget`, in megabytes."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024


def _forget(pid: int) -> None:
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


@pytest.mark.parametrize("way", ["length", "one chunk"])
@pytest.mark.parametrize(
    ("face", "path", "expected"),
    [
        ("osapi_compute", b"/v2.1/servers", 413),
        ("osapi_compute", b"/", 200),
        ("identity", b"/v3/auth/tokens", 413),
    ],
)
def test_long_bodies_take_no_memory(live_cloud, member, face, path, expected, way):
    pid = live_cloud.services["nova-api"].pid
    _forget(pid)
    before = _peak(pid)
    given = [b"X-Auth-Token: " + member.token.encode(), b"Content-Type: application/json"]
    size = MEGABYTES << 20
    pieces = [b" " * (1 << 20)] * MEGABYTES
    if way == "length":
        given.append(b"Content-Length: %d" % size)
    else:
        given.append(b"Transfer-Encoding: chunked")
        pieces = [b"%x\r\n" % size, *pieces, b"\r\n0\r\n\r\n"]
    status, _, _ = send(live_cloud.urls[face], "POST", path, given, pieces=pieces)
    # eventlet's server does not listen to the rest of a chunk that nobody wanted.
    green = concurrency.selected() == concurrency.EVENTLET
    assert status in ((expected, GONE) if green and way == "one chunk" else (expected,))
    assert _peak(pid) - before < MEGABYTES / 2


@pytest.mark.parametrize("name", ["name", "hostname", "reservation_id"])
def test_regular_expressions_without_end(compute, member, flavor, image, name):
    """Of a server whose name makes them long; the answer comes in time, whatever it is."""
    server = booting.boot(member, flavor, image, name="a" * 60 + "b").json()["server"]["id"]
    try:
        booting.wait_built(member, server)
        status, _, _ = compute("GET", f"/servers?{name}=(((a*)*)*)*%24".encode())
        assert status in (200, 400)
    finally:
        member.client().delete(f"servers/{server}")
        booting.wait_gone(member, server)


def test_a_client_that_leaves_in_the_middle(compute, live_cloud):
    log = live_cloud.services["nova-api"].log_path
    before = log.stat().st_size
    parts = urlsplit(live_cloud.urls["identity"])
    with socket.create_connection((parts.hostname, parts.port), TIMEOUT) as connection:
        connection.sendall(
            b"POST /v3/auth/tokens HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        connection.shutdown(socket.SHUT_WR)
        assert b" 400 " in connection.makefile("rb").readline()
    assert b"Traceback" not in log.read_bytes()[before:]
