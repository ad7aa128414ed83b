"""Clients that send anything: no answer is a 500, and no body fills the memory."""

import json
import socket
import tracemalloc
import urllib.parse
from urllib.parse import quote

import pytest
import webob
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nova_lite.api.image.app import ImageFace
from nova_lite.api.image.images import PATCHES
from nova_lite.image import filters, metadata
from tests.support import images

PATHS = sorted({operation.path for operation in ImageFace().operations})
KEYS = st.sampled_from(
    [*metadata.BASE, *filters.FILTERS, "limit", "marker", "sort", "sort_key", "tag", "os_type"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS | st.text(), inner),
    max_leaves=4,
)
PATCH = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "replace", "remove"]), "path": KEYS.map("/{}".format), "value": JSON}
    )
)
TYPES = st.sampled_from([*PATCHES, "application/json", "application/octet-stream", ""])


@pytest.fixture(scope="module")
def application(image_store):
    return images.application()


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    method=st.sampled_from(ImageFace.METHODS),
    path=st.sampled_from(PATHS),
    word=st.text() | st.just("6a3f2a8e-5b4d-4b60-9c39-2f1f6f7d9aff"),
    query=st.dictionaries(KEYS | st.text(), st.text() | st.integers().map(str), max_size=3),
    body=(JSON | PATCH).map(json.dumps).map(str.encode) | st.binary(),
    content_type=TYPES,
    token=st.sampled_from(sorted(images.TOKENS.values())),
)
def test_anything(application, method, path, word, query, body, content_type, token):
    while "{" in path:
        head, _, tail = path.partition("{")
        path = head + quote(word.encode("utf-8", "replace"), safe="") + tail.partition("}")[2]
    pairs = "&".join(
        f"{quote(key.encode('utf-8', 'replace'))}={quote(value.encode('utf-8', 'replace'))}"
        for key, value in query.items()
    )
    request = webob.Request.blank(f"/v2{path}?{pairs}", method=method, headers={"X-Auth-Token": token})
    request.content_type = content_type
    request.body = body
    answer = request.get_response(application)
    assert answer.status_int < 500, answer.text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.text(max_size=255),
            "min_disk": st.integers(0, 2**31 - 1),
            "tags": st.lists(st.text(max_size=20)),
            "visibility": st.sampled_from(["private", "shared"]),
            "A ": st.text(max_size=30),
            "a": st.text(max_size=30),
            "ä😀": st.text(max_size=30),
        },
    )
)
def test_what_is_stored_comes_back(application, body):
    headers = {"X-Auth-Token": images.TOKENS["MEMBER"], "Content-Type": "application/json"}
    request = webob.Request.blank(
        "/v2/images", method="POST", headers=headers, body=json.dumps(body).encode()
    )
    answer = request.get_response(application)
    if answer.status_int == 400:  # NUL, half characters
        assert any(
            letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in str(body)
        ) or "\\x00" in str(body)
        return
    assert answer.status_int == 201
    shown = (
        webob.Request.blank(f"/v2/images/{answer.json['id']}", headers=headers).get_response(application).json
    )
    assert shown == answer.json
    for key, value in body.items():
        assert sorted(shown[key]) == sorted(set(value)) if key == "tags" else shown[key] == value


@pytest.mark.parametrize("outcome", ["stored", "refused", "unknown"])
@pytest.mark.parametrize("form", ["length", "one chunk"])
def test_memory_does_not_grow_with_the_body(member, queued, image_url, outcome, form):
    size = 128 << 20
    piece = bytes(1 << 20)
    if outcome == "refused":
        member.put(
            f"images/{queued['id']}/file", data=b"x", headers={"Content-Type": "application/octet-stream"}
        )
    token = "who?" if outcome == "unknown" else member.token
    head = f"PUT /v2/images/{queued['id']}/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {token}\r\n"
    head += "Connection: close\r\nContent-Type: application/octet-stream\r\n"
    head += (
        f"Content-Length: {size}\r\n\r\n"
        if form == "length"
        else f"Transfer-Encoding: chunked\r\n\r\n{size:x}\r\n"
    )
    url = urllib.parse.urlsplit(image_url)
    tracemalloc.start()
    try:
        with socket.create_connection((url.hostname, url.port), timeout=120) as connection:
            connection.sendall(head.encode())
            for _ in range(size >> 20):
                connection.sendall(piece)
            if form != "length":
                connection.sendall(b"\r\n0\r\n\r\n")
            answer = connection.recv(65536).split(b"\r\n")[0]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert {"stored": b" 204 ", "refused": b" 409 ", "unknown": b" 401 "}[outcome] in answer
    assert peak < 24 << 20
