"""A server's way through all services: what travels, what it costs, what it leaves."""

import concurrent.futures
import contextlib
import re
from collections import Counter

import pytest

from tests.support import booting
from tests.support.cloud import Cloud

#: What oslo.messaging says at debug for each message that it sends.
_SENT = re.compile(r"(CALL msg_id|CAST unique_id|sending reply msg_id)", re.IGNORECASE)
_TALKATIVE = "oslo_messaging=DEBUG,oslo.messaging=DEBUG"


@pytest.fixture
def own_cloud(rabbitmq, database_servers, tmp_path):
    """A function that makes and starts a cloud of the test's own on SQLite, with options; it ends with the test."""
    with contextlib.ExitStack() as stack:

        def start(options):
            cloud = Cloud(
                tmp_path, rabbitmq.new_vhost(), database_servers["sqlite"].create_database(), options
            )
            stack.callback(cloud.kill)
            cloud.prepare()
            cloud.start()
            return cloud

        yield start


@pytest.fixture(scope="module")
def flavor(live_cloud):
    return booting.make_flavor(live_cloud, "boot.tiny")


@pytest.fixture(scope="module")
def image(live_cloud):
    return booting.make_image(live_cloud, "boot-image")


@pytest.fixture(scope="module")
def member(live_cloud):
    return live_cloud.new_user()


def test_a_server_is_built_and_says_how(live_cloud, member, flavor, image):
    answer = booting.boot(member, flavor, image)
    assert answer.status_code == 202, answer.text
    server = answer.json()["server"]["id"]
    record = booting.wait_built(member, server)
    assert record["status"] == "ACTIVE", record.get("fault")
    assert record["OS-EXT-STS:power_state"] == 1
    assert record["OS-EXT-AZ:availability_zone"] == "nova"
    request_id = answer.headers["x-openstack-request-id"]
    action = (
        member.client(microversion="2.84").get(f"servers/{server}/os-instance-actions/{request_id}").json()
    )
    events = {each["event"]: each["result"] for each in action["instanceAction"]["events"]}
    assert events == {
        "compute__do_build_and_run_instance": "Success",
        "conductor_schedule_and_build_instances": "Success",
    }
    for log in ("nova-api", "nova-conductor", "nova-compute"):
        assert request_id in live_cloud.services[log].log_path.read_text()
    assert booting.act(member, server, "os-getConsoleOutput", {}).json()["output"]
    assert member.client().delete(f"servers/{server}").status_code == 204
    booting.wait_gone(member, server)


@pytest.mark.parametrize(
    ("way", "status", "back"),
    [("os-stop", "SHUTOFF", "os-start"), ("pause", "PAUSED", "unpause"), ("suspend", "SUSPENDED", "resume")],
)
def test_power_actions_there_and_back(member, flavor, image, way, status, back):
    server = booting.boot(member, flavor, image).json()["server"]["id"]
    booting.wait_idle(member, server, "ACTIVE")
    assert booting.act(member, server, back).status_code == 409
    assert booting.act(member, server, way).status_code == 202
    booting.wait_idle(member, server, status)
    assert booting.act(member, server, back).status_code == 202
    booting.wait_idle(member, server, "ACTIVE")
    member.client().delete(f"servers/{server}")
    booting.wait_gone(member, server)


@pytest.mark.parametrize("kind", ["SOFT", "HARD"])
def test_reboots(member, flavor, image, kind):
    server = booting.boot(member, flavor, image).json()["server"]["id"]
    booting.wait_idle(member, server, "ACTIVE")
    assert booting.act(member, server, "reboot", {"type": kind}).status_code == 202
    booting.wait_idle(member, server, "ACTIVE")
    member.client().delete(f"servers/{server}")
    booting.wait_gone(member, server)


def test_no_valid_host_says_why(live_cloud, member, image):
    huge = booting.make_flavor(live_cloud, "boot.huge", ram=10_000_000)
    user = live_cloud.new_user()
    answer = booting.boot(user, huge, image)
    # 10,000,000 MB are more than the quota of a project: 403. As an administrator of quotas would see it.
    assert answer.status_code == 403
    assert "Quota exceeded for ram" in answer.json()["forbidden"]["message"]


