"""Rules of key pairs: each user's own; administrators those of all."""

from nova_lite.policies import base

INDEX = "os_compute_api:os-keypairs:index"
CREATE = "os_compute_api:os-keypairs:create"
DELETE = "os_compute_api:os-keypairs:delete"
SHOW = "os_compute_api:os-keypairs:show"

_OWN = f"({base.ADMIN}) or user_id:%(user_id)s"

RULES = [
    base.rule(INDEX, _OWN, "List all keypairs", "GET /os-keypairs"),
    base.rule(CREATE, _OWN, "Create a keypair", "POST /os-keypairs"),
    base.rule(DELETE, _OWN, "Delete a keypair", "DELETE /os-keypairs/{keypair_name}"),
    base.rule(SHOW, _OWN, "Show details of a keypair", "GET /os-keypairs/{keypair_name}"),
]
