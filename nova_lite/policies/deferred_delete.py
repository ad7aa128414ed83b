"""Rules of deleting a server at once, and of taking a deletion back."""

from nova_lite.policies import base

FORCE = "os_compute_api:os-deferred-delete:force"

RULES = [
    base.rule(
        FORCE,
        base.PROJECT_MEMBER_OR_ADMIN,
        "Delete a server for good",
        "POST /servers/{server_id}/action (forceDelete)",
    ),
]
