"""Rules of flavors, their extra specs and their access lists."""

from nova_lite.policies import base

MANAGE_CREATE = "os_compute_api:os-flavor-manage:create"
MANAGE_UPDATE = "os_compute_api:os-flavor-manage:update"
MANAGE_DELETE = "os_compute_api:os-flavor-manage:delete"
ACCESS = "os_compute_api:os-flavor-access"
ADD_TENANT_ACCESS = "os_compute_api:os-flavor-access:add_tenant_access"
REMOVE_TENANT_ACCESS = "os_compute_api:os-flavor-access:remove_tenant_access"
EXTRA_SPECS_INDEX = "os_compute_api:os-flavor-extra-specs:index"
EXTRA_SPECS_SHOW = "os_compute_api:os-flavor-extra-specs:show"
EXTRA_SPECS_CREATE = "os_compute_api:os-flavor-extra-specs:create"
EXTRA_SPECS_UPDATE = "os_compute_api:os-flavor-extra-specs:update"
EXTRA_SPECS_DELETE = "os_compute_api:os-flavor-extra-specs:delete"

_SPECS = "/flavors/{flavor_id}/os-extra_specs"

RULES = [
    base.rule(MANAGE_CREATE, base.ADMIN, "Create a flavor", "POST /flavors"),
    base.rule(MANAGE_UPDATE, base.ADMIN, "Update a flavor", "PUT /flavors/{flavor_id}"),
    base.rule(MANAGE_DELETE, base.ADMIN, "Delete a flavor", "DELETE /flavors/{flavor_id}"),
    base.rule(ACCESS, base.ADMIN, "List a flavor's access", "GET /flavors/{flavor_id}/os-flavor-access"),
    base.rule(ADD_TENANT_ACCESS, base.ADMIN, "Give access", "POST /flavors/{flavor_id}/action"),
    base.rule(REMOVE_TENANT_ACCESS, base.ADMIN, "Take access away", "POST /flavors/{flavor_id}/action"),
    base.rule(EXTRA_SPECS_INDEX, base.PROJECT_READER_OR_ADMIN, "List extra specs", f"GET {_SPECS}"),
    base.rule(EXTRA_SPECS_SHOW, base.PROJECT_READER_OR_ADMIN, "Show an extra spec", f"GET {_SPECS}/{{key}}"),
    base.rule(EXTRA_SPECS_CREATE, base.ADMIN, "Create extra specs", f"POST {_SPECS}"),
    base.rule(EXTRA_SPECS_UPDATE, base.ADMIN, "Update an extra spec", f"PUT {_SPECS}/{{key}}"),
    base.rule(EXTRA_SPECS_DELETE, base.ADMIN, "Delete an extra spec", f"DELETE {_SPECS}/{{key}}"),
]
