"""Documents that change images: what `POST /v2/images` holds, and JSON-patches, read by Glance's rules.

https://docs.openstack.org/api-ref/image/v2/#create-image and
https://specs.openstack.org/openstack/glance-specs/specs/api/v2/http-patch-image-api-v2.html
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jsonschema

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.image import filters, metadata

UUID_PATTERN = "^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$"
STATUSES = (
    "queued", "saving", "active", "killed", "deleted", "uploading", "importing", "pending_delete",
    "deactivated",
)  # fmt: skip
READ_ONLY = {
    "created_at", "updated_at", "status", "checksum", "size", "virtual_size", "os_hash_algo", "os_hash_value",
    "direct_url", "self", "file", "schema", "stores",
}  # fmt: skip
RESERVED = {"location", "deleted", "deleted_at"}
RESERVED_PREFIX = "os_glance"
_OPERATIONS = ("add", "remove", "replace")
#: Bytes of a TEXT column of MariaDB.
_LONGEST_VALUE = 65535
_MOST = (1 << 31) - 1


def _string(description: str, length: int | None = None, *, nullable: bool = True, **more) -> dict:
    made: dict = {"type": ["null", "string"] if nullable else "string", "description": description, **more}
    return made if length is None else {**made, "maxLength": length}


def base_properties(disk_formats: Sequence[str], container_formats: Sequence[str]) -> dict:
    """Return the schemas of the keys that every image has, as `GET /v2/schemas/image` shows them."""
    whole = {"type": "integer", "minimum": 0, "maximum": _MOST}
    read_only = {"readOnly": True}
    return {
        "id": _string("An identifier for the image", nullable=False, pattern=UUID_PATTERN),
        "name": _string("Descriptive name for the image", 255),
        "status": {
            "type": "string",
            "description": "Status of the image",
            "enum": list(STATUSES),
            **read_only,
        },
        "visibility": {
            "type": "string",
            "description": "Scope of image accessibility",
            "enum": list(filters.VISIBILITIES),
        },
        "protected": {"type": "boolean", "description": "If true, image will not be deletable."},
        "os_hidden": {"type": "boolean", "description": "If true, image will not appear in default lists."},
        "checksum": _string("MD5 of the data", 32, **read_only),
        "os_hash_algo": _string("Algorithm of os_hash_value", 64, **read_only),
        "os_hash_value": _string("Hash of the data, in hexadecimal", 128, **read_only),
        "owner": _string("Owner of the image", 255),
        "size": {"type": ["null", "integer"], "description": "Bytes of the data", **read_only},
        "virtual_size": {
            "type": ["null", "integer"],
            "description": "Bytes of the disk that it holds",
            **read_only,
        },
        "container_format": {
            "type": ["null", "string"],
            "description": "Format of the container",
            "enum": [None, *container_formats],
        },
        "disk_format": {
            "type": ["null", "string"],
            "description": "Format of the disk",
            "enum": [None, *disk_formats],
        },
        "created_at": _string("Date and time of image registration", nullable=False, **read_only),
        "updated_at": _string("Date and time of the last image modification", nullable=False, **read_only),
        "tags": {
            "type": "array",
            "description": "List of strings related to the image",
            "items": {"type": "string", "maxLength": 255},
        },
        "min_ram": {**whole, "description": "Amount of ram (in MB) required to boot image."},
        "min_disk": {**whole, "description": "Amount of disk space (in GB) required to boot image."},
        "self": _string("An image self url", nullable=False, **read_only),
        "file": _string("An image file url", nullable=False, **read_only),
        "schema": _string("An image schema url", nullable=False, **read_only),
    }


@functools.lru_cache(maxsize=8)
def _validator(disk_formats: tuple[str, ...], container_formats: tuple[str, ...]):
    properties = base_properties(disk_formats, container_formats)
    schema = {"type": "object", "properties": properties, "additionalProperties": {"type": "string"}}
    return jsonschema.Draft4Validator(schema)


def _wrong(reason: str) -> exception.NovaException:
    return exception.ImageInvalid(reason=reason)


def _check_text(value) -> None:
    """Refuse text that no database takes: NUL, halves of surrogate pairs."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise _wrong(f"{value!a} holds characters that cannot be stored")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            _check_text(key)
            _check_text(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_text(inner)


def _validate(image: Mapping) -> None:
    validator = _validator(tuple(CONF.image.disk_formats), tuple(CONF.image.container_formats))
    error = next(validator.iter_errors(image), None)
    if error is not None:
        where = f" at '{error.absolute_path[0]}'" if error.absolute_path else ""
        raise _wrong(f"Provided object does not match schema 'image': {error.message}{where}")
    _check_text(image)
    for key, value in image.items():
        if key in metadata.BASE:
            continue
        if len(key) > 255:
            raise _wrong("Custom property should not be greater than 255 characters.")
        if isinstance(value, str) and len(value.encode()) > _LONGEST_VALUE:
            raise _wrong(f"The value of property {key} is over {_LONGEST_VALUE} bytes.")


def _check_writable(key: str, read_only: set[str]) -> None:
    if key in read_only:
        raise exception.ImageForbidden(reason=f"Attribute '{key}' is read-only.")
    if key in RESERVED or key.startswith(RESERVED_PREFIX):
        raise exception.ImageForbidden(reason=f"Attribute '{key}' is reserved.")
    if key == "locations":
        raise exception.ImageForbidden(reason="It's not allowed to add locations if locations are invisible.")


def parse(body) -> tuple[dict, dict[str, str], list[str]]:
    """Return (columns, properties, tags) of a document that makes an image.

    Raises:
        ImageForbidden: it sets what only the service sets.
        ImageInvalid: it does not fit the schema.
    """
    if not isinstance(body, dict):
        raise _wrong("Expected a JSON object")
    for key in body:
        _check_writable(key, READ_ONLY)
    _validate(body)
    values = {key: value for key, value in body.items() if key in metadata.WRITABLE}
    tags = values.pop("tags", [])
    properties = {key: value for key, value in body.items() if key not in metadata.WRITABLE}
    return values, properties, tags


@dataclass(frozen=True)
class Change:
    """One operation of a JSON-patch on one key. `strict`: adding a key that is there is an error."""

    operation: str
    key: str
    value: Any = None
    strict: bool = False


def _pointer(pointer) -> str:
    """Return the key that a JSON pointer names: images have no deeper places."""
    if not isinstance(pointer, str):
        raise _wrong(f"Pointer {pointer!r} is not a string.")
    for pattern, what in (
        (r"^(?!/)", 'does not start with "/"'),
        (r"^/.*/\s*/", 'contains adjacent "/"'),
        (r"^/.*/$", 'ends with "/"'),
        (r"^/\s*$", "does not contain a valid token"),
        (r"~(?![01])", 'contains "~" not part of a recognized escape sequence'),
    ):
        if re.search(pattern, pointer, re.DOTALL):
            raise _wrong(f"Pointer `{pointer}` {what}.")
    parts = [part.replace("~1", "/").replace("~0", "~").strip() for part in pointer[1:].split("/")]
    if parts[0] == "locations":
        _check_writable("locations", set())
    if len(parts) != 1:
        raise _wrong(f"Invalid JSON pointer for this resource: '{pointer}'")
    return parts[0]


def _operation(raw: dict, *, draft4: bool) -> tuple[str, Any]:
    """Return (operation, pointer) of an entry of a patch."""
    if draft4:
        named = [name for name in _OPERATIONS if name in raw]
        if len(named) != 1:
            raise _wrong(
                'Operation objects must contain exactly one member named "add", "remove", or "replace".'
            )
        return named[0], raw[named[0]]
    known = ", ".join(_OPERATIONS)
    if "op" not in raw:
        raise _wrong(f"Unable to find `op` in JSON Schema change. It must be one of the following: {known}.")
    if raw["op"] not in _OPERATIONS:
        raise _wrong(f"Invalid operation: `{raw['op']}`. It must be one of the following: {known}.")
    if "path" not in raw:
        raise _wrong("Unable to find 'path' in JSON Schema change")
    return raw["op"], raw["path"]


def read_patch(body, *, draft4: bool = False) -> list[Change]:
    """Return the changes of a JSON-patch.

    Args:
        body: decoded JSON.
        draft4: the older form (`application/openstack-images-v2.0-json-patch`): `{"replace": "/name", …}`.

    Raises:
        ImageForbidden: it changes what only the service changes.
        ImageInvalid: it is malformed, or a value does not fit.
    """
    if not isinstance(body, list):
        raise _wrong("Request body must be a JSON array of operation objects.")
    changes = []
    for raw in body:
        if not isinstance(raw, dict):
            raise _wrong("Operations must be JSON objects.")
        operation, pointer = _operation(raw, draft4=draft4)
        key = _pointer(pointer)
        _check_text(key)
        _check_writable(key, READ_ONLY | {"id"})
        if operation == "remove":
            changes.append(Change(operation, key))
            continue
        if "value" not in raw:
            raise _wrong(f'Operation "{operation}" requires a member named "value".')
        _validate({key: raw["value"]})
        changes.append(Change(operation, key, raw["value"], strict=draft4))
    return changes


def patched(image: Mapping, changes: Sequence[Change]) -> dict:
    """Return what `db.images.change` is to write: the columns, properties and tags that the changes set.

    Raises:
        ImageConflict: a property that is not there is replaced or removed; or, strictly, one that is is added.
        ImageForbidden: a key that every image has is removed.
    """
    values: dict[str, Any] = {}
    properties = dict(image["properties"])
    for change in changes:
        key = change.key
        fixed = key in metadata.WRITABLE
        if change.operation == "remove" and fixed:
            raise exception.ImageForbidden(reason=f"Property {key} may not be removed.")
        if change.operation in ("remove", "replace") and not fixed and key not in properties:
            raise exception.ImageConflict(reason=f"Property {key} does not exist.")
        if change.operation == "add" and change.strict and (fixed or key in properties):
            raise exception.ImageConflict(reason=f"Property {key} already present.")
        if change.operation == "remove":
            del properties[key]
        elif fixed:
            values[key] = sorted(set(change.value)) if key == "tags" else change.value
        else:
            properties[key] = change.value
    return {**values, "properties": properties}
