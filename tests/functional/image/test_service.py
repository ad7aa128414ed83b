"""The service at start: its options, and what a process before it left behind."""

import pytest
import webob

from nova_lite import exception
from nova_lite.api.image import app
from nova_lite.conf import CONF
from nova_lite.db import images as rows
from nova_lite.image import service
from tests.support import face, images
from tests.support.http import Client


@pytest.mark.parametrize("name", ["crc32", "shake_128", ""])
def test_hashes_that_do_not_work(name):
    CONF.set_override("hash_algorithm", name, group="image")
    try:
        with pytest.raises(exception.ConfigurationError, match=r"\[image\] hash_algorithm"):
            app.ImageFace.factory({})
    finally:
        CONF.clear_override("hash_algorithm", group="image")


def test_the_first_request_puts_cut_off_uploads_right(queued, image_store):
    assert rows.transition(queued["id"], ("queued",), "saving")
    with face.served(images.application()) as url:
        client = Client(f"{url}/v2", token=images.TOKENS["MEMBER"])
        assert client.get(f"images/{queued['id']}").json()["status"] == "queued"


def test_a_sweep_that_fails_is_tried_again_later(queued, image_store, monkeypatch):
    calls = []
    made = app.ImageFace()
    monkeypatch.setattr(
        service, "sweep", lambda: calls.append(1) or (_ for _ in ()).throw(exception.DatabaseUnavailable())
    )
    request = webob.Request.blank("/schemas/nothing")
    for _ in range(3):
        request.get_response(made)
    assert len(calls) == 1
    monkeypatch.setattr(app.time, "monotonic", lambda: made._next_sweep + 1)
    request.get_response(made)
    assert len(calls) == 2


def test_links_follow_public_endpoint(member):
    CONF.set_override("public_endpoint", "https://images.example.org/", group="image")
    try:
        answer = member.post("images", {"name": "x"})
    finally:
        CONF.clear_override("public_endpoint", group="image")
    assert answer.headers["Location"] == f"https://images.example.org/v2/images/{answer.json()['id']}"
