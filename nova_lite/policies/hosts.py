"""Rules of hosts (until 2.42)."""

from nova_lite.policies import base

LIST = "os_compute_api:os-hosts:list"
SHOW = "os_compute_api:os-hosts:show"

RULES = [
    base.rule(LIST, base.ADMIN, "List physical hosts", "GET /os-hosts"),
    base.rule(SHOW, base.ADMIN, "Show a physical host", "GET /os-hosts/{host_name}"),
]
