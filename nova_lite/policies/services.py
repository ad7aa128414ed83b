"""Rules of services."""

from nova_lite.policies import base

LIST = "os_compute_api:os-services:list"
UPDATE = "os_compute_api:os-services:update"
DELETE = "os_compute_api:os-services:delete"

RULES = [
    base.rule(LIST, base.ADMIN, "List all running services", "GET /os-services"),
    base.rule(UPDATE, base.ADMIN, "Update a compute service", "PUT /os-services/{service_id}"),
    base.rule(DELETE, base.ADMIN, "Delete a compute service", "DELETE /os-services/{service_id}"),
]
