"""What server records show, at the edges of each microversion and to each kind of caller."""

import datetime as dt
import hashlib

import pytest

from nova_lite.conf import CONF
from nova_lite.db import models
from tests.support import rows

BASE = {
    "id", "name", "status", "tenant_id", "user_id", "metadata", "hostId", "image", "flavor", "created", "updated",
    "addresses", "accessIPv4", "accessIPv6", "links", "OS-DCF:diskConfig", "progress", "OS-EXT-AZ:availability_zone",
    "config_drive", "key_name", "OS-SRV-USG:launched_at", "OS-SRV-USG:terminated_at", "OS-EXT-STS:task_state",
    "OS-EXT-STS:vm_state", "OS-EXT-STS:power_state", "os-extended-volumes:volumes_attached",
}  # fmt: skip
ADMIN = {
    1: {"OS-EXT-SRV-ATTR:host", "OS-EXT-SRV-ATTR:hypervisor_hostname", "OS-EXT-SRV-ATTR:instance_name"},
    3: {
        "OS-EXT-SRV-ATTR:hostname", "OS-EXT-SRV-ATTR:kernel_id", "OS-EXT-SRV-ATTR:ramdisk_id",
        "OS-EXT-SRV-ATTR:launch_index", "OS-EXT-SRV-ATTR:reservation_id", "OS-EXT-SRV-ATTR:root_device_name",
        "OS-EXT-SRV-ATTR:user_data",
    },
    16: {"host_status"},
}  # fmt: skip
ALL = {
    9: {"locked"},
    19: {"description"},
    26: {"tags"},
    63: {"trusted_image_certificates"},
    71: {"server_groups"},
    73: {"locked_reason"},
    90: {"OS-EXT-SRV-ATTR:hostname"},
    96: {"pinned_availability_zone"},
    100: {"scheduler_hints"},
}
EDGES = sorted({1, 2, 104} | {edge + step for edge in (*ALL, 3, 16, 47, 75, 98) for step in (-1, 0)})
#: What the answer to PUT leaves out before 2.75.
NOT_AFTER_PUT = {
    "OS-EXT-AZ:availability_zone", "config_drive", "key_name", "OS-SRV-USG:launched_at", "OS-SRV-USG:terminated_at",
    "OS-EXT-STS:task_state", "OS-EXT-STS:vm_state", "OS-EXT-STS:power_state", "os-extended-volumes:volumes_attached",
    "host_status", *ADMIN[1], *ADMIN[3],
}  # fmt: skip


def expected(version, *, admin=False, one=True):
    keys = set(BASE)
    for since, more in ALL.items():
        keys |= more if since <= version else set()
    for since, more in ADMIN.items():
        keys |= more if admin and since <= version else set()
    return keys if one else keys - {"server_groups"}


@pytest.fixture
def server(broker):
    rows.service("host1")
    return rows.server()


@pytest.mark.parametrize("version", EDGES)
def test_keys(callers, server, version):
    for name in ("member", "reader", "admin"):
        caller = callers[name].at(f"2.{version}")
        shown = caller.get(f"/servers/{server}").json["server"]
        assert set(shown) == expected(version, admin=name == "admin")
        (listed,) = caller.get(
            "/servers/detail?all_tenants=1" if name == "admin" else "/servers/detail"
        ).json["servers"]
        assert set(listed) == expected(version, admin=name == "admin", one=False)
        shown.pop("server_groups", None)
        assert listed == shown


@pytest.mark.parametrize("version", EDGES)
def test_keys_after_put(callers, server, version):
    for name in ("member", "admin"):
        answer = callers[name].at(f"2.{version}").put(f"/servers/{server}", {"server": {"name": "new"}})
        assert answer.status_int == 200
        assert answer.json["server"]["name"] == "new"
        keys = expected(version, admin=name == "admin")
        assert set(answer.json["server"]) == (keys if version >= 75 else keys - NOT_AFTER_PUT)


def test_brief(member, server):
    (brief,) = member.at("2.100").get("/servers").json["servers"]
    assert set(brief) == {"id", "name", "links"}


def one(caller, server, version):
    return caller.at(f"2.{version}").get(f"/servers/{server}").json["server"]