def test_the_queues_are_those_of_the_design(rabbitmq, live_cloud):
    vhost = live_cloud.transport_url.rpartition("/")[2]
    lines = rabbitmq.ctl("list_queues", "-q", "-p", vhost, "name", "durable", "exclusive").splitlines()
    queues = {line.split()[0]: line.split()[1:] for line in lines if line and not line.startswith("name")}
    assert all(durable == "true" for durable, _ in queues.values()), queues
    for topic in ("conductor", "scheduler", "compute"):
        assert topic in queues
        assert f"{topic}.test-host" in queues
        assert any(name.startswith(f"{topic}_fanout_") for name in queues)
    assert any(name.startswith("reply_") for name in queues)


def _sent(cloud) -> Counter:
    """Return how many messages each service has sent so far."""
    return Counter(
        {name: len(_SENT.findall(service.log_path.read_text())) for name, service in cloud.services.items()}
    )


def test_a_boot_sends_at_most_ten_messages_and_a_power_action_four(own_cloud):
    quiet = {"default_log_levels": _TALKATIVE, "report_interval": 3600, "periodic_enable": False}
    cloud = own_cloud({"DEFAULT": quiet})
    user, flavor = cloud.admin, booting.make_flavor(cloud, "m1.nano")
    image = booting.make_image(cloud)
    # The first message of each kind may look up what later ones know.
    booting.wait_built(user, booting.boot(user, flavor, image).json()["server"]["id"])
    before = _sent(cloud)
    server = booting.boot(user, flavor, image).json()["server"]["id"]
    booting.wait_idle(user, server, "ACTIVE")
    boot = _sent(cloud) - before
    assert 0 < boot.total() <= 10, boot
    before = _sent(cloud)
    booting.act(user, server, "os-stop")
    booting.wait_idle(user, server, "SHUTOFF")
    stop = _sent(cloud) - before
    assert 0 < stop.total() <= 4, stop


def test_a_hundred_at_once_on_ten_hosts(rabbitmq, database_server, tmp_path):
    """All ACTIVE, no host over its limits, quotas exact, nothing left in a task_state."""
    options = {
        "DEFAULT": {"debug": False, "reserved_host_memory_mb": 0, "initial_cpu_allocation_ratio": 1.0},
        "fake": {"hosts": 10, "vcpus": 10, "memory_mb": 10 * 64, "local_gb": 100},
        "quota": {"instances": 100, "cores": 100, "ram": -1},
    }
    cloud = Cloud(tmp_path, rabbitmq.new_vhost(), database_server.create_database(), options)
    try:
        cloud.prepare()
        cloud.start()
        user, flavor = cloud.admin, booting.make_flavor(cloud, "m1.nano")
        image = booting.make_image(cloud)
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: booting.boot(user, flavor, image), range(103)))
        codes = Counter(answer.status_code for answer in answers)
        assert codes == {202: 100, 403: 3}, codes
        servers = [answer.json()["server"]["id"] for answer in answers if answer.status_code == 202]
        records = [booting.wait_built(user, server) for server in servers]
        assert Counter(record["status"] for record in records) == {"ACTIVE": 100}, records[0].get("fault")
        assert {record["OS-EXT-STS:task_state"] for record in records} == {None}
        assert set(Counter(record["OS-EXT-SRV-ATTR:host"] for record in records).values()) == {10}
        used = user.client(microversion="2.79").get("os-hypervisors/detail").json()["hypervisors"]
        assert len(used) == 10
        assert {each["vcpus_used"] for each in used} == {10}
        limits = user.client().get("limits").json()["limits"]["absolute"]
        assert (limits["totalInstancesUsed"], limits["totalCoresUsed"]) == (100, 100)
        for server in servers:
            assert user.client().delete(f"servers/{server}").status_code == 204
        for server in servers:
            booting.wait_gone(user, server)
        used = user.client(microversion="2.79").get("os-hypervisors/detail").json()["hypervisors"]
        assert {each["vcpus_used"] for each in used} == {0}
    finally:
        cloud.kill()


