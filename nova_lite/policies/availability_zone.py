"""Rules of availability zones."""

from nova_lite.policies import base

LIST = "os_compute_api:os-availability-zone:list"
DETAIL = "os_compute_api:os-availability-zone:detail"

RULES = [
    base.rule(LIST, base.ANY, "List availability zones", "GET /os-availability-zone"),
    base.rule(DETAIL, base.ADMIN, "List zones with hosts", "GET /os-availability-zone/detail"),
]
