"""How services look. A row is one of `services` with its `availability_zone`."""

from nova_lite import servicegroup
from nova_lite.api.openstack import times
from nova_lite.api.views import Field, View


def state(row) -> str:
    """Return "up" or "down"."""
    return "up" if servicegroup.is_up(row) else "down"


def status(row) -> str:
    """Return "enabled" or "disabled"."""
    return "disabled" if row["disabled"] else "enabled"


SERVICE = View(
    Field("binary", lambda row, _req: row["binary"]),
    Field("host", lambda row, _req: row["host"]),
    Field("id", lambda row, _req: row["id"], until=52),
    Field("id", lambda row, _req: row["uuid"], since=53),
    Field("zone", lambda row, _req: row["availability_zone"]),
    Field("status", lambda row, _req: status(row)),
    Field("state", lambda row, _req: state(row)),
    Field("updated_at", lambda row, _req: times.naive(row["last_seen_up"] or row["updated_at"])),
    Field("disabled_reason", lambda row, _req: row["disabled_reason"]),
    Field("forced_down", lambda row, _req: bool(row["forced_down"]), since=11),
)
