"""Views are tables: one row a key, with the versions it exists in. No view has an `if` about versions.

    SERVER = View(
        Field("id", lambda row, req: row.uuid),
        Field("locked", lambda row, req: bool(row.locked), since=9),
        Field("flavor", flavor_link, until=46),
        Field("flavor", flavor_embedded, since=47),
        Field("OS-EXT-SRV-ATTR:host", lambda row, req: row.host, policy=rules.EXTENDED_ATTRIBUTES),
    )

Rows of one version and one set of passed policies are compiled once into a tuple of (key, function).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: Returned by a field's function when the key is to be left out of this record.
ABSENT = object()


@dataclass(frozen=True)
class Field:
    """One key of a record: its name, what fills it, since and until when, and who may see it.

    `value(row, req)` returns the JSON value, or ABSENT. `policy` is a rule checked once a request against the
    caller's own project.
    """

    key: str
    value: Callable[[Any, Any], Any]
    since: int = 1
    until: int | None = None
    policy: str | None = None


class View:
    """A table of fields."""

    def __init__(self, *fields: Field):
        self.fields = fields
        self._compiled: dict[tuple, tuple[tuple[str, Callable], ...]] = {}
        self._policies = sorted({field.policy for field in fields if field.policy})

    def _rows(self, req):
        version = req.api_version
        passed = frozenset(rule for rule in self._policies if req.context.can(rule, fatal=False))
        key = (version, passed)
        rows = self._compiled.get(key)
        if rows is None:
            rows = self._compiled[key] = tuple(
                (field.key, field.value)
                for field in self.fields
                if field.since <= version
                and (field.until is None or version <= field.until)
                and (field.policy is None or field.policy in passed)
            )
        return rows

    def render(self, req, row) -> dict:
        """Return one record."""
        return self._make(req, row, self._rows(req))

    def render_all(self, req, rows) -> list[dict]:
        """Return the records of many rows; policies are checked once."""
        fields = self._rows(req)
        return [self._make(req, row, fields) for row in rows]

    @staticmethod
    def _make(req, row, fields) -> dict:
        made = {}
        for key, value in fields:
            filled = value(row, req)
            if filled is not ABSENT:
                made[key] = filled
        return made

    def keys_at(self, version: int) -> list[str]:
        """Return the keys that exist at a version (for documentation and tests)."""
        return [
            field.key
            for field in self.fields
            if field.since <= version and (field.until is None or version <= field.until)
        ]
