"""The records of the identity face, without links (`Resource.record` adds them)."""

from nova_lite.api.views import Field, View


def _column(name: str, key: str | None = None, default=None) -> Field:
    return Field(key or name, lambda row, _req: default if row[name] is None else row[name])


def _constant(key: str, make) -> Field:
    return Field(key, lambda _row, _req: make())


_ID, _NAME, _ENABLED = _column("id"), _column("name"), _column("enabled")
_DOMAIN_ID = _column("domain_id")
_OPTIONS = _constant("options", dict)

DOMAIN = View(
    _ID, _NAME, _column("description", default=""), _ENABLED, _constant("tags", list), _OPTIONS
)  # fmt: skip

PROJECT = View(
    _ID,
    _NAME,
    _DOMAIN_ID,
    _column("description", default=""),
    _ENABLED,
    Field("parent_id", lambda row, _req: row["parent_id"] or row["domain_id"]),
    _constant("is_domain", bool),
    _column("tags", default=[]),
    _OPTIONS,
)

#: Attributes that a user has only when they were given.
_USER_GIVEN = ("default_project_id", "description", "email")

USER = View(
    _ID,
    _NAME,
    _DOMAIN_ID,
    _ENABLED,
    _constant("password_expires_at", lambda: None),
    _OPTIONS,
)


def user(row: dict) -> dict:
    """Return the attributes of a user that are shown only when they are set."""
    return {name: row[name] for name in _USER_GIVEN if row[name] is not None}


ROLE = View(
    _ID, _NAME, Field("domain_id", lambda row, _req: row["domain_id"] or None), _column("description"), _OPTIONS
)  # fmt: skip

REGION = View(_ID, _column("description", default=""), _column("parent_region_id"))

SERVICE = View(
    _ID, _column("type"), _column("name", default=""), _column("description", default=""), _ENABLED
)

ENDPOINT = View(
    _ID,
    _column("service_id"),
    _column("interface"),
    _column("region_id"),
    _column("region_id", key="region"),
    _column("url"),
    _ENABLED,
)
