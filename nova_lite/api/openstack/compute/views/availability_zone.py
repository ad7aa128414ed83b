"""How availability zones look."""

from collections.abc import Iterable

from nova_lite import servicegroup
from nova_lite.api.openstack import times


def zone(name: str, *, available: bool, hosts: dict | None = None) -> dict:
    """Return one zone; `hosts` only in the detailed list."""
    return {"zoneName": name, "zoneState": {"available": available}, "hosts": hosts}


def hosts(services: Iterable[dict], name: str) -> dict:
    """Return host → program → state of the enabled services in a zone."""
    made: dict[str, dict] = {}
    for row in services:
        if row["availability_zone"] == name and not row["disabled"]:
            made.setdefault(row["host"], {})[row["binary"]] = {
                "available": servicegroup.is_up(row),
                "active": not row["disabled"],
                "updated_at": times.naive(row["last_seen_up"] or row["updated_at"]),
            }
    return made
