"""How hypervisors look. A row is one of `db.hypervisors`; with `servers` where those were asked for.

What is reserved for the host itself counts as used, as in Nova's own records.
"""

import json

from nova_lite import servicegroup
from nova_lite.api.openstack.compute.views import services
from nova_lite.api.views import ABSENT, Field, View
from nova_lite.conf import CONF

#: The last version that tells sizes and use; from then on Placement does.
_LAST_NUMBERS = 87


def _column(name: str):
    return lambda row, _req: row[name]


def _used(name: str, reserved: str):
    return lambda row, _req: row[name] + row[reserved]


def _free(total: str, used: str, reserved: str):
    return lambda row, _req: row[total] - row[used] - row[reserved]


def server_name(server) -> str:
    """Return the name of a guest at the hypervisor."""
    try:
        return CONF.instance_name_template % server["id"]
    except TypeError:
        return CONF.instance_name_template % {"uuid": server["uuid"], "id": server["id"]}


def _servers(*, even_none: bool):
    def value(row, _req):
        servers = row.get("servers")
        if servers is None or not (servers or even_none):
            return ABSENT
        return [{"name": server_name(each), "uuid": each["uuid"]} for each in servers]

    return value


def _service(key: str):
    return lambda row, _req: {
        "id": row["service"][key],
        "host": row["host"],
        "disabled_reason": row["service"]["disabled_reason"],
    }


def _cpu_info(row, _req):
    info = row["cpu_info"]
    return json.loads(info) if isinstance(info, str) else info or {}


def _cpu_info_text(row, _req):
    info = row["cpu_info"]
    return info if isinstance(info, str) else json.dumps(info or {})


def _uptime(row, _req):
    return row["uptime"] if servicegroup.is_up(row["service"]) else None


_BRIEF = (
    Field("id", _column("id"), until=52),
    Field("id", _column("uuid"), since=53),
    Field("hypervisor_hostname", _column("hypervisor_hostname")),
    Field("state", lambda row, _req: services.state(row["service"])),
    Field("status", lambda row, _req: services.status(row["service"])),
)
_SERVERS = (
    Field("servers", _servers(even_none=False), until=74),
    Field("servers", _servers(even_none=True), since=75),
)

BRIEF = View(*_BRIEF, *_SERVERS)

UPTIME = View(*_BRIEF, Field("uptime", _column("uptime")))

DETAIL = View(
    *_BRIEF,
    Field("vcpus", _column("vcpus"), until=_LAST_NUMBERS),
    Field("memory_mb", _column("memory_mb"), until=_LAST_NUMBERS),
    Field("local_gb", _column("local_gb"), until=_LAST_NUMBERS),
    Field("vcpus_used", _used("vcpus_used", "reserved_vcpus"), until=_LAST_NUMBERS),
    Field("memory_mb_used", _used("memory_mb_used", "reserved_memory_mb"), until=_LAST_NUMBERS),
    Field("local_gb_used", _used("local_gb_used", "reserved_local_gb"), until=_LAST_NUMBERS),
    Field("hypervisor_type", _column("hypervisor_type")),
    Field("hypervisor_version", _column("hypervisor_version")),
    Field("free_ram_mb", _free("memory_mb", "memory_mb_used", "reserved_memory_mb"), until=_LAST_NUMBERS),
    Field("free_disk_gb", _free("local_gb", "local_gb_used", "reserved_local_gb"), until=_LAST_NUMBERS),
    Field("current_workload", _column("current_workload"), until=_LAST_NUMBERS),
    Field("running_vms", _column("running_vms"), until=_LAST_NUMBERS),
    Field("disk_available_least", _column("disk_available_least"), until=_LAST_NUMBERS),
    Field("host_ip", _column("host_ip")),
    Field("cpu_info", _cpu_info_text, until=27),
    Field("cpu_info", _cpu_info, since=28, until=_LAST_NUMBERS),
    Field("uptime", _uptime, since=88),
    Field("service", _service("id"), until=52),
    Field("service", _service("uuid"), since=53),
    *_SERVERS,
)