def test_values(admin, broker):
    CONF.set_override("instance_name_template", "instance-%(uuid)s")
    server = rows.server(user_data="dGVzdA==", root_device_name="/dev/vda", trusted_certs=["c"], locked_reason="r",
                         pinned_availability_zone="z", scheduler_hints={"a": "b"}, locked=True)  # fmt: skip
    record = one(admin, server, 104)
    want = {
        "status": "ACTIVE", "created": "2026-01-31T12:00:00Z", "updated": "2026-01-31T12:00:00Z",
        "OS-SRV-USG:launched_at": "2026-01-31T12:00:00.123456", "OS-SRV-USG:terminated_at": None, "config_drive": "",
        "hostId": hashlib.sha224(b"demohost1").hexdigest(), "OS-EXT-SRV-ATTR:user_data": "dGVzdA==",
        "OS-EXT-SRV-ATTR:root_device_name": "/dev/vda", "OS-EXT-SRV-ATTR:instance_name": f"instance-{server}",
        "trusted_image_certificates": ["c"], "locked": True, "locked_reason": "r", "pinned_availability_zone": "z",
        "scheduler_hints": {"a": "b"}, "progress": 0, "key_name": None, "OS-EXT-SRV-ATTR:kernel_id": "",
        "accessIPv4": "", "host_status": "", "tenant_id": "demo", "user_id": "alice", "OS-EXT-STS:power_state": 1,
    }  # fmt: skip
    assert {key: record[key] for key in want} == want


def test_flavor(member, admin, server):
    assert one(member, server, 46)["flavor"] == {
        "id": "1",
        "links": [{"rel": "bookmark", "href": "http://localhost/flavors/1"}],
    }
    flavor = one(member, server, 47)["flavor"]
    assert flavor == {
        "vcpus": 1, "ram": 64, "disk": 1, "ephemeral": 0, "swap": 0, "original_name": "flavor-1",
        "extra_specs": {"hw:cpu_policy": "shared"},
    }  # fmt: skip


def test_image(member, server):
    link = {"id": rows.IMAGE, "links": [{"rel": "bookmark", "href": f"http://localhost/images/{rows.IMAGE}"}]}
    assert one(member, server, 97)["image"] == link
    assert one(member, server, 98)["image"] == link | {
        "properties": {"min_ram": "0", "base_image_ref": rows.IMAGE}
    }
    volume_booted = rows.server(image_ref="")
    assert one(member, volume_booted, 98)["image"] == ""


NETWORK_INFO = [
    {
        "address": "fa:16:3e:00:00:01",
        "network": {
            "label": "private",
            "subnets": [
                {
                    "ips": [
                        {
                            "address": "10.0.0.5",
                            "version": 4,
                            "floating_ips": [{"address": "192.0.2.5", "version": 4}],
                        }
                    ]
                },
                {"ips": [{"address": "fd00::5", "version": 6}]},
            ],
        },
    }
]


def test_addresses(member, broker):
    server = rows.server(network_info=NETWORK_INFO, security_groups=["default", "web", "web"])
    mac = {"OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:01"}
    record = one(member, server, 1)
    assert record["addresses"] == {
        "private": [
            {"version": 4, "addr": "10.0.0.5", "OS-EXT-IPS:type": "fixed"} | mac,
            {"version": 4, "addr": "192.0.2.5", "OS-EXT-IPS:type": "floating"} | mac,
            {"version": 6, "addr": "fd00::5", "OS-EXT-IPS:type": "fixed"} | mac,
        ]
    }
    assert record["security_groups"] == [{"name": "default"}, {"name": "web"}]
    plain = [
        {"version": 4, "addr": "10.0.0.5"}, {"version": 4, "addr": "192.0.2.5"}, {"version": 6, "addr": "fd00::5"}
    ]  # fmt: skip
    assert member.get(f"/servers/{server}/ips").json == {"addresses": {"private": plain}}
    assert member.get(f"/servers/{server}/ips/private").json == {"private": plain}
    answer = member.get(f"/servers/{server}/ips/public")
    assert answer.status_int == 404
    assert answer.json["itemNotFound"]["message"] == "Instance is not a member of specified network"
    old = member.at("2.74").put(f"/servers/{server}", {"server": {}}).json["server"]
    assert old["addresses"] == {"private": plain}
    new = member.at("2.75").put(f"/servers/{server}", {"server": {}}).json["server"]
    assert new["addresses"] == record["addresses"]
    found = member.get("/servers?ip=10.0.0").json["servers"]
    assert [each["id"] for each in found] == [server]
    assert member.get("/servers?ip=^192").json["servers"] == []
    assert member.at("2.5").get("/servers?ip6=fd00").json["servers"] == found
    assert member.at("2.4").get("/servers?ip6=nothing").json["servers"] == found


def test_volumes(member, server):
    volume = "66666666-6666-4666-8666-666666666666"
    for target, volume_id in (("volume", volume), ("local", None)):
        rows.insert(models.BlockDeviceMapping, uuid=target, instance_uuid=server, source_type="volume",
                    destination_type=target, volume_id=volume_id, delete_on_termination=True)  # fmt: skip
    key = "os-extended-volumes:volumes_attached"
    assert one(member, server, 2)[key] == [{"id": volume}]
    assert one(member, server, 3)[key] == [{"id": volume, "delete_on_termination": True}]


