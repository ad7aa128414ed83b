"""The life of servers in a whole cloud: from POST through the queues to nova-compute, and back."""

import concurrent.futures
import time

import pytest

IMAGE = {"name": "tiny", "disk_format": "raw", "container_format": "bare", "visibility": "private"}


@pytest.fixture
def user(live_cloud):
    """Somebody new, in a project of their own."""
    return live_cloud.new_user()


@pytest.fixture
def compute(user):
    """The compute API, at the newest version."""
    return user.client(microversion="2.104")


@pytest.fixture
def image(user):
    """An image of a few bytes."""
    client = user.client("image")
    made = client.post("images", IMAGE).json()
    answer = client.put(
        f"images/{made['id']}/file",
        data=b"nothing to see",
        headers={"Content-Type": "application/octet-stream"},
    )
    assert answer.status_code == 204, answer.text
    return made["id"]


@pytest.fixture(scope="module")
def flavor(live_cloud):
    """A flavor that fits everywhere."""
    body = {"flavor": {"name": "life", "ram": 64, "vcpus": 1, "disk": 1, "id": "life"}}
    answer = live_cloud.admin.client().post("flavors", body)
    assert answer.status_code in (200, 409), answer.text
    return "life"


def create(compute, flavor, image, **values):
    server = {"name": "life", "flavorRef": flavor, "imageRef": image, "networks": "none"} | values
    return compute.post("servers", {"server": server})


def wait(compute, server, accept, seconds=30):
    """Ask for a server until `accept(record)`; its record is None once it is gone."""
    deadline = time.monotonic() + seconds
    while True:
        answer = compute.get(f"servers/{server}")
        record = answer.json()["server"] if answer.status_code == 200 else None
        if accept(record):
            return record
        assert time.monotonic() < deadline, record
        time.sleep(0.05)


def idle(status):
    return lambda record: record["status"] == status and record["OS-EXT-STS:task_state"] is None


STEPS = [
    ({"os-stop": None}, "SHUTOFF"),
    ({"os-start": None}, "ACTIVE"),
    ({"reboot": {"type": "SOFT"}}, "ACTIVE"),
    ({"reboot": {"type": "HARD"}}, "ACTIVE"),
    ({"pause": None}, "PAUSED"),
    ({"unpause": None}, "ACTIVE"),
    ({"suspend": None}, "SUSPENDED"),
    ({"resume": None}, "ACTIVE"),
]


def test_from_birth_to_death(compute, flavor, image):
    server = create(compute, flavor, image, config_drive=True, metadata={"a": "b"}).json()["server"]["id"]
    record = wait(compute, server, idle("ACTIVE"))
    assert record["hostId"]
    assert record["OS-EXT-AZ:availability_zone"] == "nova"
    assert record["OS-SRV-USG:launched_at"]
    for body, status in STEPS:
        answer = compute.post(f"servers/{server}/action", body)
        assert answer.status_code == 202, answer.text
        wait(compute, server, idle(status))
    answer = compute.post(f"servers/{server}/action", {"os-getConsoleOutput": {}})
    assert answer.status_code == 200, answer.text
    assert isinstance(answer.json()["output"], str)
    assert compute.delete(f"servers/{server}").status_code == 204
    wait(compute, server, lambda record: record is None)
    actions = compute.get(f"servers/{server}/os-instance-actions").json()["instanceActions"]
    names = [next(iter(body)).removeprefix("os-") for body, _ in STEPS]
    assert [action["action"] for action in actions] == ["delete", *reversed(names), "create"]
    assert {action["message"] for action in actions} == {None}
    for action in actions:
        path = f"servers/{server}/os-instance-actions/{action['request_id']}"
        events = compute.get(path).json()["instanceAction"]["events"]
        assert events
        assert {event["result"] for event in events} == {"Success"}


def test_no_host_is_big_enough(live_cloud, compute, image):
    body = {"flavor": {"name": "huge", "ram": 64, "vcpus": 1, "disk": 1 << 30, "id": "huge"}}
    assert live_cloud.admin.client().post("flavors", body).status_code in (200, 409)
    server = create(compute, "huge", image).json()["server"]["id"]
    record = wait(compute, server, idle("ERROR"))
    assert record["fault"]["code"] == 500
    assert record["fault"]["message"].startswith("No valid host was found. ")
    assert (record["hostId"], record["OS-EXT-AZ:availability_zone"]) == ("", "")
    (action,) = compute.get(f"servers/{server}/os-instance-actions").json()["instanceActions"]
    assert (action["action"], action["message"]) == ("create", "Error")
    assert compute.delete(f"servers/{server}").status_code == 204
    assert compute.get(f"servers/{server}").status_code == 404


def test_many_at_once_keep_to_the_quota(compute, flavor, image):
    """Twenty requests, ten servers allowed: ten are ACTIVE, ten were refused."""
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: create(compute, flavor, image), range(20)))
    assert sorted(answer.status_code for answer in answers) == [202] * 10 + [403] * 10
    servers = [answer.json()["server"]["id"] for answer in answers if answer.status_code == 202]
    for server in servers:
        wait(compute, server, idle("ACTIVE"), 60)
    for server in servers:
        assert compute.delete(f"servers/{server}").status_code == 204
    for server in servers:
        wait(compute, server, lambda record: record is None)


def test_deleted_at_once(compute, flavor, image):
    """A server that is deleted while it is made leaves nothing behind."""
    for _ in range(5):
        server = create(compute, flavor, image).json()["server"]["id"]
        assert compute.delete(f"servers/{server}").status_code == 204
        wait(compute, server, lambda record: record is None)
