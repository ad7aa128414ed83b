"""What compute code gets from images, whichever driver stands behind: every test runs against both."""

import datetime as dt
import os
import uuid

import pytest

from nova_lite import context as nova_context
from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.image import api, store
from tests.support.images import TOKENS

DATA = os.urandom(1 << 20) + bytes(1 << 20)
META = {"disk_format": "raw", "container_format": "bare", "min_disk": 1, "min_ram": 64}


def who(name):
    role, user_id, project_id = TOKENS[name].split(":")
    roles = {"admin": ["admin", "member", "reader"], "member": ["member", "reader"]}.get(role, [role])
    return nova_context.RequestContext(
        user_id, project_id, roles=roles, is_admin=role == "admin", auth_token=TOKENS[name]
    )


MEMBER, OTHER, ADMIN = who("MEMBER"), who("OTHER"), who("ADMIN")


@pytest.fixture(params=["local", "glance"])
def images(request, image_url):
    CONF.set_override("api_servers", [image_url], group="glance")
    CONF.set_override("num_retries", 1, group="glance")
    api.reset()
    yield api.get_api(request.param)
    api.reset()
    for name in ("api_servers", "num_retries"):
        CONF.clear_override(name, group="glance")


@pytest.fixture
def image(images):
    meta = META | {"name": str(uuid.uuid4()), "properties": {"hw_disk_bus": "virtio", "os_type": "linux"}}
    return images.create(MEMBER, meta, iter([DATA]))


def test_show(images, image):
    assert images.show(MEMBER, image["id"]) == image
    assert image["properties"] == {"hw_disk_bus": "virtio", "os_type": "linux"}
    assert (image["status"], image["size"], image["owner"]) == ("active", len(DATA), "demo")
    assert (image["min_disk"], image["min_ram"], image["visibility"]) == (1, 64, "shared")
    assert (image["is_public"], image["deleted"], image["tags"]) == (False, False, [])
    assert image["created_at"].utcoffset() == dt.timedelta(0)
    assert len(image["os_hash_value"]) == 128


def test_both_drivers_give_the_same(images, image, image_url):
    CONF.set_override("api_servers", [image_url], group="glance")
    assert api.get_api("local").show(MEMBER, image["id"]) == api.get_api("glance").show(MEMBER, image["id"])


def test_a_strangers_image_is_not_there(images, image):
    for call in (images.show, images.delete):
        with pytest.raises(exception.ImageNotFound):
            call(OTHER, image["id"])
    with pytest.raises(exception.ImageNotFound):
        images.show(MEMBER, "no such id")


def test_a_strangers_public_image_can_be_read_only(images, image):
    images.update(ADMIN, image["id"], {"visibility": "public"}, purge_props=False)
    assert images.show(OTHER, image["id"])["is_public"]
    with pytest.raises(exception.ImageNotAuthorized):
        images.delete(OTHER, image["id"])
    with pytest.raises(exception.ImageNotAuthorized):
        images.update(OTHER, image["id"], {"name": "mine"})


def test_only_administrators_publish(images):
    with pytest.raises(exception.ImageNotAuthorized):
        images.create(MEMBER, META | {"is_public": True})
    assert images.create(ADMIN, META | {"is_public": True})["visibility"] == "public"


def test_update_with_and_without_purge(images, image):
    kept = images.update(
        MEMBER, image["id"], {"name": "new", "properties": {"a/b~c": "1"}}, purge_props=False
    )
    assert kept["name"] == "new"
    assert kept["properties"] == {"hw_disk_bus": "virtio", "os_type": "linux", "a/b~c": "1"}
    purged = images.update(MEMBER, image["id"], {"properties": {"os_type": "other"}, "tags": ["b", "a"]})
    assert (purged["properties"], purged["tags"]) == ({"os_type": "other"}, ["a", "b"])
    assert images.show(MEMBER, image["id"]) == purged


def test_bad_values(images, image):
    with pytest.raises(exception.ImageBadRequest):
        images.create(MEMBER, META | {"disk_format": "floppy"})
    with pytest.raises(exception.ImageBadRequest):
        images.update(MEMBER, image["id"], {"min_disk": -1})
    with pytest.raises(exception.ImageBadRequest):
        images.detail(MEMBER, size_min="big")


