"""POST /servers: what is refused and why, what is written, and what is sent."""

import dataclasses

import pytest

from nova_lite.conf import CONF
from nova_lite.db import models
from nova_lite.db.models import Instance
from tests.support import rows

UNKNOWN = "99999999-9999-4999-8999-999999999999"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ alice@demo"


@pytest.fixture(autouse=True)
def _cloud(broker):
    rows.flavor("1")
    rows.flavor("2", memory_mb=128, ephemeral_gb=2, swap=64)
    rows.flavor("zero", root_gb=0)
    rows.flavor("private", is_public=False)
    rows.flavor("off", disabled=True)
    rows.flavor("a/b")
    rows.image()
    rows.image(rows.QUEUED_IMAGE, status="queued")
    rows.image(rows.PRIVATE_IMAGE, visibility="private", owner="elsewhere")
    rows.image(rows.BIG_IMAGE, size=2 << 30, min_ram=100)
    rows.service("host1")
    rows.service("host2", disabled=True)
    rows.insert(models.KeyPair, name="mine", user_id="alice", fingerprint="aa", public_key=KEY)
    rows.insert(models.KeyPair, name="hers", user_id="eve", fingerprint="aa", public_key=KEY)
    rows.insert(
        models.InstanceGroup,
        uuid=rows.GROUP,
        user_id="alice",
        project_id="demo",
        name="g",
        policy="anti-affinity",
    )


def body(**values):
    """Return a body with what every version needs; None removes a key."""
    server = {"name": "web", "flavorRef": "1", "imageRef": rows.IMAGE} | values
    return {"server": {key: value for key, value in server.items() if value is not None}}


def instances():
    return rows.select(Instance)


# -- what is refused


def disk(**values):
    return {"block_device_mapping_v2": [values]}


ROOT = {"uuid": rows.IMAGE, "boot_index": 0, "source_type": "image", "destination_type": "local"}
BLANK = {"source_type": "blank", "destination_type": "local"}

