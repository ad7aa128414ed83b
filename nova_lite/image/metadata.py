"""The shapes of an image: the row, Glance's JSON record, and the dictionary that Nova's code passes around.

    row (db/images.py) --record--> Glance's record --from_record--> Nova's dictionary --to_record--> record

Compute code sees Nova's dictionary only, whether the image came from nova-lite's tables or from a Glance.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from oslo_utils import timeutils


def isotime(moment) -> str | None:
    """Return a time of the database as Glance writes it."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _column(name: str) -> tuple[str, Callable[[Mapping], Any]]:
    return name, lambda row: row[name]


#: Glance's record: (key, function of the row), in Glance's order. Properties stand beside them.
RECORD: tuple[tuple[str, Callable[[Mapping], Any]], ...] = (
    *map(
        _column,
        (
            "name", "disk_format", "container_format", "visibility", "size", "virtual_size", "status",
            "checksum", "protected", "min_ram", "min_disk", "owner", "os_hidden", "os_hash_algo", "os_hash_value", "id",
        ),
    ),
    ("created_at", lambda row: isotime(row["created_at"])),
    ("updated_at", lambda row: isotime(row["updated_at"])),
    ("tags", lambda row: row["tags"]),
    ("self", lambda row: f"/v2/images/{row['id']}"),
    ("file", lambda row: f"/v2/images/{row['id']}/file"),
    ("schema", lambda _row: "/v2/schemas/image"),
)  # fmt: skip

#: Keys of a record that are not properties; `stores`, `locations` and `direct_url` only a real Glance has.
BASE = frozenset(key for key, _ in RECORD) | {"stores", "locations", "direct_url", "validation_data"}

#: Keys that Nova's dictionary shares with the record.
_SHARED = (
    "id", "name", "status", "owner", "visibility", "size", "virtual_size", "checksum", "os_hash_algo",
    "os_hash_value", "container_format", "disk_format", "min_ram", "min_disk", "protected", "os_hidden",
    "tags",
)  # fmt: skip

#: Keys that a caller of `create` and `update` may set.
WRITABLE = (
    "id", "name", "owner", "visibility", "container_format", "disk_format", "min_ram", "min_disk",
    "protected", "os_hidden", "tags",
)  # fmt: skip


def record(row: Mapping) -> dict:
    """Return Glance's JSON record of a row."""
    return {**row["properties"], **{key: value(row) for key, value in RECORD}}


def from_record(image: Mapping) -> dict:
    """Return Nova's dictionary of a Glance record.

    Times are datetimes with a zone; `properties` maps names to strings; `is_public` says what v1 said.
    """
    made = {key: image.get(key) for key in _SHARED}
    made["tags"] = list(made["tags"] or [])
    made["min_ram"], made["min_disk"] = made["min_ram"] or 0, made["min_disk"] or 0
    for key in ("created_at", "updated_at"):
        made[key] = timeutils.parse_isotime(image[key]) if image.get(key) else None
    made["deleted"] = image.get("status") in ("deleted", "pending_delete")
    made["deleted_at"] = None
    made["is_public"] = image.get("visibility") == "public"
    made["properties"] = {key: value for key, value in image.items() if key not in BASE and value is not None}
    return made


def _text(value) -> str:
    """Return a property as text: the lists and dictionaries that Nova keeps in some (mappings) are JSON."""
    return (
        value
        if isinstance(value, str)
        else json.dumps(value)
        if isinstance(value, list | dict)
        else str(value)
    )


def to_record(meta: Mapping) -> dict:
    """Return the record for `create` of Nova's dictionary: only what may be set, properties beside it."""
    made = {_key: meta[_key] for _key in WRITABLE if meta.get(_key) is not None}
    if "visibility" not in made and meta.get("is_public") is not None:
        made["visibility"] = "public" if meta["is_public"] else "shared"
    properties = {
        key: _text(value) for key, value in (meta.get("properties") or {}).items() if value is not None
    }
    return {**{key: value for key, value in properties.items() if key not in BASE}, **made}


def changes(image: Mapping, meta: Mapping, *, purge: bool) -> list[dict]:
    """Return the JSON-patch that makes a Glance record like Nova's dictionary.

    Args:
        image: the record as it is.
        meta: what to set; keys that are not there stay.
        purge: remove properties that `meta["properties"]` does not have.
    """
    wanted = to_record({key: value for key, value in meta.items() if key != "id"})

    def path(key: str) -> str:
        return "/" + key.replace("~", "~0").replace("/", "~1")

    made = [
        {"op": "replace" if key in image else "add", "path": path(key), "value": value}
        for key, value in wanted.items()
        if key not in image or image[key] != value
    ]
    if purge:
        gone = [key for key in image if key not in BASE and key not in wanted]
        made += [{"op": "remove", "path": path(key)} for key in gone]
    return made
