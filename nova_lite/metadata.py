"""What a server is told about itself: the files of the config drive and of the metadata service.

Layout and keys are Nova's (its "Metadata" user guide, the OpenStack and EC2 formats); `network_data.json` is
as in doc/api_schemas/network_data.json there. The config drive (virt/libvirt/configdrive.py) and the metadata
service serve the same content, but only the config drive holds the admin password.
"""

import base64
import binascii
import ipaddress
import json
import os
from collections.abc import Sequence
from typing import Any

from nova_lite import exception
from nova_lite.conf import CONF

#: Versions of the OpenStack layout, oldest first; the date is what a file's `since` is compared to.
OPENSTACK_VERSIONS = (
    "2012-08-10", "2013-04-04", "2013-10-17", "2015-10-15", "2016-06-30", "2016-10-06", "2017-02-22",
    "2018-08-27", "2020-10-14", "2025-04-04",
)  # fmt: skip
LATEST = "latest"
#: Versions of the EC2 layout that a config drive holds; the metadata service has older ones too.
EC2_CONFIG_DRIVE_VERSIONS = ("2009-04-04", LATEST)

#: Keys of meta_data.json that came after the first version.
_SINCE = {
    "random_seed": "2013-04-04",
    "project_id": "2015-10-15",
    "devices": "2016-06-30",
    "dedicated_cpus": "2020-10-14",
}
RANDOM_SEED_BYTES = 512

#: Types of links that network_data.json knows by name; any other is a physical NIC.
_LINK_TYPES = {"bridge", "dvs", "hw_veb", "hyperv", "ovs", "tap", "vhostuser", "vif"}
#: `ipv6_address_mode` of a subnet → type of its network.
_IPV6_DHCP = {
    "slaac": "ipv6_slaac",
    "dhcpv6-stateless": "ipv6_dhcpv6-stateless",
    "dhcpv6-stateful": "ipv6_dhcpv6-stateful",
}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


def ec2_instance_id(instance) -> str:
    """Return the server's EC2 id, `i-` and eight hexadecimal digits."""
    return f"i-{instance.id:08x}"


def ec2_image_id(image_id: str | None, kind: str = "ami") -> str:
    """Return an image's EC2 id, made of the beginning of its uuid."""
    return f"{kind}-{(image_id or '00000000').replace('-', '')[:8]}"


def hostname(instance) -> str:
    """Return the server's host name with `[api] dhcp_domain`."""
    name = instance.hostname or ec2_instance_id(instance)
    return f"{name}.{CONF.api.dhcp_domain}" if CONF.api.dhcp_domain else name


def vendor_data() -> dict:
    """Return the object in `[api] vendordata_jsonfile_path`; {} when unset.

    Raises:
        ConfigurationError: the file cannot be read or does not hold a JSON object.
    """
    path = CONF.api.vendordata_jsonfile_path
    if not path:
        return {}
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError) as error:
        raise exception.ConfigurationError(
            reason=f"[api] vendordata_jsonfile_path: {path}: {error}"
        ) from error
    if not isinstance(found, dict):
        raise exception.ConfigurationError(reason=f"[api] vendordata_jsonfile_path: {path} is no JSON object")
    return found


# -- the network