REFUSED = [
    # -- references
    ({"flavorRef": "9999"}, 1, 400, "Flavor 9999 could not be found."),
    ({"flavorRef": "private"}, 1, 400, "Flavor private could not be found."),
    ({"flavorRef": "off"}, 1, 400, "Flavor off could not be found."),
    ({"imageRef": UNKNOWN}, 1, 400, "Can not find requested image"),
    ({"imageRef": rows.PRIVATE_IMAGE}, 1, 400, "Can not find requested image"),
    ({"imageRef": rows.QUEUED_IMAGE}, 1, 400, f"Image {rows.QUEUED_IMAGE} is not active."),
    ({"imageRef": rows.BIG_IMAGE}, 1, 400, "Flavor's memory is too small for requested image."),
    ({"imageRef": rows.BIG_IMAGE, "flavorRef": "2"}, 1, 400, "Flavor's disk is too small for requested image"),
    ({"imageRef": None}, 1, 400, "Missing imageRef attribute"),
    ({"imageRef": ""}, 1, 400, "Missing imageRef attribute"),
    ({"imageRef": "cirros"}, 1, 400, "Invalid input for field/attribute imageRef. Value: cirros."),
    ({"key_name": "hers"}, 1, 400, "Invalid key_name provided."),
    ({"availability_zone": "mars"}, 1, 400, "The requested availability zone is not available"),
    ({"availability_zone": "internal"}, 1, 400, "The requested availability zone is not available"),
    ({"availability_zone": "nova:host1"}, 1, 403, "Policy doesn't allow os_compute_api:servers:create:forced_host"),
    ({"availability_zone": "a:b:c:d"}, 1, 400, "Unable to parse availability_zone"),
    ({"host": "host1"}, 74, 403, "Policy doesn't allow compute:servers:create:requested_destination"),
    ({"flavorRef": "zero"}, 1, 403, "Only volume-backed servers are allowed for flavors with zero disk."),
    # -- names and texts
    ({"name": None}, 1, 400, "'name' is a required property"),
    ({"name": " web"}, 1, 400, "Invalid input for field/attribute name. Value:  web."),
    ({"name": ""}, 1, 400, "Invalid input for field/attribute name."),
    ({"name": "x" * 256}, 1, 400, "Invalid input for field/attribute name."),
    ({"name": "\u0001"}, 1, 400, "Invalid input for field/attribute name."),
    ({"name": 5}, 1, 400, "5 is not of type 'string'"),
    ({"flavorRef": None}, 1, 400, "'flavorRef' is a required property"),
    ({"surprise": 1}, 1, 400, "Additional properties are not allowed ('surprise' was unexpected)"),
    ({"user_data": "not base64!"}, 1, 400, "Invalid input for field/attribute user_data."),
    ({"user_data": "A" * 65536}, 1, 400, "Invalid input for field/attribute user_data."),
    ({"metadata": {"k": "v" * 256}}, 1, 400, "is too long"),
    ({"metadata": {"k" * 256: "v"}}, 1, 400, "do"),
    ({"metadata": {f"k{index}": "v" for index in range(129)}}, 1, 403, "Maximum number of metadata items exceeds 128"),
    ({"config_drive": "maybe"}, 1, 400, "Invalid input for field/attribute config_drive."),
    ({"accessIPv4": "10.0.0.256"}, 1, 400, "Invalid input for field/attribute accessIPv4."),
    ({"accessIPv6": "10.0.0.1"}, 1, 400, "Invalid input for field/attribute accessIPv6."),
    ({"OS-DCF:diskConfig": "BOTH"}, 1, 400, "Invalid input for field/attribute OS-DCF:diskConfig."),
    # -- counts
    ({"min_count": 0}, 1, 400, "Invalid input for field/attribute min_count. Value: 0."),
    ({"min_count": "0"}, 1, 400, "Invalid input for field/attribute min_count. Value: 0."),
    ({"max_count": -1}, 1, 400, "Invalid input for field/attribute max_count."),
    ({"min_count": 3, "max_count": 2}, 1, 400, "min_count must be <= max_count"),
    ({"min_count": 11}, 1, 403, "Quota exceeded for instances: Requested 11, but already used 0 of 10 instances"),
    ({"max_count": 2, "hostname": "a1"}, 90, 400, "Unable to allocate a single hostname to multiple instances"),
    # -- networks
    ({}, 37, 400, "'networks' is a required property"),
    ({"networks": "some"}, 37, 400, "Invalid input for field/attribute networks."),
    ({"networks": "auto"}, 36, 400, "'auto' is not of type 'array'"),
    ({"networks": [{"uuid": UNKNOWN}]}, 1, 400, f"Network {UNKNOWN} could not be found."),
    ({"networks": [{"port": UNKNOWN}]}, 1, 400, f"Port id {UNKNOWN} could not be found."),
    ({"networks": [{"uuid": "net"}]}, 1, 400, "Bad networks format: network uuid is not in proper format (net)"),
    ({"networks": [{}]}, 1, 400, "Bad network format: missing 'uuid'"),
    ({"networks": [{"port": UNKNOWN, "fixed_ip": "10.0.0.5"}]}, 1, 400, "the two cannot be specified together."),
    ({"networks": [{"port": UNKNOWN}], "max_count": 2}, 1, 400, "with a single configured port ID"),
    ({"networks": [{"uuid": UNKNOWN, "fixed_ip": "10.0.0.5"}], "max_count": 2}, 1, 400, "single fixed IP specified"),
    ({"networks": [{"uuid": UNKNOWN, "fixed_ip": "x"}]}, 1, 400, "Invalid input for field/attribute fixed_ip."),
    # -- disks
    (disk(uuid=UNKNOWN, boot_index=0, source_type="volume", destination_type="volume") | {"imageRef": None},
     1, 400, f"Block Device Mapping is Invalid: failed to get volume {UNKNOWN}."),
    (disk(uuid=UNKNOWN, boot_index=0, source_type="snapshot", destination_type="volume") | {"imageRef": None},
     1, 400, f"Block Device Mapping is Invalid: failed to get snapshot {UNKNOWN}."),
    ({"block_device_mapping": [{"device_name": "vda", "volume_id": UNKNOWN}], "imageRef": None},
     1, 400, f"Block Device Mapping is Invalid: failed to get volume {UNKNOWN}."),
    (disk(uuid=rows.IMAGE, boot_index=0, source_type="image", destination_type="volume") | {"imageRef": None},
     1, 400, "Images with destination_type 'volume' need to have a non-zero size specified"),
    (disk(uuid=rows.IMAGE, boot_index=0, source_type="image", destination_type="volume", volume_size=1)
     | {"imageRef": None}, 1, 400, "this cloud has no volume service"),
    (disk(uuid=rows.IMAGE, boot_index=0, source_type="image", destination_type="local") | {"imageRef": None},
     1, 400, "Block Device Mapping is Invalid: Mapping image to local is not supported."),
    (disk(uuid=rows.IMAGE, boot_index=1, source_type="image", destination_type="local"),
     1, 400, "Block Device Mapping is Invalid: Mapping image to local is not supported."),
    (disk(**(ROOT | {"uuid": UNKNOWN})), 1, 400, f"Block Device Mapping is Invalid: failed to get image {UNKNOWN}."),
    (disk(**BLANK), 1, 400, "Block Device Mapping is Invalid: Boot sequence for the instance"),
    (disk(**(BLANK | {"uuid": UNKNOWN})), 1, 400, "Block Device Mapping is Invalid: Invalid device UUID."),
    (disk(source_type="image", destination_type="local", boot_index=0), 1, 400, "Missing device UUID."),
    (disk(uuid=UNKNOWN), 1, 400, "Block Device Mapping is Invalid: Invalid source_type field."),
    (disk(**(ROOT | {"volume_type": "fast"})), 67, 400, "Specifying a volume_type with destination_type=local"),
    (disk(**(ROOT | {"disk_bus": "warp"})), 1, 400, "Unknown disk bus 'warp'."),
    (disk(**(ROOT | {"device_name": "a b"})), 1, 400, "Invalid input for field/attribute device_name."),
    ({"block_device_mapping_v2": [ROOT, BLANK | {"volume_size": 5}]}, 1, 400, "Ephemeral disks requested are larger"),
    ({"block_device_mapping_v2": [ROOT, BLANK | {"guest_format": "swap", "volume_size": 65}], "flavorRef": "2"},
     1, 400, "Swap drive requested is larger than instance type allows."),
    ({"block_device_mapping_v2": [ROOT] + [BLANK | {"guest_format": "swap"}] * 2, "flavorRef": "2"},
     1, 400, "More than one swap drive requested."),
    ({"block_device_mapping_v2": [ROOT] + [BLANK] * 3}, 1, 400, "You specified more local devices than the limit"),
    ({"block_device_mapping": [{"volume_id": UNKNOWN}], "block_device_mapping_v2": [ROOT]},
     1, 400, "Using different block_device_mapping syntaxes is not allowed in the same request."),
    # -- by microversion
    ({"description": "d"}, 18, 400, "'description' was unexpected"),
    ({"description": "line\nbreak"}, 19, 400, "Invalid input for field/attribute description."),
    ({"block_device_mapping_v2": [ROOT | {"tag": "root"}]}, 31, 400, "'tag' was unexpected"),
    ({"block_device_mapping_v2": [ROOT | {"tag": "root"}]}, 33, 400, "'tag' was unexpected"),
    ({"networks": [{"uuid": UNKNOWN, "tag": "nic"}]}, 31, 400, "'tag' was unexpected"),
    ({"networks": [{"uuid": UNKNOWN, "tag": "nic"}]}, 37, 400, "networks"),
    ({"networks": [{"uuid": UNKNOWN, "tag": "a,b"}]}, 42, 400, "networks"),
    ({"tags": ["a"]}, 51, 400, "'tags' was unexpected"),
    ({"tags": ["a,b"]}, 52, 400, "Invalid input for field/attribute"),
    ({"tags": [f"t{index}" for index in range(51)]}, 52, 400, "Invalid input for field/attribute tags."),
    ({"tags": ["x" * 61]}, 52, 400, "is too long"),
    ({"personality": [{"path": "/a", "contents": "YQ=="}]}, 57, 400, "'personality' was unexpected"),
    ({"personality": [{"path": "/a", "contents": "YQ=="}] * 6}, 56, 403, "Personality file limit exceeded"),
    ({"personality": [{"path": "/" * 256, "contents": "YQ=="}]}, 56, 403, "Personality file path exceeds maximum 255"),
    ({"trusted_image_certificates": ["c"]}, 62, 400, "'trusted_image_certificates' was unexpected"),
    ({"trusted_image_certificates": []}, 63, 400, "Invalid input for field/attribute trusted_image_certificates."),
    ({"block_device_mapping_v2": [ROOT | {"volume_type": "fast"}]}, 66, 400, "'volume_type' was unexpected"),
    ({"host": "host1"}, 73, 400, "'host' was unexpected"),
    ({"hostname": "a1"}, 89, 400, "'hostname' was unexpected"),
    ({"hostname": "a.example.org"}, 93, 400, "Invalid input for field/attribute hostname."),
    ({"hostname": "ab\n"}, 90, 400, "Invalid input for field/attribute hostname."),
    ({"metadata": {"k": "\0"}}, 1, 400, "Malformed request body"),
    ({"metadata": {"k\n": "v"}}, 1, 400, "do"),
    ({"hostname": "-a"}, 94, 400, "Invalid input for field/attribute hostname."),
]  # fmt: skip


