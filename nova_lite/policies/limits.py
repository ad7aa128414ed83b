"""Rules of limits."""

from nova_lite.policies import base

LIMITS = "os_compute_api:limits"
OTHER_PROJECT = "os_compute_api:limits:other_project"

RULES = [
    base.rule(LIMITS, base.ANY, "Show the limits of the project", "GET /limits"),
    base.rule(OTHER_PROJECT, base.ADMIN, "Show the limits of another project", "GET /limits"),
]
