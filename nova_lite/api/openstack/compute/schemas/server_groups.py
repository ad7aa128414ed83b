"""What requests about server groups may say."""

from nova_lite.api.openstack import paging
from nova_lite.api.validation import extended, many

_POLICIES = ["anti-affinity", "affinity"]
_SOFT_POLICIES = ["soft-anti-affinity", "soft-affinity"]
_INNER = ("properties", "server_group")

CREATE_V21 = {
    "type": "object",
    "properties": {
        "server_group": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 255, "format": "name"},
                "policies": {
                    "type": "array",
                    "items": {"enum": _POLICIES},
                    "uniqueItems": True,
                    "minItems": 1,
                    "maxItems": 1,
                },
            },
            "required": ["name", "policies"],
            "additionalProperties": False,
        }
    },
    "required": ["server_group"],
    "additionalProperties": False,
}
CREATE_V215 = extended(
    CREATE_V21, {"items": {"enum": _POLICIES + _SOFT_POLICIES}}, *_INNER, "properties", "policies"
)
CREATE_V264 = extended(
    extended(
        CREATE_V21,
        {
            "policies": None,
            "policy": {"type": "string", "enum": _POLICIES + _SOFT_POLICIES},
            "rules": {
                "type": "object",
                "properties": {
                    "max_server_per_host": {
                        "type": ["integer", "string"],
                        "pattern": "^[0-9]*$",
                        "minimum": 1,
                        "minLength": 1,
                    }
                },
                "additionalProperties": False,
            },
        },
        *_INNER,
        "properties",
    ),
    {"required": ["name", "policy"]},
    *_INNER,
)
CREATE = ((1, CREATE_V21), (15, CREATE_V215), (64, CREATE_V264))

_LIST = {
    "type": "object",
    "properties": {
        "all_projects": many({"type": "string"}),
        "limit": many(paging.NON_NEGATIVE_INTEGER),
        "offset": many(paging.NON_NEGATIVE_INTEGER),
    },
    "additionalProperties": True,
}
LIST = ((1, _LIST), (75, {**_LIST, "additionalProperties": False}))

_ANY = {"type": "object", "properties": {}, "additionalProperties": True}
SHOW = ((1, _ANY), (102, {**_ANY, "additionalProperties": False}))
