"""Upload and download: streams, ranges, what breaks on the way, and what is not what it says."""

import errno
import hashlib
import http.client
import os
import threading
import urllib.parse

import pytest

from nova_lite import exception
from nova_lite.db import images as rows
from nova_lite.image import service, store
from tests.support import images

BYTES = {"Content-Type": "application/octet-stream"}
DATA = os.urandom(3 << 20) + bytes(2 << 20) + b"end"


def put(client, image_id, data, **headers):
    return client.put(f"images/{image_id}/file", data=data, headers=BYTES | headers)


def status(client, image_id):
    return client.get(f"images/{image_id}").json()["status"]


def make(client, **meta):
    return client.post("images", {"disk_format": "raw", "container_format": "bare"} | meta).json()["id"]


def chunked(data, size=100_000):
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize("form", [lambda: DATA, lambda: chunked(DATA)], ids=["length", "chunked"])
def test_what_comes_back_is_what_went_in(member, queued, image_store, form):
    assert put(member, queued["id"], form()).status_code == 204
    image = member.get(f"images/{queued['id']}").json()
    assert image["status"] == "active"
    assert image["size"] == image["virtual_size"] == len(DATA)
    assert image["checksum"] == hashlib.md5(DATA).hexdigest()
    assert (image["os_hash_algo"], image["os_hash_value"]) == ("sha512", hashlib.sha512(DATA).hexdigest())
    answer = member.get(f"images/{queued['id']}/file")
    assert answer.content == DATA
    assert answer.headers["Content-MD5"] == image["checksum"]
    assert answer.headers["Content-Length"] == str(len(DATA))
    assert [path.name for path in image_store.glob(f"{queued['id']}*")] == [queued["id"]]


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ("bytes=0-9", (0, 10)),
        ("bytes=3145720-", (3145720, len(DATA))),
        ("bytes=-3", (len(DATA) - 3, len(DATA))),
    ],
)
def test_ranges(member, queued, asked, span):
    put(member, queued["id"], DATA)
    answer = member.get(f"images/{queued['id']}/file", headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == DATA[slice(*span)]
    assert answer.headers["Content-Range"] == f"bytes {span[0]}-{span[1] - 1}/{len(DATA)}"
    assert "Content-MD5" not in answer.headers


def test_a_range_beyond_the_end(member, queued):
    put(member, queued["id"], b"0123456789")
    answer = member.get(f"images/{queued['id']}/file", headers={"Range": "bytes=10-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */10"


def test_head_sends_no_data(member, queued):
    put(member, queued["id"], DATA)
    answer = member.head(f"images/{queued['id']}/file")
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(len(DATA)))


def test_a_queued_image_has_no_content(member, queued):
    answer = member.get(f"images/{queued['id']}/file")
    assert (answer.status_code, answer.content) == (204, b"")


def test_data_that_the_store_lost_is_no_content(member, queued, image_store):
    put(member, queued["id"], DATA)
    (image_store / queued["id"]).unlink()
    assert member.get(f"images/{queued['id']}/file").status_code == 204


def test_an_image_is_uploaded_once(member, queued):
    put(member, queued["id"], DATA)
    answer = put(member, queued["id"], b"other")
    assert answer.status_code == 409
    assert "from active to saving" in answer.text
    assert member.get(f"images/{queued['id']}/file").content == DATA


def test_an_empty_upload(member, queued):
    assert put(member, queued["id"], b"").status_code == 204
    assert member.get(f"images/{queued['id']}").json()["size"] == 0


def test_other_content_types(member, queued):
    assert put(member, queued["id"], DATA, **{"Content-Type": "text/plain"}).status_code == 415
    assert status(member, queued["id"]) == "queued"


def test_formats_come_first(member):
    image_id = member.post("images", {"name": "formless"}).json()["id"]
    answer = put(member, image_id, DATA)
    assert answer.status_code == 400
    assert "disk_format, container_format" in answer.text


@pytest.mark.parametrize("form", [lambda: DATA, lambda: chunked(DATA)], ids=["length", "chunked"])
def test_too_large(member, queued, image_store, form):
    store.CONF.set_override("max_image_size", 1 << 20, group="image")
    try:
        assert put(member, queued["id"], form()).status_code == 413
    finally:
        store.CONF.clear_override("max_image_size", group="image")
    assert status(member, queued["id"]) == "queued"
    assert not list(image_store.glob(f"{queued['id']}*"))


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, 413), (errno.EDQUOT, 413), (errno.EROFS, 503)])
def test_the_disk_refuses(member, queued, image_store, monkeypatch, number, code):
    real = store.Part.write

    def write(self, chunk):
        real(self, chunk)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(store.Part, "write", write)
    assert put(member, queued["id"], DATA).status_code == code
    monkeypatch.undo()
    assert status(member, queued["id"]) == "queued"
    assert not list(image_store.glob(f"{queued['id']}*"))
    assert put(member, queued["id"], DATA).status_code == 204


def test_a_disk_without_room_is_known_before_the_data_comes(member, queued, monkeypatch):
    full = os.statvfs("/")
    monkeypatch.setattr(
        store.os, "statvfs", lambda _path: type("S", (), {"f_bavail": 1, "f_frsize": full.f_frsize})
    )
    answer = put(member, queued["id"], DATA)
    assert answer.status_code == 413
    assert "Image storage media is full" in answer.text


def test_more_or_less_than_announced(member, queued):
    answer = put(member, queued["id"], chunked(DATA), **{"X-OpenStack-Image-Size": str(len(DATA) + 1)})
    assert (answer.status_code, status(member, queued["id"])) == (400, "queued")
    assert put(member, queued["id"], chunked(DATA), **{"X-OpenStack-Image-Size": "many"}).status_code == 400
    answer = put(member, queued["id"], chunked(DATA), **{"X-OpenStack-Image-Size": str(len(DATA))})
    assert (answer.status_code, status(member, queued["id"])) == (204, "active")


