"""What server records show: every key, its versions, and who may see it.

Behaviour: https://docs.openstack.org/api-ref/compute/#show-server-details. A row is a dictionary that
`db.server_lists` made.
"""

import dataclasses
import functools
import hashlib
from urllib.parse import quote

from nova_lite import servicegroup
from nova_lite.api.openstack import links, times
from nova_lite.api.openstack.compute.server_status import status
from nova_lite.api.openstack.compute.views import addresses
from nova_lite.api.views import ABSENT, Field, View
from nova_lite.conf import CONF
from nova_lite.db.server_lists import FAULTY, Wants
from nova_lite.objects.image_meta import SYSTEM_METADATA_PREFIX
from nova_lite.policies import extended_server_attributes, servers

_WITH_PROGRESS = frozenset(("ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE", "MIGRATING"))
_ATTRIBUTES = extended_server_attributes.SHOW


def _column(name, empty=None):
    """Return a field's function: a column, or `empty` where the column has nothing."""
    if empty is None:
        return lambda row, _req: row[name]
    return lambda row, _req: row[name] or empty


def _bases(req) -> tuple[str, str, str, str]:
    """Return the URLs below which servers (self, bookmark), flavors and images of this request are linked."""
    found = req.environ.get("nova.server_links")
    if found is None:
        found = req.environ["nova.server_links"] = (
            links.href(req, "servers"),
            links.bookmark(req, "servers"),
            links.bookmark(req, "flavors"),
            links.image_bookmark(req, ""),
        )
    return found


@functools.lru_cache(1024)
def _quoted(part: str) -> str:
    return quote(part, safe="~:@")


def _links(row, req):
    own, bookmark, _, _ = _bases(req)
    uuid = row["uuid"]
    return [{"rel": "self", "href": f"{own}/{uuid}"}, {"rel": "bookmark", "href": f"{bookmark}/{uuid}"}]


def host_id(host: str | None, project_id: str | None) -> str:
    """Return what a host is called towards a project: the same for its servers, telling nothing to others."""
    if not host:
        return ""
    return _host_id(host, project_id or "")


@functools.lru_cache(4096)
def _host_id(host, project_id):
    return hashlib.sha224((project_id + host).encode()).hexdigest()


def _image(row, req):
    image_ref = row["image_ref"]
    if not image_ref:
        return ""
    return {"id": image_ref, "links": [{"rel": "bookmark", "href": f"{_bases(req)[3]}/{image_ref}"}]}


def _image_with_properties(row, req):
    image = _image(row, req)
    if image:
        start = len(SYSTEM_METADATA_PREFIX)
        image["properties"] = {
            key[start:]: value
            for key, value in (row["system_metadata"] or {}).items()
            if key.startswith(SYSTEM_METADATA_PREFIX)
        }
    return image


def _flavor_link(row, req):
    flavorid = row["flavorid"]
    return {
        "id": flavorid,
        "links": [{"rel": "bookmark", "href": f"{_bases(req)[2]}/{_quoted(flavorid or '')}"}],
    }


def _flavor_embedded(row, req):
    flavor = row["flavor"] or {}
    made = {
        "vcpus": flavor.get("vcpus"),
        "ram": flavor.get("memory_mb"),
        "disk": flavor.get("root_gb"),
        "ephemeral": flavor.get("ephemeral_gb", 0),
        "swap": flavor.get("swap", 0),
        "original_name": flavor.get("name"),
    }
    seen = req.environ.get("nova.flavor_extra_specs")
    if seen is None:
        seen = req.context.can(servers.SHOW_FLAVOR_EXTRA_SPECS, fatal=False)
        req.environ["nova.flavor_extra_specs"] = seen
    if seen:
        made["extra_specs"] = flavor.get("extra_specs") or {}
    return made


def _status(row, _req):
    return status(row["vm_state"], row["task_state"])


def _progress(row, req):
    return row["progress"] or 0 if _status(row, req) in _WITH_PROGRESS else ABSENT


def _fault(row, req):
    if row["vm_state"] not in FAULTY or row["fault"] is None or _status(row, req) not in ("ERROR", "DELETED"):
        return ABSENT
    fault = row["fault"]
    made = {
        "code": fault["code"],
        "created": times.iso(fault["created_at"]),
        "message": fault["message"] or "Error",
    }
    if fault["details"] and (req.context.is_admin or fault["code"] != 500):
        made["details"] = fault["details"]
    return made


