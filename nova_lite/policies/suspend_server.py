"""Rules of suspending servers."""

from nova_lite.policies import base

SUSPEND = "os_compute_api:os-suspend-server:suspend"
RESUME = "os_compute_api:os-suspend-server:resume"

_ACTION = "POST /servers/{server_id}/action"

RULES = [
    base.rule(SUSPEND, base.PROJECT_MEMBER_OR_ADMIN, "Suspend a server", f"{_ACTION} (suspend)"),
    base.rule(RESUME, base.PROJECT_MEMBER_OR_ADMIN, "Resume a server", f"{_ACTION} (resume)"),
]
