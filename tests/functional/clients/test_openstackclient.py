"""The `openstack` command against a cloud, as people type it."""

import pytest

from tests.support import booting
from tests.support.openstackclient import Shell


@pytest.fixture(scope="module")
def shell(users, tmp_path_factory):
    with Shell(tmp_path_factory.mktemp("openstack"), users) as shell:
        yield shell


@pytest.fixture(scope="module")
def openstack(shell):
    """Run a command as the member; the words are split at blanks."""

    def run(line, *more):
        return shell.run("nova-lite", *line.split(), *more).ok()

    return run


@pytest.fixture(scope="module")
def as_admin(shell):
    """Run a command as the administrator."""

    def run(line, *more):
        return shell.run("nova-lite-admin", *line.split(), *more).ok()

    return run


def test_a_server_from_its_image_to_its_end(shell, openstack, member, flavor, tmp_path):
    disk = tmp_path / "disk.raw"
    disk.write_bytes(b"\0" * 4096)
    made = openstack(
        "image create --disk-format raw --container-format bare -f json own-image --file", str(disk)
    ).json()
    assert (made["status"], made["size"]) == ("active", 4096)
    assert "own-image" in {each["Name"] for each in openstack("image list -f json").json()}
    openstack("keypair create own-key --private-key", str(tmp_path / "key"))
    assert "PRIVATE KEY" in (tmp_path / "key").read_text()
    assert flavor in {each["Name"] for each in openstack("flavor list -f json").json()}

    server = openstack(
        f"server create --wait --nic none --flavor {flavor} --image own-image --key-name own-key"
        " --property role=web -f json first"
    ).json()
    assert (server["status"], server["key_name"], server["properties"]) == (
        "ACTIVE",
        "own-key",
        {"role": "web"},
    )

    for action, status in (
        ("stop", "SHUTOFF"),
        ("start", "ACTIVE"),
        ("reboot --soft", "ACTIVE"),
        ("reboot --hard", "ACTIVE"),
        ("pause", "PAUSED"),
        ("unpause", "ACTIVE"),
        ("suspend", "SUSPENDED"),
        ("resume", "ACTIVE"),
    ):
        openstack(f"server {action} first")
        booting.wait_idle(member, server["id"], status)

    openstack("server lock first --reason", "because of us")
    assert openstack("server show -f json first").json()["locked_reason"] == "because of us"
    refused = shell.run("nova-lite-admin", "server", "stop", "first")
    assert refused.code == 1, "names of other projects' servers are not found"
    openstack("server unlock first")

    openstack("server set --name second --property size=big --tag blue --description", "A server", "first")
    openstack("server unset --property role second")
    shown = openstack("server show -f json second").json()
    assert (shown["name"], shown["properties"], shown["tags"], shown["description"]) == (
        "second",
        {"size": "big"},
        ["blue"],
        "A server",
    )
    (row,) = openstack("server list --long --tags blue -f json").json()
    assert (row["Name"], row["Status"], row["Image Name"], row["Flavor"]) == (
        "second",
        "ACTIVE",
        "own-image",
        flavor,
    )
    assert openstack("console log show second").out.strip()
    events = openstack("server event list second -f json").json()
    assert [each["Action"] for each in events][-2:] == ["stop", "create"]
    event = openstack(f"server event show second {events[-1]['Request ID']} -f json").json()
    assert {each["result"] for each in event["events"]} == {"Success"}

    openstack("server delete --wait second")
    assert openstack("server list -f json").json() == []
    openstack("keypair delete own-key")
    openstack("image delete own-image")


@pytest.mark.parametrize("version", ["2.1", "2.60", "2.latest"])
def test_servers_at_other_microversions(openstack, member, flavor, image, version):
    option = f"--os-compute-api-version {version}"
    # Before 2.37 nothing can be said of networks.
    networks = "" if version == "2.1" else "--no-network"
    made = openstack(
        f"{option} server create {networks} --flavor {flavor} --image {image} -f json other"
    ).json()
    booting.wait_idle(member, made["id"], "ACTIVE")
    assert openstack(f"{option} server show -f json other").json()["status"] == "ACTIVE"
    (row,) = openstack(f"{option} server list --long -f json").json()
    assert {"other", image, flavor} <= {value for value in row.values() if isinstance(value, str)}
    openstack(f"{option} server delete --wait other")


