import base64
import json

import pytest

from nova_lite import exception, metadata
from nova_lite.conf import CONF
from tests.support import virt


@pytest.fixture
def instance():
    return virt.an_instance(
        virt.an_image("abcdef01-0000-0000-0000-000000000000"),
        id=42, hostname="web", display_name="Web 1", metadata={"role": "db"}, launch_index=3, key_name="alice",
        key_data="ssh-ed25519 AAAA alice", user_data=base64.b64encode(b"#!/bin/sh\n").decode(),
        reservation_id="r-1", security_groups=[{"name": "default"}],
    )  # fmt: skip


def _json(files, name):
    return json.loads(files[name])


def test_versions_hold_what_they_held(instance):
    files = metadata.InstanceMetadata(instance, [virt.a_vif()]).files()
    names = {version: {name.rpartition("/")[2] for name in files if name.startswith(f"openstack/{version}/")}
             for version in (*metadata.OPENSTACK_VERSIONS, "latest")}  # fmt: skip
    assert names["2012-08-10"] == {"meta_data.json", "user_data"}
    assert names["2013-10-17"] == {"meta_data.json", "user_data", "vendor_data.json"}
    assert names["2015-10-15"] == {"meta_data.json", "user_data", "vendor_data.json", "network_data.json"}
    assert names["2016-10-06"] == names["latest"] == names["2015-10-15"] | {"vendor_data2.json"}
    assert "random_seed" not in _json(files, "openstack/2012-08-10/meta_data.json")
    assert "project_id" not in _json(files, "openstack/2013-10-17/meta_data.json")
    assert "devices" not in _json(files, "openstack/2015-10-15/meta_data.json")
    assert "dedicated_cpus" in _json(files, "openstack/2020-10-14/meta_data.json")
    assert "dedicated_cpus" not in _json(files, "openstack/2018-08-27/meta_data.json")


def test_meta_data(instance):
    files = metadata.InstanceMetadata(instance, admin_password="s3cret", files=[("/etc/motd", b"hi")]).files()
    found = _json(files, "openstack/latest/meta_data.json")
    assert len(base64.b64decode(found.pop("random_seed"))) == 512
    assert found == {
        "uuid": instance.uuid,
        "name": "Web 1",
        "hostname": "web.novalocal",
        "launch_index": 3,
        "availability_zone": "nova",
        "project_id": "project-1",
        "meta": {"role": "db"},
        "admin_pass": "s3cret",
        "public_keys": {"alice": "ssh-ed25519 AAAA alice"},
        "keys": [{"name": "alice", "type": "ssh", "data": "ssh-ed25519 AAAA alice"}],
        "files": [{"content_path": "/content/0000", "path": "/etc/motd"}],
        "devices": [],
        "dedicated_cpus": [],
    }
    assert files["openstack/content/0000"] == b"hi"
    assert files["openstack/latest/user_data"] == files["ec2/latest/user-data"] == b"#!/bin/sh\n"


def test_metadata_service_has_no_password(instance):
    assert b"admin_pass" not in metadata.InstanceMetadata(instance).openstack()["meta_data.json"]


def test_ec2(instance):
    found = _json(
        metadata.InstanceMetadata(instance, [virt.a_vif()]).files(), "ec2/2009-04-04/meta-data.json"
    )
    assert found["instance-id"] == "i-0000002a"
    assert found["ami-id"] == "ami-abcdef01"
    assert (found["local-ipv4"], found["public-ipv4"]) == ("10.0.0.5", "192.0.2.9")
    assert found["block-device-mapping"] == {"ami": "vda", "root": "/dev/vda"}
    assert found["security-groups"] == ["default"]
    assert found["public-keys"]["0"]["openssh-key"] == "ssh-ed25519 AAAA alice"


def test_static_addresses():
    found = metadata.network_data([virt.a_vif()])
    assert found["links"] == [
        {
            "id": "tapaaaaaaaa-bb",
            "vif_id": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "type": "bridge",
            "mtu": 1450,
            "ethernet_mac_address": "fa:16:3e:00:00:01",
        }
    ]
    dns = {"type": "dns", "address": "10.0.0.2"}
    assert found["services"] == [dns]
    assert found["networks"] == [
        {
            "id": "network0",
            "link": "tapaaaaaaaa-bb",
            "type": "ipv4",
            "network_id": "99999999-0000-0000-0000-000000000000",
            "ip_address": "10.0.0.5",
            "netmask": "255.255.255.0",
            "routes": [{"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "10.0.0.1"}],
            "services": [dns],
        }
    ]


def test_dhcp_and_ipv6():
    vif = virt.a_vif()
    vif["network"]["subnets"][0]["meta"] = {"dhcp_server": "10.0.0.2"}
    vif["network"]["subnets"] += [
        {
            "cidr": "2001:db8::/64",
            "ips": [{"address": "2001:db8::5"}],
            "meta": {"ipv6_address_mode": "slaac"},
        },
        {
            "cidr": "2001:db8:1::/64",
            "ips": [{"address": "2001:db8:1::5"}],
            "gateway": {"address": "2001:db8:1::1"},
        },
    ]
    networks = metadata.network_data([vif])["networks"]
    assert [(each["id"], each["type"]) for each in networks] == [
        ("network0", "ipv4_dhcp"), ("network1", "ipv6_slaac"), ("network2", "ipv6"),
    ]  # fmt: skip
    assert networks[2]["routes"] == [{"network": "::", "netmask": "::", "gateway": "2001:db8:1::1"}]


def test_without_network():
    assert metadata.network_data(None) == {"links": [], "networks": [], "services": []}


def test_vendor_data(instance, tmp_path):
    (tmp_path / "vendor.json").write_text('{"cloud": "lab"}')
    CONF.set_override("vendordata_jsonfile_path", str(tmp_path / "vendor.json"), "api")
    try:
        files = metadata.InstanceMetadata(instance).openstack()
        assert json.loads(files["vendor_data.json"]) == {"cloud": "lab"}
        assert json.loads(files["vendor_data2.json"]) == {"static": {"cloud": "lab"}}
        (tmp_path / "vendor.json").write_text("[]")
        with pytest.raises(exception.ConfigurationError, match="vendordata_jsonfile_path"):
            metadata.vendor_data()
    finally:
        CONF.clear_override("vendordata_jsonfile_path", "api")


def test_user_data_that_is_no_base64():
    with pytest.raises(exception.InstanceUserDataMalformed):
        metadata.InstanceMetadata(virt.an_instance(user_data="x")).user_data()
