"""Rules of host aggregates."""

from nova_lite.policies import base

INDEX = "os_compute_api:os-aggregates:index"
CREATE = "os_compute_api:os-aggregates:create"
SHOW = "os_compute_api:os-aggregates:show"
UPDATE = "os_compute_api:os-aggregates:update"
DELETE = "os_compute_api:os-aggregates:delete"
ADD_HOST = "os_compute_api:os-aggregates:add_host"
REMOVE_HOST = "os_compute_api:os-aggregates:remove_host"
SET_METADATA = "os_compute_api:os-aggregates:set_metadata"

_ONE = "/os-aggregates/{aggregate_id}"

RULES = [
    base.rule(INDEX, base.ADMIN, "List all aggregates", "GET /os-aggregates"),
    base.rule(CREATE, base.ADMIN, "Create an aggregate", "POST /os-aggregates"),
    base.rule(SHOW, base.ADMIN, "Show details of an aggregate", f"GET {_ONE}"),
    base.rule(UPDATE, base.ADMIN, "Update an aggregate's name or zone", f"PUT {_ONE}"),
    base.rule(DELETE, base.ADMIN, "Delete an aggregate", f"DELETE {_ONE}"),
    base.rule(ADD_HOST, base.ADMIN, "Add a host to an aggregate", f"POST {_ONE}/action (add_host)"),
    base.rule(REMOVE_HOST, base.ADMIN, "Remove a host", f"POST {_ONE}/action (remove_host)"),
    base.rule(SET_METADATA, base.ADMIN, "Set metadata", f"POST {_ONE}/action (set_metadata)"),
]