@pytest.mark.parametrize(("values", "version", "status", "message"), REFUSED)
def test_refused(member, broker, values, version, status, message):
    if version >= 37 and "networks" not in values and "'networks' is" not in message:
        values = values | {"networks": "none"}
    answer = member.at(f"2.{version}").post("/servers", body(**values))
    (fault,) = answer.json.values()
    assert (answer.status_int, fault["code"]) == (status, status)
    assert message in fault["message"]
    assert instances() == []
    assert broker.sent == []


HINTS = [
    ({"group": UNKNOWN}, 400, f"Instance group {UNKNOWN} could not be found."),
    ({"group": "mine"}, 400, "Invalid input for field/attribute group."),
    ({"same_host": "x"}, 400, "Invalid input for field/attribute same_host."),
    ({"cidr": "24"}, 400, "Invalid input for field/attribute cidr."),
]


@pytest.mark.parametrize(("hints", "status", "message"), HINTS)
def test_refused_hints(member, hints, status, message):
    answer = member.post("/servers", body() | {"os:scheduler_hints": hints})
    assert answer.status_int == status
    assert message in answer.json["badRequest"]["message"]
    assert instances() == []


def test_group_of_another_project(callers):
    answer = callers["other"].post("/servers", body() | {"os:scheduler_hints": {"group": rows.GROUP}})
    assert answer.json["badRequest"]["message"] == f"Instance group {rows.GROUP} could not be found."


