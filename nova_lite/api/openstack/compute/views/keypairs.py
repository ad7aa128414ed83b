"""How key pairs look."""

from nova_lite.api.openstack import times
from nova_lite.api.views import Field, View

_COMMON = (
    Field("name", lambda row, _req: row["name"]),
    Field("public_key", lambda row, _req: row["public_key"]),
    Field("fingerprint", lambda row, _req: row["fingerprint"]),
    Field("type", lambda row, _req: row["type"], since=2),
)

LISTED = View(*_COMMON)

CREATED = View(*_COMMON, Field("user_id", lambda row, _req: row["user_id"]))

SHOWN = View(
    *_COMMON,
    Field("user_id", lambda row, _req: row["user_id"]),
    Field("id", lambda row, _req: row["id"]),
    Field("created_at", lambda row, _req: times.naive(row["created_at"])),
    # A deleted key pair is gone from the table: these say what Nova says of one that is there.
    Field("deleted", lambda _row, _req: False),
    Field("deleted_at", lambda _row, _req: None),
    Field("updated_at", lambda row, _req: times.naive(row["updated_at"])),
)
