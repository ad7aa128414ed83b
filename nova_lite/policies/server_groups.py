"""Rules of server groups."""

from nova_lite.policies import base

INDEX = "os_compute_api:os-server-groups:index"
INDEX_ALL = "os_compute_api:os-server-groups:index:all_projects"
CREATE = "os_compute_api:os-server-groups:create"
SHOW = "os_compute_api:os-server-groups:show"
DELETE = "os_compute_api:os-server-groups:delete"

_ONE = "/os-server-groups/{server_group_id}"

RULES = [
    base.rule(INDEX, base.PROJECT_READER_OR_ADMIN, "List server groups", "GET /os-server-groups"),
    base.rule(INDEX_ALL, base.ADMIN, "List those of all projects", "GET /os-server-groups"),
    base.rule(CREATE, base.PROJECT_MEMBER_OR_ADMIN, "Create a server group", "POST /os-server-groups"),
    base.rule(SHOW, base.PROJECT_READER_OR_ADMIN, "Show a server group", f"GET {_ONE}"),
    base.rule(DELETE, base.PROJECT_MEMBER_OR_ADMIN, "Delete a server group", f"DELETE {_ONE}"),
]
