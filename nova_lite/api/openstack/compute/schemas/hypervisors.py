"""What queries about hypervisors may say."""

from nova_lite.api.openstack import paging
from nova_lite.api.validation import extended, one

BOOLEAN = {
    "type": ["boolean", "string"],
    "enum": [
        True, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes",
        False, "False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no",
    ],
}  # fmt: skip

_ANY = {"type": "object", "properties": {}, "additionalProperties": True}
_NOTHING = {**_ANY, "additionalProperties": False}
_PAGE = {
    "type": "object",
    "properties": {"limit": one(paging.NON_NEGATIVE_INTEGER), "marker": one({"type": "string"})},
    "additionalProperties": False,
}
_LIST_V253 = extended(
    _PAGE,
    {"hypervisor_hostname_pattern": one({"type": "string"}), "with_servers": one(BOOLEAN)},
    "properties",
)

LIST = ((1, _ANY), (33, _PAGE), (53, _LIST_V253))
SHOW = ((1, _ANY), (53, extended(_NOTHING, {"with_servers": one(BOOLEAN)}, "properties")))
#: Statistics, uptime, search and servers: gone before queries became strict everywhere.
OTHER = _ANY
