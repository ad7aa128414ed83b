"""The rule of reading a server's console log."""

from nova_lite.policies import base

SHOW = "os_compute_api:os-console-output"

RULES = [
    base.rule(
        SHOW,
        base.PROJECT_MEMBER_OR_ADMIN,
        "Read the console log",
        "POST /servers/{server_id}/action (os-getConsoleOutput)",
    ),
]
