"""What requests about key pairs may say."""

from nova_lite.api.openstack import paging
from nova_lite.api.validation import extended, many

_NAME = {"type": "string", "minLength": 1, "maxLength": 255, "format": "name"}
_INNER = ("properties", "keypair", "properties")

CREATE_V21 = {
    "type": "object",
    "properties": {
        "keypair": {
            "type": "object",
            "properties": {"name": _NAME, "public_key": {"type": "string"}},
            "required": ["name"],
            "additionalProperties": False,
        }
    },
    "required": ["keypair"],
    "additionalProperties": False,
}
CREATE_V22 = extended(CREATE_V21, {"type": {"type": "string", "enum": ["ssh", "x509"]}}, *_INNER)
CREATE_V210 = extended(CREATE_V22, {"user_id": {"type": "string"}}, *_INNER)
CREATE_V292 = extended(
    extended(CREATE_V210, {"name": {**_NAME, "pattern": r"^[a-zA-Z0-9-_ @.]*\Z"}}, *_INNER),
    {"required": ["public_key", "name"]},
    "properties",
    "keypair",
)
CREATE = ((1, CREATE_V21), (2, CREATE_V22), (10, CREATE_V210), (92, CREATE_V292))

_ANY = {"type": "object", "properties": {}, "additionalProperties": True}
_USER = extended(_ANY, {"user_id": many({"type": "string"})}, "properties")
_PAGE = extended(_USER, paging.PROPERTIES, "properties")
_STRICT = {"additionalProperties": False}

LIST = ((1, _ANY), (10, _USER), (35, _PAGE), (75, _PAGE | _STRICT))
ONE = ((1, _ANY), (10, _USER), (75, _USER | _STRICT))