@pytest.mark.parametrize(
    ("vm_state", "code", "shown", "details"),
    [
        ("error", 500, True, {"admin"}),
        ("error", 404, True, {"admin", "member"}),
        ("active", 500, False, set()),
    ],
)
def test_fault(callers, broker, vm_state, code, shown, details):
    server = rows.server(vm_state=vm_state)
    for message in ("first", "last"):
        rows.insert(models.InstanceFault, instance_uuid=server, code=code, message=message, details="trace",
                    created_at=rows.NOW)  # fmt: skip
    for name in ("member", "admin"):
        record = one(callers[name], server, 1)
        assert ("fault" in record) == shown
        if shown:
            want = {"code": code, "created": "2026-01-31T12:00:00Z", "message": "last"}
            assert record["fault"] == want | ({"details": "trace"} if name in details else {})
            assert "progress" not in record


LONG_AGO = dt.datetime(2020, 1, 1)


@pytest.mark.parametrize(
    ("service", "status"),
    [
        ({}, "UP"),
        ({"disabled": True}, "MAINTENANCE"),
        ({"forced_down": True}, "DOWN"),
        ({"last_seen_up": LONG_AGO}, "UNKNOWN"),
    ],
)
def test_host_status(callers, broker, service, status):
    rows.service("host1", **service)
    server = rows.server()
    assert one(callers["admin"], server, 16)["host_status"] == status
    assert "host_status" not in one(callers["member"], server, 16)
    assert one(callers["admin"], rows.server(host=None), 16)["host_status"] == ""


@pytest.mark.parametrize(("rule", "seen"), [
    ("show:host_status:unknown-only", {"UNKNOWN"}), ("show:host_status", {"UP", "UNKNOWN"}),
])  # fmt: skip
def test_host_status_by_policy(member, broker, tmp_path, rule, seen):
    from nova_lite import policy

    (tmp_path / "policy.yaml").write_text(f'"os_compute_api:servers:{rule}": "role:member"\n')
    CONF.set_override("policy_file", str(tmp_path / "policy.yaml"), group="oslo_policy")
    policy.reset()
    rows.service("host1")
    rows.service("host2", last_seen_up=LONG_AGO)
    for host, status in (("host1", "UP"), ("host2", "UNKNOWN")):
        record = one(member, rows.server(host=host), 16)
        assert record.get("host_status") == (status if status in seen else None)


def test_groups(member, server):
    rows.insert(models.InstanceGroup, id=7, uuid=rows.GROUP, project_id="demo", name="g")
    rows.insert(models.InstanceGroupMember, group_id=7, instance_uuid=server)
    assert one(member, server, 71)["server_groups"] == [rows.GROUP]


def test_link_prefixes(member, server):
    CONF.set_override("compute_link_prefix", "https://cloud.example.org/nova", group="api")
    CONF.set_override("glance_link_prefix", "https://images.example.org", group="api")
    record = one(member, server, 1)
    assert [link["href"] for link in record["links"]] == [
        f"https://cloud.example.org/nova/v2.1/servers/{server}",
        f"https://cloud.example.org/nova/servers/{server}",
    ]
    assert record["image"]["links"][0]["href"] == f"https://images.example.org/images/{rows.IMAGE}"


@pytest.mark.parametrize("path", ["", "/ips", "/metadata", "/os-instance-actions"])
def test_not_found(callers, server, path):
    unknown = "77777777-7777-4777-8777-777777777777"
    for name, server_id in (
        ("member", unknown),
        ("member", "cirros"),
        ("other", server),
        ("admin", "x" * 300),
    ):
        answer = callers[name].get(f"/servers/{server_id}{path}")
        assert answer.status_int == 404
        assert answer.json["itemNotFound"]["message"] == f"Instance {server_id} could not be found."
    assert callers["admin"].get(f"/servers/{server}{path}").status_int == 200


def test_deleted_is_not_found(callers, broker):
    server = rows.server(deleted=1, vm_state="deleted")
    for name in ("member", "admin"):
        assert callers[name].get(f"/servers/{server}").status_int == 404


@pytest.mark.parametrize(
    "path",
    ["", "/metadata", "/metadata/k", "/ips", "/tags", "/os-security-groups", "/os-instance-actions/req-1"],
)
def test_queries_that_say_nothing(member, server, path):
    """Where no parameter means anything, all are let through until 2.101, and refused from 2.102."""
    assert member.at("2.101").get(f"/servers/{server}{path}?shoe_size=44").status_int in (200, 404)
    answer = member.at("2.102").get(f"/servers/{server}{path}?shoe_size=44")
    assert answer.status_int == 400
    assert "shoe_size" in answer.json["badRequest"]["message"]


def test_security_groups(callers, server):
    path = f"/servers/{server}/os-security-groups"
    assert callers["member"].get(path).json == {"security_groups": []}
    assert callers["other"].get(path).status_int == 404
