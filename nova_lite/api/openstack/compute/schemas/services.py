"""What requests about services may say."""

from nova_lite.api.validation import extended, many

_REASON = {"type": "string", "minLength": 1, "maxLength": 255}

UPDATE_V21 = {
    "type": "object",
    "properties": {
        "host": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[a-zA-Z0-9-._]*\Z"},
        "binary": {"type": "string", "minLength": 1, "maxLength": 255},
        "disabled_reason": _REASON,
    },
    "required": ["host", "binary"],
    "additionalProperties": False,
}
UPDATE_V211 = extended(UPDATE_V21, {"forced_down": {"type": "boolean"}}, "properties")
UPDATE_V253 = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": ["enabled", "disabled"]},
        "disabled_reason": _REASON,
        "forced_down": {"type": "boolean"},
    },
    "additionalProperties": False,
}
UPDATE = ((1, UPDATE_V21), (11, UPDATE_V211), (53, UPDATE_V253))

_LIST = {
    "type": "object",
    "properties": {"host": many({"type": "string"}), "binary": many({"type": "string"})},
    "additionalProperties": True,
}
LIST = ((1, _LIST), (75, {**_LIST, "additionalProperties": False}))
