"""What the nouns of the identity service have in common: get, find, list, create, update, delete.

A noun's module makes a `Rows` and exports its functions under their own names; what is special to the noun
(what goes with a user when it is deleted, what is revoked) stands in that module. Rows are dictionaries of
columns; `extra` holds the attributes that no column has, which Keystone keeps too.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api


@dataclasses.dataclass(frozen=True)
class Filter:
    """A condition of a list: column, how (`eq`, `in`, `contains`, `icontains`, `startswith`, …), value."""

    column: str
    value: Any
    how: str = "eq"


_COMPARISONS = {
    "eq": lambda column, value: column == value,
    "in": lambda column, value: column.in_(value),
    "contains": lambda column, value: column.contains(value, autoescape=True),
    "startswith": lambda column, value: column.startswith(value, autoescape=True),
    "endswith": lambda column, value: column.endswith(value, autoescape=True),
    "icontains": lambda column, value: sa.func.lower(column).contains(value.lower(), autoescape=True),
    "istartswith": lambda column, value: sa.func.lower(column).startswith(value.lower(), autoescape=True),
    "iendswith": lambda column, value: sa.func.lower(column).endswith(value.lower(), autoescape=True),
}
COMPARISONS = frozenset(_COMPARISONS)


def storable(value: Any) -> bool:
    """Return whether a database can compare with a value: PostgreSQL takes no NUL, none takes half a letter."""
    if not isinstance(value, str):
        return True
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


class Rows:
    """The rows of one noun."""

    def __init__(self, model, noun: str):
        self.table = model.__table__
        self.noun = noun
        self.get = api.reader(self._get)
        self.find = api.reader(self._find)
        self.list = api.reader(self._list)
        self.create = api.writer(self._create)
        self.update = api.writer(self._update)
        self.delete = api.writer(self._delete)

    def not_found(self, key: str) -> exception.NovaException:
        """Return the error for an id that does not exist."""
        return exception.IdentityNotFound(noun=self.noun, id=key)

    def _get(self, conn, key: str) -> dict:
        """Return the row with an id.

        Raises:
            IdentityNotFound: there is none.
        """
        row = None
        if storable(key):
            row = conn.execute(sa.select(self.table).where(self.table.c.id == key)).mappings().first()
        # MariaDB compares without regard to case; ids are exact.
        if row is None or row["id"] != key:
            raise self.not_found(key)
        return dict(row)

    def _find(self, conn, **values) -> dict | None:
        """Return the first row with these values, or None."""
        found = self._list(conn, [Filter(name, value) for name, value in values.items()])
        return found[0] if found else None

    def _list(self, conn, filters: Sequence[Filter] = ()) -> list[dict]:
        """Return the rows that pass all filters, in the order of their ids."""
        statement = sa.select(self.table).order_by(self.table.c.id)
        for each in filters:
            values = each.value if each.how == "in" else [each.value]
            if not all(storable(value) for value in values):
                return []
            statement = statement.where(_COMPARISONS[each.how](self.table.c[each.column], each.value))
        return [dict(row) for row in conn.execute(statement).mappings()]

    def _create(self, conn, values: dict) -> dict:
        """Insert a row and return it.

        Raises:
            IdentityConflict: its name or id is taken.
        """
        try:
            with conn.begin_nested():
                conn.execute(sa.insert(self.table).values(values))
        except sa.exc.IntegrityError as error:
            raise self._conflict(error, values) from error
        return self._get(conn, values["id"])

    def _update(self, conn, key: str, values: dict) -> dict:
        """Change columns of a row and return it; keys of `extra` are merged, and None removes one.

        Raises:
            IdentityNotFound: there is no such row.
            IdentityConflict: the new name is taken.
        """
        row = self._get(conn, key)
        if values.get("extra"):
            merged = {**(row["extra"] or {}), **values["extra"]}
            values = {**values, "extra": {name: value for name, value in merged.items() if value is not None}}
        if values:
            try:
                with conn.begin_nested():
                    conn.execute(sa.update(self.table).where(self.table.c.id == key).values(values))
            except sa.exc.IntegrityError as error:
                raise self._conflict(error, {**row, **values}) from error
        return self._get(conn, key)

    def _delete(self, conn, key: str) -> dict:
        """Remove a row and return what it was.

        Raises:
            IdentityNotFound: there is no such row.
        """
        row = self._get(conn, key)
        conn.execute(sa.delete(self.table).where(self.table.c.id == key))
        return row

    def _conflict(self, error: sa.exc.IntegrityError, values: dict) -> exception.NovaException:
        if not api.is_duplicate(error):  # the callers looked, and another request removed it since
            return exception.IdentityConflict(noun=self.noun, details="It refers to what no longer exists.")
        what = f"name {values['name']}" if "name" in values else f"ID {values.get('id')}"
        where = f" at domain ID {values['domain_id']}" if values.get("domain_id") else ""
        return exception.IdentityConflict(
            noun=self.noun, details=f"Duplicate entry found with {what}{where}."
        )
