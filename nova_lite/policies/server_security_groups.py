"""The rule of the security groups of servers."""

from nova_lite.policies import base

LIST = "os_compute_api:os-security-groups:list"

RULES = [
    base.rule(
        LIST,
        base.PROJECT_READER_OR_ADMIN,
        "List the security groups of a server",
        "GET /servers/{server_id}/os-security-groups",
    ),
]