def test_detail_follows_pages(images):
    tag = str(uuid.uuid4())
    made = [images.create(MEMBER, META | {"name": f"n{n}", "tags": [tag]})["id"] for n in range(5)]
    found = images.detail(MEMBER, tag=tag, sort_key="name", sort_dir="asc", limit=2)
    assert [each["id"] for each in found] == made
    assert [each["name"] for each in images.detail(MEMBER, tag=[tag], name="in:n1,n3", status="queued")] == [
        "n3",
        "n1",
    ]
    assert images.detail(OTHER, tag=tag) == []


def test_upload_afterwards_and_once(images):
    image = images.create(MEMBER, META | {"name": "later"})
    assert image["status"] == "queued"
    images.upload(MEMBER, image["id"], iter([b"ab", b"", b"cd"]))
    assert images.show(MEMBER, image["id"])["size"] == 4
    with pytest.raises(exception.ImageConflict):
        images.upload(MEMBER, image["id"], iter([b"ab"]))


def test_upload_of_a_file(images, tmp_path):
    (tmp_path / "disk").write_bytes(DATA)
    with (tmp_path / "disk").open("rb") as data:
        assert images.create(MEMBER, META, data)["size"] == len(DATA)


def test_upload_of_another_format(images):
    with pytest.raises(exception.ImageBadRequest):
        images.create(MEMBER, META | {"disk_format": "qcow2"}, iter([DATA]))


def test_delete(images, image):
    images.update(MEMBER, image["id"], {"protected": True}, purge_props=False)
    with pytest.raises(exception.ImageNotAuthorized):
        images.delete(MEMBER, image["id"])
    images.update(MEMBER, image["id"], {"protected": False}, purge_props=False)
    images.delete(MEMBER, image["id"])
    with pytest.raises(exception.ImageNotFound):
        images.delete(MEMBER, image["id"])


def test_download(images, image, tmp_path):
    path = tmp_path / "base"
    assert images.download(MEMBER, image["id"], path) == image
    assert path.read_bytes() == DATA
    assert path.stat().st_blocks * 512 < len(DATA)  # zeros are a hole
    assert [each.name for each in tmp_path.iterdir()] == ["base"]


def test_download_of_what_cannot_be_had(images, image, clients, tmp_path):
    with pytest.raises(exception.ImageNotFound):
        images.download(OTHER, image["id"], tmp_path / "base")
    queued = images.create(MEMBER, META)
    with pytest.raises(exception.ImageNotActive):
        images.download(MEMBER, queued["id"], tmp_path / "base")
    clients["MEMBER"].post(f"images/{image['id']}/actions/deactivate")
    with pytest.raises(exception.ImageNotActive):
        images.download(MEMBER, image["id"], tmp_path / "base")
    assert not list(tmp_path.iterdir())


def test_download_of_damaged_data(images, image, image_store, tmp_path):
    with (image_store / image["id"]).open("r+b") as data:
        data.write(b"damage")
    with pytest.raises(exception.ImageCorrupt, match=r"checksum|os_hash_value"):
        images.download(MEMBER, image["id"], tmp_path / "base")
    assert not list(tmp_path.iterdir())


def test_download_of_lost_data(images, image, image_store, tmp_path):
    (image_store / image["id"]).unlink()
    with pytest.raises(exception.ImageCorrupt):
        images.download(MEMBER, image["id"], tmp_path / "base")
    assert not list(tmp_path.iterdir())


def test_download_to_a_full_disk(images, image, tmp_path, monkeypatch):
    def full(self, chunk):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.Part, "write", full)
    with pytest.raises(exception.ImageDownloadFailed, match="No space left"):
        images.download(MEMBER, image["id"], tmp_path / "base")
    assert not list(tmp_path.iterdir())


def test_an_unknown_driver():
    with pytest.raises(exception.ConfigurationError, match="no driver of that name"):
        api.get_api("floppy")
