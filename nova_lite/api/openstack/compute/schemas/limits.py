"""What queries about limits may say."""

from nova_lite.api.validation import many

_LIST = {
    "type": "object",
    "properties": {"tenant_id": many({"type": "string"})},
    "additionalProperties": True,
}
LIST = ((1, _LIST), (75, {**_LIST, "additionalProperties": False}))
