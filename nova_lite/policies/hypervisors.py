"""Rules of hypervisors."""

from nova_lite.policies import base

LIST = "os_compute_api:os-hypervisors:list"
LIST_DETAIL = "os_compute_api:os-hypervisors:list-detail"
STATISTICS = "os_compute_api:os-hypervisors:statistics"
SHOW = "os_compute_api:os-hypervisors:show"
UPTIME = "os_compute_api:os-hypervisors:uptime"
SEARCH = "os_compute_api:os-hypervisors:search"
SERVERS = "os_compute_api:os-hypervisors:servers"

_ONE = "/os-hypervisors/{hypervisor_id}"

RULES = [
    base.rule(LIST, base.ADMIN, "List all hypervisors", "GET /os-hypervisors"),
    base.rule(LIST_DETAIL, base.ADMIN, "List all hypervisors with details", "GET /os-hypervisors/detail"),
    base.rule(STATISTICS, base.ADMIN, "Show summary statistics", "GET /os-hypervisors/statistics"),
    base.rule(SHOW, base.ADMIN, "Show details of a hypervisor", f"GET {_ONE}"),
    base.rule(UPTIME, base.ADMIN, "Show the uptime of a hypervisor", f"GET {_ONE}/uptime"),
    base.rule(SEARCH, base.ADMIN, "Search hypervisors by hostname", "GET /os-hypervisors/{pattern}/search"),
    base.rule(SERVERS, base.ADMIN, "List servers on hypervisors", "GET /os-hypervisors/{pattern}/servers"),
]
