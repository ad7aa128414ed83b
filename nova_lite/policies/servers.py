"""Rules of servers: list, show, create, update, delete, and the power actions of the main resource."""

from nova_lite.policies import base

INDEX = "os_compute_api:servers:index"
DETAIL = "os_compute_api:servers:detail"
INDEX_ALL_TENANTS = "os_compute_api:servers:index:get_all_tenants"
DETAIL_ALL_TENANTS = "os_compute_api:servers:detail:get_all_tenants"
ALLOW_ALL_FILTERS = "os_compute_api:servers:allow_all_filters"
SHOW = "os_compute_api:servers:show"
SHOW_FLAVOR_EXTRA_SPECS = "os_compute_api:servers:show:flavor-extra-specs"
SHOW_HOST_STATUS = "os_compute_api:servers:show:host_status"
SHOW_HOST_STATUS_UNKNOWN = "os_compute_api:servers:show:host_status:unknown-only"
CREATE = "os_compute_api:servers:create"
CREATE_FORCED_HOST = "os_compute_api:servers:create:forced_host"
CREATE_REQUESTED_DESTINATION = "compute:servers:create:requested_destination"
CREATE_ATTACH_VOLUME = "os_compute_api:servers:create:attach_volume"
CREATE_ATTACH_NETWORK = "os_compute_api:servers:create:attach_network"
CREATE_TRUSTED_CERTS = "os_compute_api:servers:create:trusted_certs"
CREATE_ZERO_DISK_FLAVOR = "os_compute_api:servers:create:zero_disk_flavor"
ATTACH_EXTERNAL_NETWORK = "network:attach_external_network"
DELETE = "os_compute_api:servers:delete"
UPDATE = "os_compute_api:servers:update"
REBOOT = "os_compute_api:servers:reboot"
START = "os_compute_api:servers:start"
STOP = "os_compute_api:servers:stop"

_ACTION = "POST /servers/{server_id}/action"
_READ, _WRITE = base.PROJECT_READER_OR_ADMIN, base.PROJECT_MEMBER_OR_ADMIN
_LISTS = ("GET /servers", "GET /servers/detail")
_RECORDS = ("GET /servers/detail", "GET /servers/{server_id}", "PUT /servers/{server_id}")

RULES = [
    base.rule(INDEX, _READ, "List servers", "GET /servers"),
    base.rule(DETAIL, _READ, "List servers with details", "GET /servers/detail"),
    base.rule(INDEX_ALL_TENANTS, base.ADMIN, "List the servers of all projects", "GET /servers"),
    base.rule(DETAIL_ALL_TENANTS, base.ADMIN, "The same with details", "GET /servers/detail"),
    base.rule(ALLOW_ALL_FILTERS, base.ADMIN, "Filter lists by every attribute", *_LISTS),
    base.rule(SHOW, _READ, "Show a server", "GET /servers/{server_id}"),
    base.rule(SHOW_FLAVOR_EXTRA_SPECS, _READ, "See the flavor's extra specs in a server", *_RECORDS),
    base.rule(SHOW_HOST_STATUS, base.ADMIN, "See the status of a server's host", *_RECORDS),
    base.rule(SHOW_HOST_STATUS_UNKNOWN, base.ADMIN, "See it only while it is UNKNOWN", *_RECORDS),
    base.rule(CREATE, _WRITE, "Create a server", "POST /servers"),
    base.rule(CREATE_FORCED_HOST, base.ADMIN, "Create it on a host named zone:host:node", "POST /servers"),
    base.rule(
        CREATE_REQUESTED_DESTINATION, base.ADMIN, "Create it on a host that filters judge", "POST /servers"
    ),
    base.rule(CREATE_ATTACH_VOLUME, _WRITE, "Create it with volumes", "POST /servers"),
    base.rule(CREATE_ATTACH_NETWORK, _WRITE, "Create it with networks or ports", "POST /servers"),
    base.rule(CREATE_TRUSTED_CERTS, _WRITE, "Create it with trusted certificates", "POST /servers"),
    base.rule(CREATE_ZERO_DISK_FLAVOR, base.ADMIN, "Boot an image on a flavor of no disk", "POST /servers"),
    base.rule(ATTACH_EXTERNAL_NETWORK, base.ADMIN, "Attach to an external network", "POST /servers"),
    base.rule(DELETE, _WRITE, "Delete a server", "DELETE /servers/{server_id}"),
    base.rule(UPDATE, _WRITE, "Update a server", "PUT /servers/{server_id}"),
    base.rule(REBOOT, _WRITE, "Reboot a server", f"{_ACTION} (reboot)"),
    base.rule(START, _WRITE, "Start a server", f"{_ACTION} (os-start)"),
    base.rule(STOP, _WRITE, "Stop a server", f"{_ACTION} (os-stop)"),
]
