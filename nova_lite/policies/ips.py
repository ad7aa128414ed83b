"""Rules of the addresses of servers."""

from nova_lite.policies import base

INDEX = "os_compute_api:ips:index"
SHOW = "os_compute_api:ips:show"

RULES = [
    base.rule(
        INDEX, base.PROJECT_READER_OR_ADMIN, "List the addresses of a server", "GET /servers/{server_id}/ips"
    ),
    base.rule(
        SHOW,
        base.PROJECT_READER_OR_ADMIN,
        "List its addresses on one network",
        "GET /servers/{server_id}/ips/{network_label}",
    ),
]
