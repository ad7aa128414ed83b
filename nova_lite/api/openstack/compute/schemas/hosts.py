"""What queries about hosts may say."""

from nova_lite.api.validation import many

LIST = {"type": "object", "properties": {"zone": many({"type": "string"})}, "additionalProperties": True}
SHOW = {"type": "object", "properties": {}, "additionalProperties": True}