def test_reader_may_not(callers):
    assert callers["reader"].post("/servers", body()).status_int == 403


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"host": "nowhere"}, "Compute host nowhere could not be found."),
        ({"hypervisor_hostname": "nowhere"}, "Compute host nowhere could not be found."),
        ({"host": "host1", "availability_zone": "nova:host1"}, "are mutually exclusive."),
    ],
)
def test_refused_destinations(admin, values, message):
    answer = admin.at("2.74").post("/servers", body(networks="none", **values))
    assert answer.status_int == 400
    assert message in answer.json["badRequest"]["message"]


# -- what is written and sent


def test_the_answer(member):
    answer = member.post("/servers", body())
    assert answer.status_int == 202
    server = answer.json["server"]
    assert set(server) == {"id", "links", "OS-DCF:diskConfig", "security_groups", "adminPass"}
    assert len(server["adminPass"]) == 12
    assert server["OS-DCF:diskConfig"] == "MANUAL"
    assert server["security_groups"] == [{"name": "default"}]
    assert (
        answer.headers["Location"]
        == server["links"][0]["href"]
        == f"http://localhost/v2.1/servers/{server['id']}"
    )


def test_password(member, broker):
    assert member.post("/servers", body(adminPass="secret")).json["server"]["adminPass"] == "secret"
    assert broker.sent[0].arguments["admin_password"] == "secret"
    CONF.set_override("enable_instance_password", False, group="api")
    assert "adminPass" not in member.post("/servers", body()).json["server"]