def host_status(service) -> str:
    """Return UP, DOWN, MAINTENANCE or UNKNOWN for the nova-compute of a server's host; "" without a host."""
    if service is None:
        return ""
    if service["forced_down"]:
        return "DOWN"
    if service["disabled"]:
        return "MAINTENANCE"
    return "UP" if servicegroup.is_up(service) else "UNKNOWN"


def _host_status(row, _req):
    return host_status(row["service"])


def _host_status_if_unknown(row, _req):
    # For those who may see more, the next row of the table overwrites this one.
    word = host_status(row["service"])
    return word if word == "UNKNOWN" else ABSENT


def _instance_name(row, _req):
    template = CONF.instance_name_template
    try:
        return template % row["id"]
    except TypeError:
        return template % {"uuid": row["uuid"], "id": row["id"], "hostname": row["hostname"]}


def _security_groups(row, _req):
    names = list(dict.fromkeys(row["security_groups"] or ())) if row["network_info"] else []
    return [{"name": name} for name in names] if names else ABSENT


def _volumes(row, _req):
    return [{"id": volume["volume_id"]} for volume in row["volumes"]]


def _volumes_with_fate(row, _req):
    return [
        {"id": volume["volume_id"], "delete_on_termination": bool(volume["delete_on_termination"])}
        for volume in row["volumes"]
    ]