def test_a_failing_host_sends_the_build_to_the_next_one(own_cloud):
    """Every spawn fails: the alternates are tried, the fault says why, nothing stays claimed."""
    cloud = own_cloud({"fake": {"hosts": 3, "fail_operations": "spawn"}})
    user, flavor = cloud.admin, booting.make_flavor(cloud, "m1.nano")
    answer = booting.boot(user, flavor, booting.make_image(cloud))
    server = answer.json()["server"]["id"]
    record = booting.wait_built(user, server)
    assert record["status"] == "ERROR"
    assert record["fault"]["message"].startswith("Exceeded maximum number of retries.")
    path = f"servers/{server}/os-instance-actions/{answer.headers['x-openstack-request-id']}"
    action = user.client(microversion="2.84").get(path).json()["instanceAction"]
    failed = [
        each for each in action["events"] if each["result"] == "Error" and each["event"].startswith("compute")
    ]
    assert len(failed) == 3
    assert len({each["host"] for each in failed}) == 3
    assert action["message"] == "Error"
    used = user.client(microversion="2.79").get("os-hypervisors/detail").json()["hypervisors"]
    assert {each["vcpus_used"] for each in used} == {0}
    assert user.client().delete(f"servers/{server}").status_code == 204
    booting.wait_gone(user, server)


def test_what_a_killed_compute_left_half_done_is_ended_at_its_start(own_cloud):
    """Builds end in ERROR with a reason, deletions go on, guests of before are still known."""
    cloud = own_cloud({"fake": {"latency": 2, "state_file": "$state_path/guests.jsonl"}})
    user, flavor = cloud.admin, booting.make_flavor(cloud, "m1.nano")
    image = booting.make_image(cloud)
    stays = booting.boot(user, flavor, image).json()["server"]["id"]
    booting.wait_idle(user, stays, "ACTIVE")
    deleted = booting.boot(user, flavor, image).json()["server"]["id"]
    booting.wait_idle(user, deleted, "ACTIVE")
    building = booting.boot(user, flavor, image).json()["server"]["id"]
    assert user.client().delete(f"servers/{deleted}").status_code == 204
    assert booting.act(user, stays, "os-stop").status_code == 202
    booting.wait_for(
        lambda: booting.show(user, building)["OS-EXT-STS:task_state"] == "spawning", "the build has begun"
    )
    cloud.kill("nova-compute")
    assert booting.show(user, building)["status"] == "BUILD"
    cloud.start("nova-compute")
    record = booting.wait_built(user, building)
    assert record["status"] == "ERROR"
    assert "stopped while it built the server" in record["fault"]["message"]
    booting.wait_gone(user, deleted)
    booting.wait_idle(user, stays, "SHUTOFF")
    used = user.client(microversion="2.79").get("os-hypervisors/detail").json()["hypervisors"]
    assert [each["vcpus_used"] for each in used] == [1]


def test_compute_never_opens_the_database(live_cloud, member, flavor, image):
    """Its configuration names a database that cannot be reached (tests/support/cloud.py)."""
    assert "127.0.0.1:1/nothing" in live_cloud.config_file("nova-compute").read_text()
    server = booting.boot(member, flavor, image).json()["server"]["id"]
    assert booting.wait_built(member, server)["status"] == "ACTIVE"
    member.client().delete(f"servers/{server}")
    booting.wait_gone(member, server)


def test_a_hard_reboot_overtakes_a_soft_one(own_cloud):
    """Both are accepted; the server ends ACTIVE with nothing being done to it, and the overtaken one says so."""
    cloud = own_cloud({"fake": {"latency": 1}})
    user, flavor = cloud.admin, booting.make_flavor(cloud, "m1.nano")
    server = booting.boot(user, flavor, booting.make_image(cloud)).json()["server"]["id"]
    booting.wait_idle(user, server, "ACTIVE")
    soft = booting.act(user, server, "reboot", {"type": "SOFT"})
    hard = booting.act(user, server, "reboot", {"type": "HARD"})
    assert (soft.status_code, hard.status_code) == (202, 202)
    client = user.client(microversion="2.84")

    def results():
        found = {}
        for answer in (soft, hard):
            path = f"servers/{server}/os-instance-actions/{answer.headers['x-openstack-request-id']}"
            events = client.get(path).json()["instanceAction"]["events"]
            found[answer is hard] = [event["result"] for event in events]
        return found if all(all(each) and each for each in found.values()) else None

    assert booting.wait_for(results, "both reboots are over") == {False: ["Error"], True: ["Success"]}
    assert booting.show(user, server)["status"] == "ACTIVE"