def test_the_rows(member, broker):
    values = {
        "name": "Wéb Server_1",
        "description": "what it is for",
        "metadata": {"role": "web"},
        "tags": ["b", "a", "b"],
        "key_name": "mine",
        "user_data": "IyEvYmluL3No",
        "config_drive": "yes",
        "availability_zone": "nova",
        "accessIPv4": "192.0.2.1",
        "OS-DCF:diskConfig": "AUTO",
        "networks": "none",
        "security_groups": [{"name": "default"}, {"name": "web"}, {"name": "default"}],
        "flavorRef": "2",
    }
    hints = {"group": rows.GROUP, "custom": "x"}
    answer = member.at("2.104").post("/servers", body(**values) | {"os:scheduler_hints": hints})
    assert answer.status_int == 202, answer.text
    uuid = answer.json["server"]["id"]
    (row,) = instances()
    expected = {
        "uuid": uuid, "user_id": "alice", "project_id": "demo", "vm_state": "building", "task_state": "scheduling",
        "display_name": "Wéb Server_1", "display_description": "what it is for", "hostname": "wb-server-1",
        "key_name": "mine", "key_data": KEY, "user_data": "IyEvYmluL3No", "config_drive": "True", "host": None,
        "availability_zone": "nova", "pinned_availability_zone": "nova", "access_ip_v4": "192.0.2.1", "launch_index": 0,
        "auto_disk_config": True, "vcpus": 1, "memory_mb": 128, "root_gb": 1, "ephemeral_gb": 2, "flavorid": "2",
        "security_groups": ["default", "web"], "scheduler_hints": hints, "image_ref": rows.IMAGE, "locked": False,
    }  # fmt: skip
    assert {key: row[key] for key in expected} == expected
    assert row["flavor"]["memory_mb"] == 128
    assert row["reservation_id"].startswith("r-")
    assert row["system_metadata"]["image_base_image_ref"] == rows.IMAGE
    assert [(each["key"], each["value"]) for each in rows.select(models.InstanceMetadata)] == [
        ("role", "web")
    ]
    assert [each["tag"] for each in rows.select(models.Tag)] == ["a", "b"]
    assert [each["instance_uuid"] for each in rows.select(models.InstanceGroupMember)] == [uuid]
    (action,) = rows.select(models.InstanceAction)
    assert (action["action"], action["instance_uuid"], action["user_id"]) == ("create", uuid, "alice")
    assert action["request_id"] == answer.headers["x-openstack-request-id"]
    disks = [
        (each["source_type"], each["boot_index"], each["guest_format"], each["volume_size"], each["image_id"])
        for each in rows.select(models.BlockDeviceMapping)
    ]
    assert disks == [
        ("image", 0, None, None, rows.IMAGE), ("blank", -1, None, 2, None), ("blank", -1, "swap", 64, None),
    ]  # fmt: skip
    (spec,) = rows.select(models.RequestSpec)
    data = spec["spec"]["nova_object.data"]
    assert data["instance_uuid"] == uuid
    assert data["availability_zone"] == "nova"
    assert data["scheduler_hints"] == {"group": [rows.GROUP], "custom": ["x"]}
    assert data["flavor"]["nova_object.data"]["memory_mb"] == 128


