"""JSON schemas for bodies and query strings, and Nova's words for what does not fit.

Schemas are JSON Schema draft 4, compiled once. Messages are Nova's: "Invalid input for field/attribute NAME.
Value: V. REASON" for bodies and "Invalid input for query parameters NAME. Value: V. REASON" for queries.
"""

import base64
import binascii
import copy
import re
import unicodedata
from typing import Any

import jsonschema
from oslo_utils import netutils, timeutils, uuidutils

from nova_lite import exception

_FORMATS = jsonschema.FormatChecker(formats=())


@_FORMATS.checks("uuid")
def _uuid(value) -> bool:
    return not isinstance(value, str) or uuidutils.is_uuid_like(value)


@_FORMATS.checks("date-time", raises=ValueError)
def _date_time(value) -> bool:
    if isinstance(value, str):
        timeutils.parse_isotime(value)
    return True


@_FORMATS.checks("base64")
def _base64(value) -> bool:
    try:
        base64.b64decode(value.encode() if isinstance(value, str) else value, validate=False)
    except (binascii.Error, ValueError, TypeError):
        return False
    return True


@_FORMATS.checks("ipv4")
def _ipv4(value) -> bool:
    return not isinstance(value, str) or netutils.is_valid_ipv4(value)


@_FORMATS.checks("ipv6")
def _ipv6(value) -> bool:
    return not isinstance(value, str) or netutils.is_valid_ipv6(value)


@_FORMATS.checks("cidr")
def _cidr(value) -> bool:
    return not isinstance(value, str) or netutils.is_valid_cidr(value)


@_FORMATS.checks("mac-address")
def _mac_address(value) -> bool:
    return not isinstance(value, str) or netutils.is_valid_mac(value)


@_FORMATS.checks("regex", raises=(re.error, OverflowError, RecursionError))
def _regex(value) -> bool:
    if isinstance(value, str):
        re.compile(value)
    return True


@_FORMATS.checks("name")
def _name(value) -> bool:
    """A name: printable, no white space at either end, not only white space (Nova's rule since 2.1)."""
    return not isinstance(value, str) or (bool(value) and value == value.strip() and printable(value))


@_FORMATS.checks("printable")
def _printable(value) -> bool:
    """Free text on one line: descriptions."""
    return not isinstance(value, str) or printable(value)


@_FORMATS.checks("name_with_leading_trailing_spaces")
def _name_with_spaces(value) -> bool:
    return not isinstance(value, str) or (bool(value.strip()) and printable(value))


def printable(value: str) -> bool:
    """Return whether every character may stand in a name; spaces of all kinds may, control characters not."""
    return all(letter.isprintable() or unicodedata.category(letter) == "Zs" for letter in value)


#: The largest id of a row; no table here gets that far.
MAX_ID = 0x7FFFFFFF
_MAX_DIGITS = 19


def row_id(text: str) -> int | None:
    """Return the id of a row in a path or a marker, MAX_ID for larger ones, None for what is no number."""
    if not (text.isascii() and text.isdigit()):
        return None
    return MAX_ID if len(text) > _MAX_DIGITS else min(int(text), MAX_ID)


_compiled: dict[tuple[int, bool], tuple[dict, Any]] = {}


def _tolerant(schema):
    """Return a copy of a schema that lets unknown properties through (the /v2 endpoint)."""
    if isinstance(schema, dict):
        made = {key: _tolerant(value) for key, value in schema.items() if key != "additionalProperties"}
        if isinstance(schema.get("additionalProperties"), dict):
            made["additionalProperties"] = _tolerant(schema["additionalProperties"])
        return made
    if isinstance(schema, list):
        return [_tolerant(each) for each in schema]
    return schema


def _validator(schema: dict, tolerant: bool = False):
    key = (id(schema), tolerant)
    found = _compiled.get(key)
    if found is None:
        used = _tolerant(schema) if tolerant else schema
        jsonschema.Draft4Validator.check_schema(used)
        # The schema is kept beside its validator, so that its id() cannot be used again by another one.
        found = _compiled[key] = (schema, jsonschema.Draft4Validator(used, format_checker=_FORMATS))
    return found[1]


def _first_error(validator, value):
    return next(iter(validator.iter_errors(value)), None)


def body(schema: dict, value, *, tolerant: bool = False) -> None:
    """Check a decoded JSON body.

    Raises:
        ValidationError: with Nova's text.
    """
    error = _first_error(_validator(schema, tolerant), value)
    if error is not None:
        raise exception.ValidationError(detail=_describe(error, "field/attribute"))


def query(schema: dict, values: dict[str, list[str]]) -> dict[str, list[str]]:
    """Check a query string and return it without the parameters that the schema does not know.

    Raises:
        ValidationError: a value does not fit, or (where additionalProperties is false) a name is unknown.
    """
    error = _first_error(_validator(schema), values)
    if error is not None:
        raise exception.ValidationError(detail=_describe(error, "query parameters"))
    known = schema.get("properties", {})
    patterns = [re.compile(each) for each in schema.get("patternProperties", {})]
    return {
        name: value
        for name, value in values.items()
        if name in known or any(pattern.search(name) for pattern in patterns)
    }


def _describe(error: jsonschema.ValidationError, what: str) -> str:
    path = list(error.absolute_path)
    while len(path) > 1 and isinstance(path[-1], int) and what == "query parameters":
        path.pop()
    message = error.message
    if error.validator == "format":
        message = f"{error.instance!r} is not a {error.validator_value!r}"
    if not path:
        return message
    return f"Invalid input for {what} {path[-1]}. Value: {error.instance}. {message}"


def many(schema: dict) -> dict:
    """Return the schema of a query parameter that may be repeated."""
    return {"type": "array", "items": schema}


def one(schema: dict) -> dict:
    """Return the schema of a query parameter that may be given once."""
    return {"type": "array", "items": schema, "maxItems": 1}


def extended(schema: dict, changes: dict, *path: str) -> dict:
    """Return a deep copy of a schema with `changes` merged into the dictionary at `path`.

    `extended(CREATE, {"tags": TAGS}, "properties", "server", "properties")` is how a later microversion says
    what it adds; a value of None removes the key.
    """
    made = copy.deepcopy(schema)
    place = made
    for key in path:
        place = place[key]
    for key, value in changes.items():
        if value is None:
            place.pop(key, None)
        else:
            place[key] = value
    return made
