"""Servers through the REST API, for tests: what they need, boot them, wait for what becomes of them."""

import time

from tests.support.cloud import Cloud, User

TIMEOUT = 60.0
POLL = 0.1
MICROVERSION = "2.100"


def wait_for(check, what: str, timeout: float = TIMEOUT):
    """Return the first true result of `check()`.

    Raises:
        AssertionError: none came in `timeout` seconds.
    """
    end = time.monotonic() + timeout
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < end, f"{what}: not within {timeout} s"
        time.sleep(POLL)


def make_flavor(cloud: Cloud, name: str, ram: int = 64, vcpus: int = 1, disk: int = 1) -> str:
    """Make a public flavor and return its id."""
    body = {"flavor": {"name": name, "ram": ram, "vcpus": vcpus, "disk": disk}}
    answer = cloud.admin.client().post("flavors", body)
    assert answer.status_code == 200, answer.text
    return answer.json()["flavor"]["id"]


def make_image(cloud: Cloud, name: str = "test-image", **properties) -> str:
    """Make a public raw image of one kilobyte and return its id."""
    client = cloud.admin.client("image")
    body = {
        "name": name,
        "disk_format": "raw",
        "container_format": "bare",
        "visibility": "public",
        **properties,
    }
    answer = client.post("images", body)
    assert answer.status_code == 201, answer.text
    image = answer.json()["id"]
    headers = {"Content-Type": "application/octet-stream"}
    answer = client.put(f"images/{image}/file", data=b"\0" * 1024, headers=headers)
    assert answer.status_code == 204, answer.text
    return image


def boot(user: User, flavor: str, image: str, microversion: str = MICROVERSION, **more):
    """Ask for a server and return the response."""
    body = {"server": {"name": "test", "flavorRef": flavor, "imageRef": image, "networks": "none", **more}}
    return user.client(microversion=microversion).post("servers", body)


def show(user: User, server: str) -> dict:
    """Return a server's record."""
    answer = user.client(microversion=MICROVERSION).get(f"servers/{server}")
    assert answer.status_code == 200, answer.text
    return answer.json()["server"]


def wait_built(user: User, server: str, timeout: float = TIMEOUT) -> dict:
    """Return a server's record once it is ACTIVE or ERROR."""

    def built():
        record = show(user, server)
        return record if record["status"] in ("ACTIVE", "ERROR") else None

    return wait_for(built, f"server {server} ACTIVE or ERROR", timeout)


def act(user: User, server: str, action: str, arguments=None, microversion: str = MICROVERSION):
    """POST an action and return the response."""
    return user.client(microversion=microversion).post(f"servers/{server}/action", {action: arguments})


def wait_idle(user: User, server: str, status: str) -> dict:
    """Return a server's record once nothing is done to it and it has a status."""

    def idle():
        record = show(user, server)
        return record if record["OS-EXT-STS:task_state"] is None and record["status"] == status else None

    return wait_for(idle, f"server {server} {status}")


def wait_gone(user: User, server: str) -> None:
    """Wait until a server is not found."""
    client = user.client(microversion=MICROVERSION)
    wait_for(lambda: client.get(f"servers/{server}").status_code == 404, f"server {server} gone")
