"""How aggregates look."""

from nova_lite.api.openstack import times
from nova_lite.api.views import Field, View

_COMMON = (
    Field("id", lambda row, _req: row["id"]),
    Field("name", lambda row, _req: row["name"]),
    Field("availability_zone", lambda row, _req: row["metadata"].get("availability_zone")),
    Field("created_at", lambda row, _req: times.naive(row["created_at"])),
    Field("updated_at", lambda row, _req: times.naive(row["updated_at"])),
    # A deleted aggregate is gone from the table: these say what Nova says of one that is there.
    Field("deleted", lambda _row, _req: False),
    Field("deleted_at", lambda _row, _req: None),
    Field("uuid", lambda row, _req: row["uuid"], since=41),
)

CREATED = View(*_COMMON)

SHOWN = View(
    *_COMMON,
    Field("hosts", lambda row, _req: row["hosts"]),
    Field("metadata", lambda row, _req: row["metadata"]),
)
