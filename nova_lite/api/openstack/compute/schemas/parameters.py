r"""Pieces that several schemas share, with Nova's bounds.

Patterns end in \Z: `$` would let a line feed through at the end.
"""

NAME = {"type": "string", "minLength": 1, "maxLength": 255, "format": "name"}
DESCRIPTION = {"type": ["string", "null"], "minLength": 0, "maxLength": 255, "format": "printable"}
UUID = {"type": "string", "format": "uuid"}
IP_ADDRESS = {
    "type": "string",
    "oneOf": [{"format": "ipv4"}, {"format": "ipv6"}],
}
POSITIVE_INTEGER = {
    "type": ["integer", "string"],
    "pattern": "^[0-9]*$",
    "minimum": 1,
    "minLength": 1,
    "maxLength": 19,  # beyond 4300 digits, int() refuses them
}
#: Every spelling of yes and no that Nova takes.
BOOLEAN = {
    "type": ["boolean", "string"],
    "enum": [
        True, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes", "y", "t",
        False, "False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no", "n", "f",
    ],
}  # fmt: skip
METADATA_KEY = r"^[a-zA-Z0-9-_:. ]{1,255}\Z"
METADATA = {
    "type": "object",
    "patternProperties": {METADATA_KEY: {"type": "string", "maxLength": 255}},
    "additionalProperties": False,
}
#: A tag of a server or of a device.
TAG = {"type": "string", "minLength": 1, "maxLength": 60, "pattern": r"^[^,/]*\Z"}
TAGS = {"type": "array", "items": TAG, "maxItems": 50}
DISK_CONFIG = {"type": "string", "enum": ["AUTO", "MANUAL"]}
HOSTNAME = {
    "type": "string",
    "minLength": 2,
    "maxLength": 63,
    "pattern": r"^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+\Z",
}
FQDN = {
    "type": "string",
    "minLength": 2,
    "maxLength": 255,
    "pattern": r"^[a-zA-Z0-9]+[a-zA-Z0-9-.]*[a-zA-Z0-9]+\Z",
}
HOST = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[a-zA-Z0-9-._]*\Z"}
SIZE_GB = {
    "type": ["integer", "string"],
    "pattern": "^[0-9]+$",
    "minimum": 1,
    "maximum": 0x7FFFFFFF,
    "minLength": 1,
    "maxLength": 10,
}


def closed(properties: dict, *required: str) -> dict:
    """Return the schema of an object with these properties and no others."""
    schema: dict = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = list(required)
    return schema


_ANY_QUERY = {"type": "object", "properties": {}, "additionalProperties": True}
#: Where a query string says nothing: looked over until 2.101, refused from 2.102.
NO_QUERY = ((1, _ANY_QUERY), (102, _ANY_QUERY | {"additionalProperties": False}))
