"""Broker or database away: an answer within seconds, nothing half-done, and all is well when they are back."""

import contextlib
import time

import pytest

from tests.support import booting, servers
from tests.support.cloud import Cloud

#: Seconds within which a client must have its 503.
SOON = 20


@contextlib.contextmanager
def _ready(directory, transport_url, database_url):
    cloud = Cloud(directory, transport_url, database_url)
    try:
        cloud.prepare()
        cloud.start()
        yield cloud
    finally:
        cloud.kill()


def _unavailable(answer, since: float) -> bool:
    assert time.monotonic() - since < SOON
    assert answer.status_code == 503, f"{answer.status_code}: {answer.text}"
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["x-openstack-request-id"]
    return True


def test_broker_away(own_rabbitmq, database_servers, tmp_path):
    database = database_servers["sqlite"].create_database()
    with _ready(tmp_path, own_rabbitmq.new_vhost(), database) as cloud:
        user, flavor = cloud.admin, booting.make_flavor(cloud, "m1.nano")
        image = booting.make_image(cloud)
        server = booting.boot(user, flavor, image).json()["server"]["id"]
        booting.wait_idle(user, server, "ACTIVE")
        own_rabbitmq.kill()
        try:
            client = user.client(microversion=booting.MICROVERSION)
            for path in ("servers/detail", "flavors", "limits", "os-hypervisors", "os-services"):
                assert client.get(path).status_code == 200
            asked = (
                lambda: booting.boot(user, flavor, image, name="never"),
                lambda: booting.act(user, server, "os-stop"),
                # nova-api's first call: it has no connection for the answer yet.
                lambda: booting.act(user, server, "os-getConsoleOutput", {}),
                lambda: client.delete(f"servers/{server}"),
            )
            for ask in asked:
                start = time.monotonic()
                assert _unavailable(ask(), start)
            assert client.get("servers?name=never").json()["servers"] == []
            assert booting.show(user, server)["OS-EXT-STS:task_state"] is None
        finally:
            own_rabbitmq.start()
        assert booting.act(user, server, "os-getConsoleOutput", {}).status_code == 200
        after = booting.boot(user, flavor, image).json()["server"]["id"]
        assert booting.wait_built(user, after)["status"] == "ACTIVE"
        assert booting.act(user, server, "os-stop").status_code == 202
        booting.wait_idle(user, server, "SHUTOFF")


@pytest.mark.parametrize("name", ["mariadb", "postgresql"])
def test_database_away(rabbitmq, service_directory, tmp_path, name):
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(
            servers.started(servers.DATABASES[name](service_directory / f"own-{name}"))
        )
        cloud = stack.enter_context(_ready(tmp_path, rabbitmq.new_vhost(), database.create_database()))
        user, flavor = cloud.admin, booting.make_flavor(cloud, "m1.nano")
        image = booting.make_image(cloud)
        client = user.client(microversion=booting.MICROVERSION)
        assert client.get("servers").status_code == 200
        database.kill()
        try:
            for path in ("servers/detail", "flavors", "limits", "os-keypairs", "os-hypervisors"):
                start = time.monotonic()
                assert _unavailable(client.get(path), start)
            start = time.monotonic()
            assert _unavailable(booting.boot(user, flavor, image), start)
            assert _unavailable(user.client("image").get("images"), start)
            assert user.client("identity").get("projects").status_code == 503
            assert client.get("").status_code == 200, "version documents need no database"
        finally:
            database.start()
        booting.wait_for(lambda: client.get("servers").status_code == 200, "nova-api has its database again")
        server = booting.boot(user, flavor, image).json()["server"]["id"]
        assert booting.wait_built(user, server)["status"] == "ACTIVE"