#: What prints something of everything that a member asks for; each needs no more than exit 0.
MEMBERS_VIEW = (
    "limits show --absolute",
    "availability zone list --compute",
    "versions show",
    "catalog list",
    "token issue",
    "server group list --long",
    "keypair list",
)


@pytest.mark.parametrize("line", MEMBERS_VIEW)
def test_a_member_looks_around(openstack, line):
    openstack(line)


#: Command → a column and a value that one row must have.
ADMINS_VIEW = {
    "hypervisor list --long": ("Hypervisor Hostname", "test-host"),
    "--os-compute-api-version 2.1 hypervisor list --long": ("Hypervisor Hostname", "test-host"),
    "hypervisor list --matching test": ("Hypervisor Hostname", "test-host"),
    "compute service list --long": ("Binary", "nova-compute"),
    "--os-compute-api-version 2.1 compute service list": ("Binary", "nova-scheduler"),
    "host list": ("Service", "compute"),
    "host show test-host": ("Project", "(total)"),
    "availability zone list --compute --long": ("Zone Name", "nova"),
    "project list": ("Name", "demo"),
    "user list": ("Name", "admin"),
    "role list": ("Name", "member"),
    "role assignment list --names": ("Role", "admin"),
    "endpoint list": ("Service Type", "compute"),
}


@pytest.mark.parametrize("line", ADMINS_VIEW)
def test_an_administrator_looks_around(as_admin, line):
    column, value = ADMINS_VIEW[line]
    assert value in {row[column] for row in as_admin(f"{line} -f json").json()}


def test_hypervisor_show(as_admin):
    new = as_admin("hypervisor show -f json test-host").json()
    assert (new["hypervisor_hostname"], new["state"], new["status"]) == ("test-host", "up", "enabled")
    old = as_admin("--os-compute-api-version 2.1 hypervisor show -f json test-host").json()
    assert old["vcpus"] > 0


def test_a_disabled_service_says_why(as_admin):
    as_admin("compute service set --disable test-host nova-compute --disable-reason", "no more of them")
    (row,) = as_admin("compute service list --long --service nova-compute -f json").json()
    assert (row["Status"], row["Disabled Reason"]) == ("disabled", "no more of them")
    as_admin("compute service set --enable test-host nova-compute")
    (row,) = as_admin("compute service list --long --service nova-compute -f json").json()
    assert row["Status"] == "enabled"


def test_a_flavors_life(as_admin):
    as_admin("flavor create --ram 64 --disk 1 --vcpus 1 --private --project demo short-lived")
    as_admin("flavor set --property hw:cpu_policy=shared --project service short-lived --description", "Tiny")
    shown = as_admin("flavor show -f json short-lived").json()
    assert (shown["properties"], shown["description"]) == ({"hw:cpu_policy": "shared"}, "Tiny")
    assert len(shown["access_project_ids"]) == 2
    as_admin("flavor unset --property hw:cpu_policy --project service short-lived")
    shown = as_admin("flavor show -f json short-lived").json()
    assert (shown["properties"], len(shown["access_project_ids"])) == ({}, 1)
    as_admin("flavor delete short-lived")


def test_an_aggregates_life(as_admin):
    as_admin("aggregate create --property ssd=true racks")
    as_admin("aggregate add host racks test-host")
    as_admin("aggregate set --name shelves racks")
    shown = as_admin("aggregate show -f json shelves").json()
    assert (shown["hosts"], shown["properties"]) == (["test-host"], {"ssd": "true"})
    as_admin("aggregate remove host shelves test-host")
    as_admin("aggregate delete shelves")


def test_server_groups(openstack):
    made = openstack("server group create --policy affinity -f json together").json()
    assert made["policy"] == "affinity"
    assert openstack("server group show -f json together").json()["id"] == made["id"]
    openstack("server group delete together")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("server show nosuch", "No Server found for nosuch"),
        ("--os-compute-api-version 2.999 server list", "2.104"),
        ("flavor create --ram 1 --vcpus 1 --disk 1 mine", "403"),
        ("hypervisor list", "403"),
    ],
)
def test_what_a_member_cannot_do(shell, line, says):
    result = shell.run("nova-lite", *line.split())
    assert result.code == 1
    assert says in result.err
