"""Rules of pausing servers."""

from nova_lite.policies import base

PAUSE = "os_compute_api:os-pause-server:pause"
UNPAUSE = "os_compute_api:os-pause-server:unpause"

_ACTION = "POST /servers/{server_id}/action"

RULES = [
    base.rule(PAUSE, base.PROJECT_MEMBER_OR_ADMIN, "Pause a server", f"{_ACTION} (pause)"),
    base.rule(UNPAUSE, base.PROJECT_MEMBER_OR_ADMIN, "Unpause a server", f"{_ACTION} (unpause)"),
]
