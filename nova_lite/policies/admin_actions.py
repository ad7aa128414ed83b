"""Rules of what only administrators do to a server."""

from nova_lite.policies import base

RESET_STATE = "os_compute_api:os-admin-actions:reset_state"

RULES = [
    base.rule(
        RESET_STATE, base.ADMIN, "Set a server's state", "POST /servers/{server_id}/action (os-resetState)"
    ),
]
