"""What requests about instance actions may say."""

from nova_lite.api.openstack.compute.schemas.parameters import NO_QUERY
from nova_lite.api.openstack.paging import NON_NEGATIVE_INTEGER
from nova_lite.api.validation import extended, one

_TIME = one({"type": "string", "format": "date-time"})

_LIST_1: dict = {"type": "object", "properties": {}, "additionalProperties": True}
_LIST_58 = {
    "type": "object",
    "properties": {
        "limit": one(NON_NEGATIVE_INTEGER),
        "marker": one({"type": "string"}),
        "changes-since": _TIME,
    },
    "additionalProperties": False,
}
_LIST_66 = extended(_LIST_58, {"changes-before": _TIME}, "properties")

LIST = ((1, _LIST_1), (58, _LIST_58), (66, _LIST_66))
SHOW = NO_QUERY
