"""Rules of the metadata of servers."""

from nova_lite.policies import base

INDEX = "os_compute_api:server-metadata:index"
SHOW = "os_compute_api:server-metadata:show"
CREATE = "os_compute_api:server-metadata:create"
UPDATE_ALL = "os_compute_api:server-metadata:update_all"
UPDATE = "os_compute_api:server-metadata:update"
DELETE = "os_compute_api:server-metadata:delete"

_ALL = "/servers/{server_id}/metadata"
_ONE = f"{_ALL}/{{key}}"

RULES = [
    base.rule(INDEX, base.PROJECT_READER_OR_ADMIN, "List the metadata of a server", f"GET {_ALL}"),
    base.rule(SHOW, base.PROJECT_READER_OR_ADMIN, "Show an item", f"GET {_ONE}"),
    base.rule(CREATE, base.PROJECT_MEMBER_OR_ADMIN, "Add items", f"POST {_ALL}"),
    base.rule(UPDATE_ALL, base.PROJECT_MEMBER_OR_ADMIN, "Replace all items", f"PUT {_ALL}"),
    base.rule(UPDATE, base.PROJECT_MEMBER_OR_ADMIN, "Set an item", f"PUT {_ONE}"),
    base.rule(DELETE, base.PROJECT_MEMBER_OR_ADMIN, "Remove an item", f"DELETE {_ONE}"),
]
