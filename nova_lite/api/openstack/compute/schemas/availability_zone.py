"""What queries about availability zones may say: nothing, refused from 2.102."""

_ANY = {"type": "object", "properties": {}, "additionalProperties": True}
LIST = ((1, _ANY), (102, {**_ANY, "additionalProperties": False}))
