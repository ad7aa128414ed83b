"""Rules of locking servers."""

from nova_lite.policies import base

LOCK = "os_compute_api:os-lock-server:lock"
UNLOCK = "os_compute_api:os-lock-server:unlock"
UNLOCK_OVERRIDE = "os_compute_api:os-lock-server:unlock:unlock_override"

_ACTION = "POST /servers/{server_id}/action"

RULES = [
    base.rule(LOCK, base.PROJECT_MEMBER_OR_ADMIN, "Lock a server", f"{_ACTION} (lock)"),
    base.rule(UNLOCK, base.PROJECT_MEMBER_OR_ADMIN, "Unlock a server", f"{_ACTION} (unlock)"),
    base.rule(UNLOCK_OVERRIDE, base.ADMIN, "Unlock what someone else locked", f"{_ACTION} (unlock)"),
]