def _routes(subnet: dict, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> list[dict]:
    routes = []
    gateway = (subnet.get("gateway") or {}).get("address")
    if gateway:
        anywhere = ipaddress.ip_network("0.0.0.0/0" if network.version == 4 else "::/0")
        routes.append(
            {"network": str(anywhere.network_address), "netmask": str(anywhere.netmask), "gateway": gateway}
        )
    for route in subnet.get("routes") or []:
        to = ipaddress.ip_network(route["cidr"], strict=False)
        routes.append(
            {
                "network": str(to.network_address),
                "netmask": str(to.netmask),
                "gateway": (route.get("gateway") or {}).get("address"),
            }
        )
    return routes


def _networks(vif: dict, link: str, first: int) -> list[dict]:
    """Return the networks of one NIC, numbered from `first`."""
    made: list[dict] = []
    network = vif.get("network") or {}
    for subnet in network.get("subnets") or []:
        prefix = ipaddress.ip_network(subnet["cidr"], strict=False)
        meta = subnet.get("meta") or {}
        base = {"id": f"network{first + len(made)}", "link": link, "network_id": network.get("id")}
        mode = meta.get("ipv6_address_mode")
        if prefix.version == 6 and mode in _IPV6_DHCP:
            made.append(base | {"type": _IPV6_DHCP[mode]})
        elif meta.get("dhcp_server"):
            made.append(base | {"type": f"ipv{prefix.version}_dhcp"})
        else:
            services = [{"type": "dns", "address": dns["address"]} for dns in subnet.get("dns") or []]
            for ip in subnet.get("ips") or []:
                made.append(
                    base
                    | {
                        "id": f"network{first + len(made)}",
                        "type": f"ipv{prefix.version}",
                        "ip_address": ip["address"],
                        "netmask": str(prefix.netmask),
                        "routes": _routes(subnet, prefix),
                        "services": services,
                    }
                )
    return made


def network_data(network_info: Sequence[dict] | None) -> dict:
    """Return the content of network_data.json: links, networks and services of a list of VIF dictionaries."""
    links: list[dict] = []
    networks: list[dict] = []
    services: list[dict] = []
    for vif in network_info or []:
        link = vif.get("devname") or f"tap{vif['id']}"[:14]
        kind = vif.get("type")
        links.append(
            {
                "id": link,
                "vif_id": vif["id"],
                "type": kind if kind in _LINK_TYPES else "phy",
                "mtu": ((vif.get("network") or {}).get("meta") or {}).get("mtu"),
                "ethernet_mac_address": vif.get("address"),
            }
        )
        networks.extend(_networks(vif, link, len(networks)))
        for subnet in (vif.get("network") or {}).get("subnets") or []:
            for dns in subnet.get("dns") or []:
                service = {"type": "dns", "address": dns["address"]}
                if service not in services:
                    services.append(service)
    return {"links": links, "networks": networks, "services": services}


def _addresses(network_info: Sequence[dict] | None) -> tuple[list[str], list[str]]:
    """Return the fixed and the floating IPv4 addresses."""
    fixed: list[str] = []
    floating: list[str] = []
    for vif in network_info or []:
        for subnet in (vif.get("network") or {}).get("subnets") or []:
            for ip in subnet.get("ips") or []:
                if ipaddress.ip_address(ip["address"]).version == 4:
                    fixed.append(ip["address"])
                    floating.extend(each["address"] for each in ip.get("floating_ips") or [])
    return fixed, floating


# -- the files


class InstanceMetadata:
    """The metadata of one server.

    Args:
        instance: an objects.Instance.
        network_info: its VIF dictionaries.
        admin_password: for the config drive only.
        files: (path in the guest, content) of the personality files.
        devices: objects of tagged devices (`devices` of meta_data.json).
    """

    def __init__(
        self,
        instance,
        network_info: Sequence[dict] | None = None,
        admin_password: str | None = None,
        files: Sequence[tuple[str, bytes]] = (),
        devices: Sequence[dict] = (),
    ):
        self.instance = instance
        self.network_info = network_info or []
        self._admin_password = admin_password
        self._devices = list(devices)
        self._seed = base64.b64encode(os.urandom(RANDOM_SEED_BYTES)).decode()
        self._content = {f"{number:04d}": content for number, (_path, content) in enumerate(files)}
        self._files = [
            {"content_path": f"/content/{number:04d}", "path": path}
            for number, (path, _content) in enumerate(files)
        ]

    def user_data(self) -> bytes | None:
        """Return the user data as the user gave it."""
        if not self.instance.user_data:
            return None
        try:
            return base64.b64decode(self.instance.user_data)
        except (binascii.Error, ValueError):
            raise exception.InstanceUserDataMalformed from None

    def meta_data(self, version: str = LATEST) -> dict:
        """Return the content of openstack/VERSION/meta_data.json."""
        instance = self.instance
        content: dict[str, Any] = {"uuid": instance.uuid}
        if instance.metadata:
            content["meta"] = dict(instance.metadata)
        if self._files:
            content["files"] = self._files
        if self._admin_password is not None:
            content["admin_pass"] = self._admin_password
        if instance.key_name:
            content["public_keys"] = {instance.key_name: instance.key_data}
            content["keys"] = [{"name": instance.key_name, "type": "ssh", "data": instance.key_data}]
        content |= {
            "hostname": hostname(instance),
            "name": instance.display_name,
            "launch_index": instance.launch_index or 0,
            "availability_zone": instance.availability_zone,
            "random_seed": self._seed,
            "project_id": instance.project_id,
            "devices": self._devices,
            "dedicated_cpus": [],
        }
        if version == LATEST:
            return content
        return {key: value for key, value in content.items() if _SINCE.get(key, "") <= version}

    def ec2(self) -> dict:
        """Return the EC2 tree of this server, without user-data; the metadata service serves its leaves."""
        instance = self.instance
        fixed, floating = _addresses(self.network_info)
        root = instance.root_device_name or "/dev/vda"
        name = hostname(instance)
        content: dict[str, Any] = {
            "ami-id": ec2_image_id(instance.image_ref),
            "ami-launch-index": instance.launch_index or 0,
            "ami-manifest-path": "FIXME",  # the word that Nova answers, and that clients may compare
            "block-device-mapping": {"ami": root.removeprefix("/dev/"), "root": root},
            "hostname": name,
            "instance-action": "none",
            "instance-id": ec2_instance_id(instance),
            "instance-type": instance.flavor.name,
            "local-hostname": name,
            "local-ipv4": fixed[0] if fixed else None,
            "placement": {"availability-zone": instance.availability_zone},
            "public-hostname": name,
            "public-ipv4": floating[0] if floating else "",
            "reservation-id": instance.reservation_id,
            "security-groups": [
                group["name"] if isinstance(group, dict) else group
                for group in instance.security_groups or []
            ],
        }
        if instance.kernel_id:
            content["kernel-id"] = ec2_image_id(instance.kernel_id, "aki")
        if instance.ramdisk_id:
            content["ramdisk-id"] = ec2_image_id(instance.ramdisk_id, "ari")
        if instance.key_name:
            content["public-keys"] = {
                "0": {"_name": f"0={instance.key_name}", "openssh-key": instance.key_data}
            }
        return content

    def openstack(self, version: str = LATEST) -> dict[str, bytes]:
        """Return the files of openstack/VERSION/: name → content."""
        files = {"meta_data.json": _json(self.meta_data(version))}
        user_data = self.user_data()
        if user_data is not None:
            files["user_data"] = user_data
        since = {
            "vendor_data.json": ("2013-10-17", vendor_data),
            "network_data.json": ("2015-10-15", lambda: network_data(self.network_info)),
            "vendor_data2.json": ("2016-10-06", lambda: {"static": vendor_data()}),
        }
        for name, (first, content) in since.items():
            if version == LATEST or version >= first:
                files[name] = _json(content())
        return files

    def content(self, number: str) -> bytes:
        """Return a personality file.

        Raises:
            KeyError: there is no such file.
        """
        return self._content[number]

    def files(self) -> dict[str, bytes]:
        """Return all files of a config drive: path → content."""
        made: dict[str, bytes] = {}
        user_data = self.user_data()
        for version in EC2_CONFIG_DRIVE_VERSIONS:
            made[f"ec2/{version}/meta-data.json"] = _json(self.ec2())
            if user_data is not None:
                made[f"ec2/{version}/user-data"] = user_data
        for version in (*OPENSTACK_VERSIONS, LATEST):
            for name, content in self.openstack(version).items():
                made[f"openstack/{version}/{name}"] = content
        for number, content in self._content.items():
            made[f"openstack/content/{number}"] = content
        return made
