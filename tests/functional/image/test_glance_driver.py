"""The HTTP driver and servers that are away, silent, or break off."""

import contextlib
import json
import socket
import threading

import pytest

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.image import api
from tests.functional.image.test_contract import MEMBER, META

IMAGE = {
    "id": "i",
    "status": "active",
    "size": 10,
    "checksum": "e" * 32,
    "os_hash_algo": None,
    "os_hash_value": None,
}


@contextlib.contextmanager
def answering(*answers):
    """A server of 127.0.0.1 that gives one answer (bytes) a connection; None: none, and the socket stays open."""
    listener = socket.create_server(("127.0.0.1", 0))
    seen, kept = [], []

    def serve():
        for answer in answers:
            connection, _ = listener.accept()
            seen.append(connection.recv(65536))
            if answer is None:
                kept.append(connection)
                continue
            connection.sendall(answer)
            connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen
    finally:
        thread.join(30)
        for connection in [*kept, listener]:
            connection.close()


def page(document, code="200 OK"):
    body = json.dumps(document).encode()
    return f"HTTP/1.1 {code}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


@pytest.fixture
def driver():
    """Function (servers, **options) → driver."""

    def make(*servers, **options):
        for name, value in ({"api_servers": list(servers), "timeout": 1} | options).items():
            CONF.set_override(name, value, group="glance")
        api.reset()
        return api.get_api("glance")

    yield make
    api.reset()
    for name in ("api_servers", "timeout", "num_retries"):
        CONF.clear_override(name, group="glance")


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_nobody_listens(driver):
    with pytest.raises(exception.GlanceConnectionFailed, match=r"127\.0\.0\.1"):
        driver(closed_port(), num_retries=1).show(MEMBER, "i")


def test_the_next_server_is_asked(driver):
    with answering(page(IMAGE)) as (url, seen):
        assert driver(closed_port(), url, num_retries=1).show(MEMBER, "i")["status"] == "active"
    assert f"X-Auth-Token: {MEMBER.auth_token}".encode() in seen[0]
    assert MEMBER.request_id.encode() in seen[0]


@pytest.mark.parametrize("code", ["500 Oops", "502 Bad", "503 Later", "504 Late"])
def test_a_sick_server_is_asked_again(driver, code):
    with answering(page({}, code), page(IMAGE)) as (url, seen):
        assert driver(url, num_retries=1).show(MEMBER, "i")["id"] == "i"
    assert len(seen) == 2


def test_a_silent_server_is_not_waited_for(driver):
    with answering(None) as (url, _), pytest.raises(exception.GlanceConnectionFailed, match="timed out"):
        driver(url, num_retries=0).show(MEMBER, "i")


def test_an_answer_that_is_no_json(driver):
    with (
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi") as (url, _),
        pytest.raises(exception.GlanceConnectionFailed, match="not JSON"),
    ):
        driver(url, num_retries=0).show(MEMBER, "i")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("401 No", exception.ImageNotAuthorized),
        ("403 No", exception.ImageNotAuthorized),
        ("404 No", exception.ImageNotFound),
        ("409 No", exception.ImageConflict),
        ("400 No", exception.ImageBadRequest),
        ("302 Elsewhere", exception.ImageBadRequest),
    ],
)
def test_refusals_are_not_repeated(driver, code, error):
    with answering(page({}, code)) as (url, seen), pytest.raises(error):
        driver(url, num_retries=3).show(MEMBER, "i")
    assert len(seen) == 1


def test_a_download_that_breaks_off_begins_anew(driver, tmp_path):
    image = IMAGE | {"checksum": "781e5e245d69b566979b86e28d23f2c7"}
    broken = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234"
    whole = broken + b"56789"
    with answering(page(image), broken, whole) as (url, _):
        driver(url, num_retries=1).download(MEMBER, "i", tmp_path / "base")
    assert (tmp_path / "base").read_bytes() == b"0123456789"


@pytest.mark.parametrize("data", [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234", None])
def test_a_download_that_never_ends(driver, tmp_path, data):
    with answering(page(IMAGE), data, data) as (url, _), pytest.raises(exception.ImageDownloadFailed):
        driver(url, num_retries=1).download(MEMBER, "i", tmp_path / "base")
    assert not list(tmp_path.iterdir())


def test_an_upload_is_not_repeated_once_data_is_gone(driver):
    read = []

    def data():
        read.append(1)
        yield b"x"

    with answering(page({}, "503 Later")) as (url, seen), pytest.raises(exception.GlanceConnectionFailed):
        driver(url, num_retries=3).upload(MEMBER, "i", data())
    assert (len(seen), len(read)) == (1, 1)


def test_no_servers(driver):
    with pytest.raises(exception.ConfigurationError, match="api_servers is empty"):
        driver()


def test_create_says_who_is_refused(driver):
    with answering(page({}, "409 Conflict")) as (url, _), pytest.raises(exception.ImageConflict):
        driver(url, num_retries=0).create(MEMBER, META | {"name": "x"})
