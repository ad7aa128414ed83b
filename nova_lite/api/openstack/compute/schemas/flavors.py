"""What requests about flavors may say."""

from nova_lite.api.openstack import paging
from nova_lite.api.validation import extended, many

MAX_INT = 0x7FFFFFFF
#: Largest single-precision number that a database column holds.
MAX_FLOAT = 3.40282e38

_POSITIVE = {
    "type": ["integer", "string"],
    "pattern": "^[0-9]*$",
    "minimum": 1,
    "maximum": MAX_INT,
    "minLength": 1,
}
_NOT_NEGATIVE = {**_POSITIVE, "minimum": 0}
_DESCRIPTION = {"type": ["string", "null"], "maxLength": 65535, "format": "printable"}

CREATE_V21 = {
    "type": "object",
    "properties": {
        "flavor": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 255, "format": "name"},
                "id": {
                    "type": ["string", "number", "null"],
                    "minLength": 1,
                    "maxLength": 255,
                    "pattern": r"^(?! )[a-zA-Z0-9. _-]+(?<! )\Z",
                },
                "ram": _POSITIVE,
                "vcpus": _POSITIVE,
                "disk": _NOT_NEGATIVE,
                "OS-FLV-EXT-DATA:ephemeral": _NOT_NEGATIVE,
                "swap": _NOT_NEGATIVE,
                "rxtx_factor": {
                    "type": ["number", "string"],
                    "pattern": r"^[0-9]+(\.[0-9]+)?$",
                    "minimum": 0,
                    "exclusiveMinimum": True,
                    "maximum": MAX_FLOAT,
                },
                "os-flavor-access:is_public": {
                    "type": ["boolean", "string"],
                    "enum": [
                        True, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes",
                        False, "False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no",
                    ],
                },
            },
            "required": ["name", "ram", "vcpus", "disk"],
            "additionalProperties": False,
        }
    },
    "required": ["flavor"],
    "additionalProperties": False,
}  # fmt: skip

CREATE_V255 = extended(CREATE_V21, {"description": _DESCRIPTION}, "properties", "flavor", "properties")
CREATE_V2102 = extended(CREATE_V255, {"rxtx_factor": None}, "properties", "flavor", "properties")
CREATE = ((1, CREATE_V21), (55, CREATE_V255), (102, CREATE_V2102))

UPDATE = {
    "type": "object",
    "properties": {
        "flavor": {
            "type": "object",
            "properties": {"description": _DESCRIPTION},
            "required": ["description"],
            "additionalProperties": False,
        }
    },
    "required": ["flavor"],
    "additionalProperties": False,
}

_TEXT = many({"type": "string"})
LIST_V21 = {
    "type": "object",
    "properties": {
        **paging.PROPERTIES,
        **paging.SORT_PROPERTIES,
        "is_public": _TEXT,
        "minRam": _TEXT,
        "minDisk": _TEXT,
    },
    "additionalProperties": True,
}
LIST_V275 = {**LIST_V21, "additionalProperties": False}
LIST_V2102 = extended(LIST_V275, {"name": many({"type": "string", "format": "regex"})}, "properties")
LIST = ((1, LIST_V21), (75, LIST_V275), (102, LIST_V2102))

#: Queries of what takes none: anything is let through until 2.101.
NO_QUERY_V21 = {"type": "object", "properties": {}, "additionalProperties": True}
NO_QUERY = ((1, NO_QUERY_V21), (102, {**NO_QUERY_V21, "additionalProperties": False}))

_SPECS = {
    "type": "object",
    "patternProperties": {r"^[a-zA-Z0-9-_:. ]{1,255}\Z": {"type": ["string", "number"], "maxLength": 255}},
    "additionalProperties": False,
}
CREATE_SPECS = {
    "type": "object",
    "properties": {"extra_specs": _SPECS},
    "required": ["extra_specs"],
    "additionalProperties": False,
}
UPDATE_SPEC = {**_SPECS, "minProperties": 1, "maxProperties": 1}

_TENANT = {
    "type": "object",
    "properties": {
        "tenant": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[a-zA-Z0-9-]*\Z"}
    },
    "required": ["tenant"],
    "additionalProperties": False,
}


def _action(name: str) -> dict:
    return {
        "type": "object",
        "properties": {name: _TENANT},
        "required": [name],
        "additionalProperties": False,
    }


ADD_TENANT_ACCESS = _action("addTenantAccess")
REMOVE_TENANT_ACCESS = _action("removeTenantAccess")