_RECORD = (
    Field("id", _column("uuid")),
    Field("name", _column("display_name")),
    Field("status", _status),
    Field("tenant_id", _column("project_id", "")),
    Field("user_id", _column("user_id", "")),
    Field("metadata", _column("metadata")),
    Field("hostId", lambda row, _req: host_id(row["host"], row["project_id"])),
    Field("image", _image, until=97),
    Field("image", _image_with_properties, since=98),
    Field("flavor", _flavor_link, until=46),
    Field("flavor", _flavor_embedded, since=47),
    Field("created", lambda row, _req: times.iso(row["created_at"])),
    Field("updated", lambda row, _req: times.iso(row["updated_at"] or row["created_at"])),
    Field("addresses", lambda row, _req: addresses.extended(row["network_info"])),
    Field("accessIPv4", _column("access_ip_v4", "")),
    Field("accessIPv6", _column("access_ip_v6", "")),
    Field("links", _links),
    Field("OS-DCF:diskConfig", lambda row, _req: "AUTO" if row["auto_disk_config"] else "MANUAL"),
    Field("progress", _progress),
    Field("fault", _fault),
    Field("OS-EXT-AZ:availability_zone", _column("availability_zone", "")),
    Field("config_drive", _column("config_drive", "")),
    Field("key_name", _column("key_name")),
    Field("OS-SRV-USG:launched_at", lambda row, _req: times.naive(row["launched_at"])),
    Field("OS-SRV-USG:terminated_at", lambda row, _req: times.naive(row["terminated_at"])),
    Field("security_groups", _security_groups),
    Field("OS-EXT-SRV-ATTR:host", _column("host"), policy=_ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:instance_name", _instance_name, policy=_ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:hypervisor_hostname", _column("node"), policy=_ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:reservation_id", _column("reservation_id"), since=3, policy=_ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:launch_index", _column("launch_index"), since=3, policy=_ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:hostname", _column("hostname"), since=3, until=89, policy=_ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:hostname", _column("hostname"), since=90),
    Field("OS-EXT-SRV-ATTR:kernel_id", _column("kernel_id", ""), since=3, policy=_ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:ramdisk_id", _column("ramdisk_id", ""), since=3, policy=_ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:root_device_name", _column("root_device_name"), since=3, policy=_ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:user_data", _column("user_data"), since=3, policy=_ATTRIBUTES),
    Field("OS-EXT-STS:task_state", _column("task_state")),
    Field("OS-EXT-STS:vm_state", _column("vm_state")),
    Field("OS-EXT-STS:power_state", lambda row, _req: row["power_state"] or 0),
    Field("os-extended-volumes:volumes_attached", _volumes, until=2),
    Field("os-extended-volumes:volumes_attached", _volumes_with_fate, since=3),
    Field("locked", lambda row, _req: bool(row["locked"]), since=9),
    Field("host_status", _host_status_if_unknown, since=16, policy=servers.SHOW_HOST_STATUS_UNKNOWN),
    Field("host_status", _host_status, since=16, policy=servers.SHOW_HOST_STATUS),
    Field("description", _column("display_description"), since=19),
    Field("tags", _column("tags"), since=26),
    Field("trusted_image_certificates", _column("trusted_certs"), since=63),
    Field("locked_reason", _column("locked_reason"), since=73),
    Field("pinned_availability_zone", _column("pinned_availability_zone"), since=96),
    Field("scheduler_hints", lambda row, _req: row["scheduler_hints"] or {}, since=100),
)
_GROUPS = Field("server_groups", _column("server_groups"), since=71)

#: Keys that the answer to PUT (and rebuild) has only since 2.75.
_NOT_AFTER_CHANGE = (
    "OS-EXT-AZ:", "OS-EXT-SRV-ATTR:", "OS-EXT-STS:", "OS-SRV-USG:", "os-extended-volumes:", "config_drive", "key_name",
    "host_status", "security_groups", "addresses",
)  # fmt: skip


def _after_change(field: Field) -> Field:
    if not field.key.startswith(_NOT_AFTER_CHANGE):
        return field
    return dataclasses.replace(field, since=max(field.since, 75))


#: `GET /servers`.
BRIEF = View(Field("id", _column("uuid")), Field("name", _column("display_name")), Field("links", _links))
#: A server in `GET /servers/detail`.
DETAIL = View(*_RECORD)
#: `GET /servers/{id}`.
SHOW = View(*_RECORD, _GROUPS)
#: `PUT /servers/{id}`.
UPDATED = View(
    *(_after_change(field) for field in _RECORD),
    Field("addresses", lambda row, _req: addresses.plain(row["network_info"]), until=74),
    _GROUPS,
)
#: `POST /servers`; adminPass is added by the controller, which alone knows it.
CREATED = View(
    Field("id", _column("uuid")),
    Field("links", _links),
    Field("OS-DCF:diskConfig", lambda row, _req: "AUTO" if row["auto_disk_config"] else "MANUAL"),
    Field(
        "security_groups",
        lambda row, _req: [{"name": name} for name in row["security_groups"] or ["default"]],
    ),
)

BRIEF_COLUMNS = ("uuid", "display_name")
_COLUMNS = (
    "id", "uuid", "display_name", "vm_state", "task_state", "power_state", "project_id", "user_id", "host", "node",
    "image_ref", "flavorid", "created_at", "updated_at", "network_info", "access_ip_v4", "access_ip_v6",
    "auto_disk_config", "progress", "availability_zone", "config_drive", "key_name", "launched_at", "terminated_at",
    "security_groups", "deleted", "hostname",
)  # fmt: skip
#: Column → first version whose records need it: what a version does not show is not read.
_COLUMNS_SINCE = {
    "locked": 9, "display_description": 19, "trusted_certs": 63, "locked_reason": 73,
    "pinned_availability_zone": 96, "system_metadata": 98, "scheduler_hints": 100, "flavor": 47,
}  # fmt: skip
_ADMIN_COLUMNS = (
    "reservation_id", "launch_index", "kernel_id", "ramdisk_id", "root_device_name", "user_data",
)  # fmt: skip


def columns(req) -> tuple[str, ...]:
    """Return the columns of `instances` that a full record of this request shows."""
    version = req.api_version
    found = [*_COLUMNS, *(name for name, since in _COLUMNS_SINCE.items() if version >= since)]
    if version >= 3 and req.context.can(_ATTRIBUTES, fatal=False):
        found += _ADMIN_COLUMNS
    return tuple(found)


def wants(req, *, groups: bool = False) -> Wants:
    """Return what a full record of this request shows beside its columns."""
    version = req.api_version
    return Wants(
        metadata=True,
        tags=version >= 26,
        volumes=True,
        faults=True,
        services=version >= 16
        and any(
            req.context.can(rule, fatal=False)
            for rule in (servers.SHOW_HOST_STATUS, servers.SHOW_HOST_STATUS_UNKNOWN)
        ),
        groups=groups and version >= 71,
    )
