"""Other ways to run the same services: more workers, and a cluster's queues."""

import contextlib
import pathlib
import socket
from urllib.parse import urlsplit

import pytest

from tests.support import booting
from tests.support.cloud import Cloud

VARIANTS = {
    "workers": {
        "DEFAULT": {"osapi_compute_workers": 2},
        "conductor": {"workers": 2},
        "scheduler": {"workers": 2},
    },
    "quorum": {
        "oslo_messaging_rabbit": {
            "rabbit_quorum_queue": True,
            "rabbit_transient_quorum_queue": True,
            "use_queue_manager": True,
            "rabbit_stream_fanout": True,
            "rabbit_qos_prefetch_count": 10,
        }
    },
}


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    with contextlib.suppress(OSError), socket.create_connection((parts.hostname, parts.port), 1):
        return True
    return False


def _children(pid: int) -> int:
    """Return how many processes a process has made, in any of its threads."""
    return sum(len(each.read_text().split()) for each in pathlib.Path(f"/proc/{pid}/task").glob("*/children"))


@pytest.fixture(params=VARIANTS)
def variant(request, rabbitmq, database_servers, tmp_path):
    cloud = Cloud(
        tmp_path, rabbitmq.new_vhost(), database_servers["sqlite"].create_database(), VARIANTS[request.param]
    )
    try:
        cloud.prepare()
        cloud.start()
        # The parent of several workers is ready before they are.
        for url in cloud.urls.values():
            booting.wait_for(lambda url=url: _answers(url), f"{url} answers")
        yield request.param, cloud
        assert set(cloud.stop().values()) == {0}
    finally:
        cloud.kill()


def test_servers_are_built_all_the_same(variant, rabbitmq):
    name, cloud = variant
    user, flavor = cloud.admin, booting.make_flavor(cloud, "m1.nano")
    image = booting.make_image(cloud)
    servers = [booting.boot(user, flavor, image).json()["server"]["id"] for _ in range(5)]
    for server in servers:
        record = booting.wait_built(user, server)
        assert record["status"] == "ACTIVE", record.get("fault")
    for server in servers:
        assert user.client().delete(f"servers/{server}").status_code == 204
        booting.wait_gone(user, server)
    if name == "workers":
        # nova-api: so many for each of its faces, as Nova's.
        for binary, made in (("nova-api", 2 * len(cloud.urls)), ("nova-conductor", 2), ("nova-scheduler", 2)):
            assert _children(cloud.services[binary].pid) == made
    else:
        vhost = cloud.transport_url.rpartition("/")[2]
        kinds = rabbitmq.ctl("list_queues", "--silent", "-p", vhost, "name", "type").split("\n")
        kinds = dict(line.split("\t") for line in kinds if line)
        assert {kinds["conductor"], kinds["compute.test-host"]} == {"quorum"}
        assert not [queue for queue, kind in kinds.items() if kind == "classic"], kinds