def test_the_message(member, broker):
    answer = member.at("2.37").post("/servers", body(networks="none", min_count=2, max_count=2))
    (message,) = broker.sent
    assert (message.kind, message.topic, message.method) == (
        "cast",
        "conductor",
        "schedule_and_build_instances",
    )
    arguments = message.arguments
    servers = arguments["instances"]
    assert [server.display_name for server in servers] == ["web-1", "web-2"]
    assert [server.hostname for server in servers] == ["web-1", "web-2"]
    assert [server.launch_index for server in servers] == [0, 1]
    assert servers[0].uuid == answer.json["server"]["id"]
    assert [server.task_state for server in servers] == ["scheduling"] * 2
    assert {server.reservation_id for server in servers} == {instances()[0]["reservation_id"]}
    assert [server.id for server in servers] == [row["id"] for row in instances()]
    assert servers[0].flavor.flavorid == "1"
    spec = arguments["request_spec"]
    assert (spec.num_instances, spec.flavor.flavorid, spec.image.id) == (2, "1", rows.IMAGE)
    assert arguments["requested_networks"].no_allocate
    assert len(arguments["block_device_mappings"]) == 2
    for server, disks in zip(servers, arguments["block_device_mappings"], strict=True):
        (root,) = disks
        assert (root.instance_uuid, root.is_root, root.image_id) == (server.uuid, True, rows.IMAGE)


def test_reservation_id(member):
    answer = member.post("/servers", body(min_count=2, return_reservation_id=True))
    assert answer.status_int == 202
    assert set(answer.json) == {"reservation_id"}
    assert {row["reservation_id"] for row in instances()} == {answer.json["reservation_id"]}


def test_as_many_as_fit(member, broker):
    CONF.set_override("instances", 3, group="quota")
    assert member.post("/servers", body(min_count=2, max_count=5)).status_int == 202
    assert [row["display_name"] for row in instances()] == ["web-1", "web-2", "web-3"]
    assert broker.sent[0].arguments["request_spec"].num_instances == 3
    answer = member.post("/servers", body())
    assert answer.status_int == 403
    assert answer.json["forbidden"]["message"] == (
        "Quota exceeded for instances: Requested 1, but already used 3 of 3 instances"
    )


def test_long_names_are_numbered(member):
    assert member.post("/servers", body(name="x" * 255, min_count=2)).status_int == 202
    assert [row["display_name"] for row in instances()] == ["x" * 253 + "-1", "x" * 253 + "-2"]


def test_group_members_quota(member):
    CONF.set_override("server_group_members", 1, group="quota")
    hints = {"os:scheduler_hints": {"group": rows.GROUP}}
    assert member.post("/servers", body() | hints).status_int == 202
    answer = member.post("/servers", body() | hints)
    assert answer.status_int == 403
    assert answer.json["forbidden"]["message"] == "Quota exceeded, too many servers in group"
    assert len(instances()) == 1


@pytest.mark.parametrize("scope", ["project", "global"])
def test_unique_names(callers, scope):
    CONF.set_override("osapi_compute_unique_server_name_scope", scope)
    assert callers["member"].post("/servers", body()).status_int == 202
    answer = callers["member"].post("/servers", body(name="WEB"))
    assert answer.status_int == 409
    assert answer.json["conflictingRequest"]["message"] == "Instance web already exists."
    assert callers["other"].post("/servers", body()).status_int == (202 if scope == "project" else 409)


def test_forced_host(admin, broker):
    assert admin.post("/servers", body(availability_zone="nova:host1:node-host1")).status_int == 202
    spec = broker.sent[0].arguments["request_spec"]
    assert (spec.availability_zone, spec.force_hosts, spec.force_nodes) == ("nova", ["host1"], ["node-host1"])
    assert admin.post("/servers", body(availability_zone="nova::node-host1")).status_int == 202
    spec = broker.sent[1].arguments["request_spec"]
    assert (spec.force_hosts, spec.force_nodes) == ([], ["node-host1"])