@pytest.mark.parametrize(
    "sent",
    [
        b"Content-Length: 1000000\r\n\r\n" + bytes(1000),
        b"Transfer-Encoding: chunked\r\n\r\n400\r\n" + bytes(100),
        b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
    ],
    ids=["length", "chunk", "no chunk"],
)
def test_a_client_that_goes_away(member, queued, image_url, image_store, sent):
    netloc = urllib.parse.urlsplit(image_url).netloc
    connection = http.client.HTTPConnection(netloc, timeout=30)
    connection.connect()
    head = f"PUT /v2/images/{queued['id']}/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {member.token}\r\n"
    connection.sock.sendall(head.encode() + b"Content-Type: application/octet-stream\r\n" + sent)
    connection.sock.shutdown(1)
    answer = connection.sock.recv(65536)
    connection.close()
    assert b" 400 " in answer.split(b"\r\n")[0]
    assert status(member, queued["id"]) == "queued"
    assert not list(image_store.glob(f"{queued['id']}*"))


def test_a_refused_body_does_not_spoil_the_connection(member, queued, image_url):
    put(member, queued["id"], DATA)
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(image_url).netloc, timeout=30)
    headers = {"X-Auth-Token": member.token} | BYTES
    for body in (DATA, chunked(DATA)):
        connection.request("PUT", f"/v2/images/{queued['id']}/file", body=body, headers=headers)
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (409, True)
    connection.request("GET", "/v2/images?limit=1", headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200
    answer.read()
    connection.close()


@pytest.mark.parametrize(
    ("disk_format", "data", "code"),
    [
        ("qcow2", images.qcow2(), 204),
        ("qcow2", b"\xeb" * 70000, 415),
        ("qcow2", b"", 415),
        ("qcow2", images.qcow2(backing=512), 415),
        ("qcow2", images.qcow2(features=0x4), 415),
        ("raw", images.qcow2(), 415),
        ("raw", images.qcow2(backing=512), 415),
        ("vmdk", images.vmdk('RW 2048 SPARSE "disk.vmdk"'), 204),
        ("vmdk", images.vmdk('RW 2048 FLAT "/etc/shadow" 0'), 415),
        ("vmdk", images.qcow2(), 415),
        ("iso", DATA, 415),
        ("aki", DATA, 204),
    ],
)
def test_content_and_format(member, disk_format, data, code):
    image_id = make(member, disk_format=disk_format)
    answer = put(member, image_id, data)
    assert (answer.status_code, status(member, image_id)) == (code, "active" if code == 204 else "queued")
    if code == 415:
        assert f"cannot be stored as {disk_format}" in answer.text


def test_the_virtual_size_is_the_guests(member):
    image_id = make(member, disk_format="qcow2")
    put(member, image_id, images.qcow2(size=5 << 30))
    assert member.get(f"images/{image_id}").json()["virtual_size"] == 5 << 30


def test_a_mismatch_may_be_allowed(member):
    image_id = make(member, disk_format="qcow2")
    store.CONF.set_override("require_image_format_match", False, group="image")
    try:
        assert put(member, image_id, DATA).status_code == 204
    finally:
        store.CONF.clear_override("require_image_format_match", group="image")


class Held:
    """Data whose second half waits for `go`."""

    def __init__(self):
        self.begun, self.go = threading.Event(), threading.Event()

    def __iter__(self):
        yield b"half"
        self.begun.set()
        assert self.go.wait(60)
        yield b"half"


@pytest.fixture
def held(member, queued):
    """An upload that is under way: (its data, function that lets it end and returns the answer)."""
    data, answers = Held(), []
    thread = threading.Thread(target=lambda: answers.append(put(member, queued["id"], iter(data))))
    thread.start()
    assert data.begun.wait(60)
    # The first piece is sent; the row shows that it was taken.
    for _ in range(600):
        if status(member, queued["id"]) == "saving":
            break
        threading.Event().wait(0.05)

    def finish():
        data.go.set()
        thread.join(60)
        return answers[0]

    yield finish
    data.go.set()
    thread.join(60)


def test_two_uploads_at_once(member, queued, held):
    assert put(member, queued["id"], b"mine").status_code == 409
    service.sweep()  # an upload that is alive is let be
    assert status(member, queued["id"]) == "saving"
    assert held().status_code == 204
    assert member.get(f"images/{queued['id']}/file").content == b"halfhalf"


def test_deleted_while_it_is_uploaded(member, queued, held, image_store):
    assert member.delete(f"images/{queued['id']}").status_code == 204
    assert held().status_code == 410
    assert not list(image_store.glob(f"{queued['id']}*"))


def test_sweep_after_a_death(member, queued, image_store):
    assert rows.transition(queued["id"], ("queued",), "saving")
    for name in (queued["id"], f"{queued['id']}.part", f"{queued['id']}.lock"):
        (image_store / name).write_bytes(b"left behind")
    gone = make(member)
    assert rows.delete(gone)
    (image_store / gone).write_bytes(b"left behind")
    service.sweep()
    assert status(member, queued["id"]) == "queued"
    assert not list(image_store.glob(f"{queued['id']}*"))
    assert not list(image_store.glob(f"{gone}*"))


def test_an_upload_takes_over_from_a_dead_one(member, queued):
    assert rows.transition(queued["id"], ("queued",), "saving")
    assert put(member, queued["id"], DATA).status_code == 204
    assert member.get(f"images/{queued['id']}/file").content == DATA


def test_an_id_never_becomes_a_path(image_store):
    with pytest.raises(exception.ImageNotFound):
        store.Store().size("../../etc/passwd")
