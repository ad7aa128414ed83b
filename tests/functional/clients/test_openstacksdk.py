"""openstacksdk against a cloud: the compute proxy, and the cloud layer above it."""

import json

import openstack
import pytest

from tests.support.openstackclient import clouds

POLL = 0.2  # seconds

# What openstacksdk says about itself.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def connect(users, tmp_path_factory):
    """Return a connection for an entry of clouds.yaml, as programs get it."""
    path = tmp_path_factory.mktemp("sdk") / "clouds.yaml"
    path.write_text(json.dumps(clouds(users)))
    made = []

    def connection(name, **options):
        loader = openstack.config.OpenStackConfig(
            config_files=[str(path)], load_envvars=False, app_name="nova-lite-tests"
        )
        made.append(openstack.connection.Connection(config=loader.get_one(cloud=name, **options)))
        return made[-1]

    yield connection
    for each in made:
        each.close()


@pytest.fixture(scope="module")
def conn(connect):
    return connect("nova-lite")


@pytest.fixture(scope="module")
def operator(connect):
    return connect("nova-lite-admin")


@pytest.fixture
def server(conn, flavor, image):
    made = conn.compute.create_server(
        name="sdk",
        flavor_id=conn.compute.find_flavor(flavor).id,
        image_id=conn.image.find_image(image).id,
        networks="none",
    )
    yield conn.compute.wait_for_server(made, interval=POLL, wait=60)
    conn.compute.delete_server(made, ignore_missing=True)
    conn.compute.wait_for_delete(made, interval=POLL, wait=60)


def test_power(conn, server):
    compute = conn.compute
    for act, status in (
        (compute.stop_server, "SHUTOFF"),
        (compute.start_server, "ACTIVE"),
        (compute.pause_server, "PAUSED"),
        (compute.unpause_server, "ACTIVE"),
        (compute.suspend_server, "SUSPENDED"),
        (compute.resume_server, "ACTIVE"),
    ):
        act(server)
        compute.wait_for_server(server, status=status, interval=POLL, wait=60)
    for kind in ("SOFT", "HARD"):
        compute.reboot_server(server, kind)
        compute.wait_for_server(server, interval=POLL, wait=60)
    actions = [each.action for each in compute.server_actions(server)]
    assert actions == [
        "reboot", "reboot", "resume", "suspend", "unpause", "pause", "start", "stop", "create",
    ]  # fmt: skip


def test_record(conn, server):
    compute = conn.compute
    compute.set_server_metadata(server, role="web")
    server.add_tag(compute, "blue")
    compute.update_server(server, name="renamed", description="A server")
    compute.lock_server(server, "because of us")
    shown = compute.get_server(server.id)
    compute.unlock_server(server)
    assert (shown.name, shown.description, shown.metadata, shown.tags, shown.is_locked) == (
        "renamed",
        "A server",
        {"role": "web"},
        ["blue"],
        True,
    )
    assert [each.id for each in compute.servers(name="renamed")] == [server.id]
    assert compute.get_server_console_output(server)["output"]
    assert list(compute.server_ips(server)) == []


def test_paging_meets_every_server_once(conn, server):
    listed = [each.id for each in conn.compute.servers(paginated=True, limit=1)]
    assert listed == [server.id]


def test_cloud_layer(conn, flavor, image):
    """Without `wait`: that wants an address, and deletes the server that has none."""
    made = conn.create_server("cloudy", image=image, flavor=flavor, nics=[], network=[], wait=False)
    made = conn.compute.wait_for_server(made, interval=POLL, wait=60)
    assert conn.get_server("cloudy").status == "ACTIVE"
    assert "cloudy" in {each.name for each in conn.list_servers()}
    assert conn.delete_server(made.id, wait=True)
    assert conn.get_server("cloudy") is None


def test_what_a_member_sees(conn, flavor):
    assert flavor in {each.name for each in conn.compute.flavors()}
    pair = conn.compute.create_keypair(
        name="pair",
        public_key="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE1mK2LQPA5ENgp1Y9PbuvpGgvMvfU0EGEtrQDFLDZlL a@b",
    )
    assert [each.fingerprint for each in conn.compute.keypairs()] == [pair.fingerprint]
    conn.compute.delete_keypair(pair)
    assert conn.compute.get_limits().absolute.instances == 10
    assert [each.name for each in conn.compute.availability_zones()] == ["nova"]
    group = conn.compute.create_server_group(name="apart", policy="anti-affinity")
    assert conn.compute.get_server_group(group.id).policy == "anti-affinity"
    conn.compute.delete_server_group(group)


def test_what_an_administrator_sees(operator):
    (hypervisor,) = operator.compute.hypervisors(details=True)
    assert (hypervisor.name, hypervisor.state) == ("test-host", "up")
    binaries = {each.binary for each in operator.compute.services()}
    assert binaries == {"nova-conductor", "nova-scheduler", "nova-compute"}
    assert {"admin", "demo", "service"} <= {each.name for each in operator.identity.projects()}


def test_a_flavors_life(operator):
    made = operator.compute.create_flavor(name="sdk.short-lived", ram=64, vcpus=1, disk=1)
    operator.compute.create_flavor_extra_specs(made, {"hw:cpu_policy": "shared"})
    operator.compute.update_flavor_extra_specs_property(made, "hw:cpu_policy", "dedicated")
    assert operator.compute.get_flavor_extra_specs_property(made, "hw:cpu_policy") == "dedicated"
    operator.compute.delete_flavor(made)
    assert operator.compute.find_flavor("sdk.short-lived") is None


@pytest.mark.parametrize("version", ["2.1", "2.47", "2.104"])
def test_any_microversion(connect, server, version):
    pinned = connect("nova-lite", compute_default_microversion=version)
    answer = pinned.compute.get(f"/servers/{server.id}")
    assert answer.headers["OpenStack-API-Version"] == f"compute {version}"
    flavor = answer.json()["server"]["flavor"]
    assert ("id" in flavor) is (version == "2.1")
    pinned.compute.reboot_server(server, "HARD")
    pinned.compute.wait_for_server(server, interval=POLL, wait=60)


def test_errors_are_its_own(conn):
    with pytest.raises(openstack.exceptions.NotFoundException):
        conn.compute.get_server("00000000-0000-0000-0000-000000000000")
    with pytest.raises(openstack.exceptions.ForbiddenException):
        list(conn.compute.hypervisors())
    with pytest.raises(openstack.exceptions.BadRequestException):
        conn.compute.create_server(name="", flavor_id="1", networks="none")