def test_requested_destination(admin, broker):
    wish = body(host="host1", hypervisor_hostname="node-host1", networks="none")
    assert admin.at("2.74").post("/servers", wish).status_int == 202
    spec = broker.sent[0].arguments["request_spec"]
    assert spec.requested_destination == {"host": "host1", "node": "node-host1"}
    assert spec.force_hosts == []


@pytest.mark.parametrize(
    ("version", "given", "expected"), [(90, "db1", "db1"), (94, "db1.example.org", "db1.example.org")]
)
def test_hostname(member, version, given, expected):
    assert member.at(f"2.{version}").post("/servers", body(hostname=given, networks="none")).status_int == 202
    assert instances()[0]["hostname"] == expected


def test_description_before_2_19_is_the_name(member):
    member.post("/servers", body())
    assert instances()[0]["display_description"] == "web"


def test_description_since_2_19(member):
    member.at("2.19").post("/servers", body())
    assert instances()[0]["display_description"] is None


def test_zero_disk_flavor_for_administrators(admin):
    assert admin.post("/servers", body(flavorRef="zero")).status_int == 202


@pytest.mark.parametrize(("said", "asked", "expected"), [
    ("true", None, True), ("true", "MANUAL", False), ("false", "AUTO", True), (None, None, False),
])  # fmt: skip
def test_disk_config(member, said, asked, expected):
    rows.image(UNKNOWN, properties={"auto_disk_config": said} if said else None)
    values = {"imageRef": UNKNOWN} | ({"OS-DCF:diskConfig": asked} if asked else {})
    assert member.post("/servers", body(**values)).status_int == 202
    assert instances()[0]["auto_disk_config"] is expected


def test_image_that_no_machine_can_run(member):
    rows.image(UNKNOWN, properties={"hw_disk_bus": "warp"})
    answer = member.post("/servers", body(imageRef=UNKNOWN))
    assert answer.status_int == 400
    assert "hw_disk_bus" in answer.json["badRequest"]["message"]


def test_the_broker_is_away(member, broker):
    broker.away = True
    answer = member.post("/servers", body(metadata={"a": "b"}))
    assert answer.status_int == 503
    assert answer.headers["Retry-After"]
    for model in (Instance, models.InstanceAction, models.RequestSpec, models.BlockDeviceMapping,
                  models.InstanceMetadata):  # fmt: skip
        assert rows.select(model) == []


def test_the_image_as_openstackclient_names_it(member):
    root = ROOT | {"delete_on_termination": True}
    wish = body(networks="auto", min_count=1, max_count=1, block_device_mapping_v2=[root])
    assert member.at("2.100").post("/servers", wish).status_int == 202
    (disk,) = rows.select(models.BlockDeviceMapping)
    assert (disk["boot_index"], disk["delete_on_termination"], disk["image_id"]) == (0, True, rows.IMAGE)


def test_flavor_as_a_link(member):
    assert member.post("/servers", body(flavorRef="http://localhost/flavors/2")).status_int == 202
    assert instances()[0]["flavorid"] == "2"


def test_a_backslash_is_no_nul(member):
    assert member.post("/servers", body(metadata={"k": "\\u0000"})).status_int == 202
    assert rows.select(models.InstanceMetadata)[0]["value"] == "\\u0000"


def test_project_in_the_url(member):
    caller = dataclasses.replace(member, token="member:alice:abc123")
    answer = caller.post("/abc123/servers", body())
    assert answer.json["server"]["links"][0]["href"].startswith("http://localhost/v2.1/abc123/servers/")
    answer = caller.post("/abcdef/servers", body())
    assert answer.status_int == 400
    assert answer.json["badRequest"]["message"].startswith("Malformed request URL")
