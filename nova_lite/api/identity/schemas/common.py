"""Parts of the schemas of the identity face."""

#: No NUL: PostgreSQL cannot store it.
_TEXT = r"^[^\x00]*$"


def name(length: int) -> dict:
    """Return the schema of a name: at least one character that is not white space."""
    return {"type": "string", "minLength": 1, "maxLength": length, "pattern": r"^[^\x00]*[^\s\x00][^\x00]*$"}


def text(length: int) -> dict:
    """Return the schema of a text that may be null."""
    return {"type": ["string", "null"], "maxLength": length, "pattern": _TEXT}


NAME = name(255)
DESCRIPTION = text(16000)
ENABLED = {"type": "boolean"}
ID = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-zA-Z0-9-]+$"}
NULL_ID = {"oneOf": [ID, {"type": "null"}]}
#: Resource options are not implemented: an empty object, which clients send, is all that is taken.
OPTIONS = {"type": "object", "maxProperties": 0}


def body(noun: str, properties: dict, required: tuple[str, ...] = ()) -> dict:
    """Return the schema of `{noun: {…}}`; other attributes are kept as Keystone keeps them."""
    inner = {"type": "object", "properties": {"options": OPTIONS, **properties}, "additionalProperties": True}
    if required:
        inner["required"] = list(required)
    else:
        inner["minProperties"] = 1
    return {"type": "object", "properties": {noun: inner}, "required": [noun]}
