"""The rule of the attributes of a server that name hosts and internals."""

from nova_lite.policies import base

SHOW = "os_compute_api:os-extended-server-attributes"

RULES = [
    base.rule(
        SHOW,
        base.ADMIN,
        "See OS-EXT-SRV-ATTR:* of servers",
        "GET /servers/{server_id}",
        "GET /servers/detail",
        "PUT /servers/{server_id}",
    ),
]
