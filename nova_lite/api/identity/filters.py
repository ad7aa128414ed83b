"""Query parameters of lists → conditions: `name=x`, `name__contains=x`, `enabled=true`."""

from oslo_utils import strutils

from nova_lite.db.identity.rows import COMPARISONS, Filter


def text(value: str) -> str:
    """Return a text parameter as it is."""
    return value


def flag(value: str) -> bool:
    """Return a yes-or-no parameter; as in Keystone, all but a clear no is yes (`?enabled`)."""
    return strutils.bool_from_string(value, default=True) if value else True


def is_set(req, name: str) -> bool:
    """Return whether a yes-or-no parameter is given and not a no."""
    return name in req.query and flag(req.query_one(name))


def parse(req, columns: dict) -> list[Filter]:
    """Return the conditions that a query states on these columns (name → `text` or `flag`); others are ignored."""
    found = []
    for name, values in req.query.items():
        column, _, how = name.partition("__")
        if column in columns and (not how or (how in COMPARISONS and columns[column] is text)):
            found.append(Filter(column, columns[column](values[-1]), how or "eq"))
    return found
