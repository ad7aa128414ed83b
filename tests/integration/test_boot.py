"""The main job: POST /v2.1/servers travels through every service and queue, and a real guest boots to its login."""

import pytest

from tests.support import booting
from tests.support.cloud import Cloud

BOOT = 180.0  # seconds; emulated guests on a busy machine
MEMORY = 128  # MiB
RESERVED = 512  # MiB: reserved_host_memory_mb counts as used, as in Nova


@pytest.fixture(scope="module")
def cloud(service_directory, rabbitmq, database_servers, libvirt_uri, tmp_path_factory):
    """A cloud over this run's libvirtd."""
    directory = service_directory / "boot"  # QEMU must be able to reach it
    directory.mkdir()
    options = {
        "DEFAULT": {"compute_driver": "libvirt.LibvirtDriver", "shutdown_timeout": 30},
        "libvirt": {"connection_uri": libvirt_uri, "virt_type": "qemu"},
    }
    cloud = Cloud(directory, rabbitmq.new_vhost(), database_servers["sqlite"].create_database(), options)
    # nova-compute fetches images from this cloud's own image API.
    for path in (cloud.config_file(), cloud.config_file("nova-compute")):
        with path.open("a") as lines:
            lines.write(f"\n[glance]\napi_servers = {cloud.urls['image'].removesuffix('/v2')}\n")
    try:
        cloud.prepare()
        cloud.start()
        yield cloud
    finally:
        cloud.kill()


@pytest.fixture(scope="module")
def image(cloud, guest_image):
    client = cloud.admin.client("image")
    body = {"name": "guest", "disk_format": "qcow2", "container_format": "bare", "visibility": "public"}
    made = client.post("images", body | {"hw_cdrom_bus": "scsi", "hw_scsi_model": "virtio-scsi"}).json()["id"]
    with guest_image.open("rb") as data:
        answer = client.put(
            f"images/{made}/file", data=data, headers={"Content-Type": "application/octet-stream"}
        )
    assert answer.status_code == 204, answer.text
    return made


def _console(user, server) -> str:
    answer = booting.act(user, server, "os-getConsoleOutput", {})
    return answer.json()["output"] if answer.status_code == 200 else ""


def _wait_for_login(user, server, times: int = 1) -> str:
    def logged_in():
        text = _console(user, server)
        return text if text.count("login:") >= times else None

    return booting.wait_for(logged_in, f"login: on the console of {server}", BOOT)


def test_a_real_guest_from_request_to_nothing_left(cloud, image):
    flavor = booting.make_flavor(cloud, "guest", ram=MEMORY)
    user = cloud.new_user()
    answer = booting.boot(
        user, flavor, image, config_drive=True, metadata={"colour": "green"}, hostname="first"
    )
    assert answer.status_code == 202, answer.text
    server = answer.json()["server"]["id"]
    record = booting.wait_built(user, server, BOOT)
    assert record["status"] == "ACTIVE", record.get("fault")
    text = _wait_for_login(user, server)
    assert server in text
    assert "hostname: first" in text
    assert "metadata: colour: green" in text

    as_admin = booting.show(cloud.admin, server)
    assert as_admin["OS-EXT-SRV-ATTR:instance_name"].startswith("instance-")
    assert as_admin["OS-EXT-SRV-ATTR:root_device_name"] == "/dev/vda"

    assert booting.act(user, server, "os-stop").status_code == 202
    booting.wait_idle(user, server, "SHUTOFF")
    assert booting.act(user, server, "os-start").status_code == 202
    booting.wait_idle(user, server, "ACTIVE")
    _wait_for_login(user, server)
    assert booting.act(user, server, "pause").status_code == 202
    booting.wait_idle(user, server, "PAUSED")
    assert booting.act(user, server, "unpause").status_code == 202
    booting.wait_idle(user, server, "ACTIVE")
    assert booting.act(user, server, "reboot", {"type": "HARD"}).status_code == 202
    booting.wait_idle(user, server, "ACTIVE")
    _wait_for_login(user, server)

    hypervisor = cloud.admin.client(microversion="2.79").get("os-hypervisors/detail").json()["hypervisors"][0]
    assert hypervisor["hypervisor_type"] == "QEMU"
    assert hypervisor["memory_mb_used"] == RESERVED + MEMORY
    assert user.client().delete(f"servers/{server}").status_code == 204
    booting.wait_gone(user, server)
    instances = cloud.directory / "state" / "instances"
    assert [path.name for path in instances.iterdir() if path.name == server] == []
    hypervisor = cloud.admin.client(microversion="2.79").get("os-hypervisors/detail").json()["hypervisors"][0]
    assert hypervisor["memory_mb_used"] == RESERVED


def test_an_image_that_is_none_says_so_and_is_not_tried_elsewhere(cloud):
    client = cloud.admin.client("image")
    body = {"name": "torn", "disk_format": "raw", "container_format": "bare", "visibility": "public"}
    torn = client.post("images", body).json()["id"]
    client.put(
        f"images/{torn}/file", data=b"x" * 3_000_000, headers={"Content-Type": "application/octet-stream"}
    )
    store = cloud.directory / "state" / "images"
    (path,) = [each for each in store.rglob(torn) if each.is_file()]
    path.write_bytes(b"y" * 3_000_000)  # what the disk did to it
    flavor = booting.make_flavor(cloud, "torn", ram=MEMORY)
    server = booting.boot(cloud.admin, flavor, torn).json()["server"]["id"]
    record = booting.wait_built(cloud.admin, server, BOOT)
    assert record["status"] == "ERROR"
    assert "arrived damaged" in record["fault"]["message"] or "checksum" in record["fault"]["message"]
    assert cloud.admin.client().delete(f"servers/{server}").status_code == 204
    booting.wait_gone(cloud.admin, server)
