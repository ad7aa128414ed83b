"""What requests about aggregates may say."""

_NAME = {"type": "string", "minLength": 1, "maxLength": 255, "format": "name"}
#: A colon divides zone, host and node where servers are asked for.
_ZONE = {**_NAME, "pattern": r"^[^:]*\Z"}
_ZONE_OR_NONE = {**_ZONE, "type": ["string", "null"]}
_HOST = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[a-zA-Z0-9-._]*\Z"}


def _body(key: str, properties: dict, **more) -> dict:
    inner = {"type": "object", "properties": properties, "additionalProperties": False, **more}
    return {"type": "object", "properties": {key: inner}, "required": [key], "additionalProperties": False}


CREATE = _body("aggregate", {"name": _NAME, "availability_zone": _ZONE_OR_NONE}, required=["name"])
UPDATE = _body(
    "aggregate",
    {"name": _NAME, "availability_zone": _ZONE_OR_NONE},
    anyOf=[{"required": ["name"]}, {"required": ["availability_zone"]}],
)
ADD_HOST = _body("add_host", {"host": _HOST}, required=["host"])
REMOVE_HOST = _body("remove_host", {"host": _HOST}, required=["host"])
SET_METADATA = _body(
    "set_metadata",
    {
        "metadata": {
            "type": "object",
            "patternProperties": {
                r"^[a-zA-Z0-9-_:. ]{1,255}\Z": {"type": ["string", "null"], "maxLength": 255}
            },
            "additionalProperties": False,
        }
    },
    required=["metadata"],
)

_ANY = {"type": "object", "properties": {}, "additionalProperties": True}
QUERY = ((1, _ANY), (102, {**_ANY, "additionalProperties": False}))
