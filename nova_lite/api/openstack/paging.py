"""Pages of lists: `limit`, `marker`, `sort_key`, `sort_dir` of a query string.

`[api] max_limit` bounds every page. What does not fit is refused by the schemas here, in Nova's words.
"""

from collections.abc import Collection, Sequence

from nova_lite import exception
from nova_lite.api import validation
from nova_lite.conf import CONF

#: A whole number that is not negative, as a number or as text.
NON_NEGATIVE_INTEGER = {"type": ["integer", "string"], "pattern": "^[0-9]*$", "minimum": 0, "minLength": 1}

#: Properties of the query schema of a list with pages.
PROPERTIES = {
    "limit": validation.many(NON_NEGATIVE_INTEGER),
    "marker": validation.many({"type": "string"}),
}

#: Properties of the query schema of a list that can be sorted.
SORT_PROPERTIES = {
    "sort_key": validation.many({"type": "string"}),
    "sort_dir": validation.many({"type": "string"}),
}

DIRECTIONS = ("asc", "desc")


def limit_and_marker(req) -> tuple[int, str | None]:
    """Return how many records the answer may hold, and the one that it begins after.

    Nova takes the first of several values.

    Raises:
        ValidationError: the limit is no whole number, or negative.
    """
    most = CONF.api.max_limit
    limits = req.query.get("limit")
    markers = req.query.get("marker")
    if limits and not limits[0].isascii():
        raise exception.ValidationError(detail=f"limit must be an integer, not {limits[0]!r}")
    try:
        limit = int(limits[0]) if limits else most
    except ValueError:
        raise exception.ValidationError(detail="limit must be an integer") from None
    if limit < 0:
        raise exception.ValidationError(detail="limit must be >= 0")
    return min(limit, most), markers[0] if markers else None


def sort_params(
    req, defaults: Sequence[tuple[str, str]], allowed: Collection[str] | None = None
) -> list[tuple[str, str]]:
    """Return (key, direction) pairs to sort by: those asked for, then the defaults that were not named.

    Missing directions repeat the first one that was given, else the first default's.

    Raises:
        InvalidInput: more directions than keys, or a direction other than asc and desc.
        InvalidSortKey: a key that is not in `allowed`.
    """
    keys = [key.strip() for key in req.query.get("sort_key", ())]
    directions = [each.strip() for each in req.query.get("sort_dir", ())]
    wrong = [each for each in directions if each not in DIRECTIONS]
    if wrong:
        raise exception.InvalidInput(
            reason=f"Unknown sort direction {wrong[0]!r}, must be one of: {', '.join(DIRECTIONS)}"
        )
    if allowed is not None and any(key not in allowed for key in keys):
        raise exception.InvalidSortKey
    if len(directions) > max(len(keys), len(defaults)):
        raise exception.InvalidInput(reason="Sort direction size exceeds sort key size")
    fallback = directions[0] if directions else defaults[0][1]
    if not keys:
        given = directions + [None] * (len(defaults) - len(directions))
        return [
            (key, given[at] or (fallback if directions else way)) for at, (key, way) in enumerate(defaults)
        ]
    directions += [fallback] * (len(keys) - len(directions))
    asked = list(zip(keys, directions, strict=False))
    return asked + [(key, fallback) for key, _ in defaults if key not in keys]
