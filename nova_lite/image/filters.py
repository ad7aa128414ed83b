"""What a list of images may be asked for: filters, order and page, in Glance's words.

The same words come from the query string of `GET /v2/images` and from `detail(context, **filters)`, so both
are read here (https://docs.openstack.org/api-ref/image/v2/#list-images).
"""

import csv
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from oslo_utils import timeutils

from nova_lite import exception
from nova_lite.conf import CONF

VISIBILITIES = ("community", "public", "private", "shared")
MEMBER_STATUSES = ("pending", "accepted", "rejected")
SORT_KEYS = ("name", "status", "container_format", "disk_format", "size", "id", "created_at", "updated_at")
OPERATORS = ("gt", "gte", "lt", "lte", "eq", "neq")
_BIGGEST = (1 << 63) - 1


@dataclass
class Query:
    """A list request, checked.

    Attributes:
        conditions: (column, operator, value): operators are OPERATORS and `in` (value is a list).
        properties: property name → value.
        tags: all of them must be there.
        visibility: one of VISIBILITIES, `all`, or None (Glance's default: no foreign community images).
        member_status: state of shares that show an image to a member; `all` for any.
        order: (column, `asc` or `desc`).
        marker, limit: the page begins after this image and holds at most so many.
    """

    conditions: list[tuple[str, str, Any]] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    visibility: str | None = None
    member_status: str = "accepted"
    order: list[tuple[str, str]] = field(default_factory=list)
    marker: str | None = None
    limit: int = 25


def _wrong(reason: str) -> exception.NovaException:
    return exception.ImageInvalid(reason=reason)


def _integer(name: str, value: str) -> int:
    try:
        number = int(value)
    except ValueError:
        raise _wrong(f"Invalid value {value!r} of {name}: it must be an integer") from None
    if not 0 <= number <= _BIGGEST:
        raise _wrong(f"Invalid value {value!r} of {name}: it must be between 0 and {_BIGGEST}")
    return number


def _boolean(name: str, value: str) -> bool:
    known = {"true": True, "false": False}
    if value.lower() not in known:
        raise _wrong(f"Invalid value {value!r} of {name}: it must be true or false")
    return known[value.lower()]


def _text(_name: str, value: str) -> str:
    return value


def _equal(convert: Callable[[str, str], Any]):
    def read(name: str, value: str):
        return (name, "eq", convert(name, value))

    return read


def _listed(name: str, value: str):
    """`ubuntu`, or `in:ubuntu,"with, comma"`."""
    if not value.startswith("in:"):
        return (name, "eq", value)
    try:
        (values,) = csv.reader([value[3:]], strict=True)
    except (csv.Error, ValueError):
        raise _wrong(f"Invalid list {value!r} of {name}: quotes do not match") from None
    return (name, "in", values)


def _time(name: str, value: str):
    """`gte:2026-01-31T12:00:00Z`; without an operator: equal."""
    operator, separator, rest = value.partition(":")
    if not separator or operator not in OPERATORS:
        operator, rest = "eq", value
    try:
        moment = timeutils.normalize_time(timeutils.parse_isotime(rest))
    except (ValueError, OverflowError):
        raise _wrong(
            f"Invalid value {value!r} of {name}: it must be OPERATOR:TIME, the operator one of"
            f" {', '.join(OPERATORS)}, the time as in 2026-01-31T12:00:00Z"
        ) from None
    return (name, operator, moment)


def _bound(column: str, operator: str):
    def read(name: str, value: str):
        return (column, operator, _integer(name, value))

    return read


#: Filters that are columns: name → function(name, value) → condition. All other names are properties.
FILTERS: dict[str, Callable[[str, str], tuple[str, str, Any]]] = {
    **dict.fromkeys(("id", "name", "status", "container_format", "disk_format"), _listed),
    **dict.fromkeys(("owner", "checksum", "os_hash_algo", "os_hash_value"), _equal(_text)),
    **dict.fromkeys(("min_ram", "min_disk", "size", "virtual_size"), _equal(_integer)),
    **dict.fromkeys(("protected", "os_hidden"), _equal(_boolean)),
    **dict.fromkeys(("created_at", "updated_at"), _time),
    "size_min": _bound("size", "gte"),
    "size_max": _bound("size", "lte"),
}


def _one_of(name: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise _wrong(f"Invalid {name}: {value}. It must be one of the following: {', '.join(known)}.")
    return value


def _order(values: dict[str, list[str]]) -> list[tuple[str, str]]:
    if "sort" in values:
        if "sort_key" in values or "sort_dir" in values:
            raise _wrong("Old and new sorting syntax cannot be combined")
        pairs = [each.partition(":")[::2] for each in values.pop("sort")[-1].split(",")]
        keys = [key.strip() for key, _ in pairs]
        directions = [direction.strip() or "desc" for _, direction in pairs]
    else:
        keys = [key.strip() for key in values.pop("sort_key", [])] or ["created_at"]
        directions = [each.strip() for each in values.pop("sort_dir", [])] or ["desc"]
        if len(directions) == 1:
            directions *= len(keys)
        if len(directions) != len(keys):
            raise _wrong("Number of sort dirs does not match the number of sort keys")
    for key in keys:
        _one_of("sort key", key, SORT_KEYS)
    for direction in directions:
        _one_of("sort direction", direction, ("asc", "desc"))
    order = dict(zip(keys, directions, strict=True))
    for key in ("created_at", "id"):  # the order must be total, or pages would skip rows
        order.setdefault(key, directions[0])
    return list(order.items())


def _limit(value: str) -> int:
    try:
        limit = int(value)
    except ValueError:
        raise _wrong("limit param must be an integer") from None
    if limit < 0:
        raise _wrong("limit param must be positive")
    return min(limit, CONF.image.api_limit_max)


def parse(values: Mapping[str, list[str]]) -> Query:
    """Return the query that `values` (name → values, as in a query string) asks for.

    Raises:
        ImageInvalid: a value has the wrong form, or an order names an unknown key.
    """
    left = {name: list(given) for name, given in values.items()}
    for name, given in left.items():
        if any("\0" in text for text in (name, *given)):
            raise _wrong("Query parameters cannot hold NUL characters")
    query = Query(order=_order(left), limit=CONF.image.limit_param_default)
    query.tags = [tag.strip() for tag in left.pop("tag", [])]
    single = {name: given[-1] for name, given in left.items()}
    if "changes-since" in single:
        raise _wrong('The "changes-since" filter is no longer available on v2.')
    if "limit" in single:
        query.limit = _limit(single.pop("limit"))
    query.marker = single.pop("marker", None)
    if single.get("visibility"):
        query.visibility = _one_of("visibility value", single["visibility"], (*VISIBILITIES, "all"))
    single.pop("visibility", None)
    query.member_status = _one_of(
        "status", single.pop("member_status", "accepted"), (*MEMBER_STATUSES, "all")
    )
    single.setdefault("os_hidden", "false")
    for name, value in single.items():
        if name in FILTERS:
            query.conditions.append(FILTERS[name](name, value))
        else:
            query.properties[name] = value
    return query


def from_arguments(filters: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return Python arguments as a query string has them: lists are repeated, booleans and times are text."""

    def text(value) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, dt.datetime):
            return timeutils.normalize_time(value).strftime("%Y-%m-%dT%H:%M:%SZ")
        return str(value)

    return {
        name: [text(each) for each in value] if isinstance(value, list | tuple | set) else [text(value)]
        for name, value in filters.items()
        if value is not None
    }
