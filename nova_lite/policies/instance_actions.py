"""Rules of what was done to a server."""

from nova_lite.policies import base

LIST = "os_compute_api:os-instance-actions:list"
SHOW = "os_compute_api:os-instance-actions:show"
EVENTS = "os_compute_api:os-instance-actions:events"
EVENTS_DETAILS = "os_compute_api:os-instance-actions:events:details"

_LIST = "GET /servers/{server_id}/os-instance-actions"
_SHOW = f"{_LIST}/{{request_id}}"

RULES = [
    base.rule(LIST, base.PROJECT_READER_OR_ADMIN, "List the actions of a server", _LIST),
    base.rule(SHOW, base.PROJECT_READER_OR_ADMIN, "Show an action", _SHOW),
    base.rule(EVENTS, base.ADMIN, "See traceback and host of its events", _SHOW),
    base.rule(EVENTS_DETAILS, base.ADMIN, "See the details of its events", _SHOW),
]
