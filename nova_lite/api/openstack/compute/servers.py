"""Servers. Behaviour: https://docs.openstack.org/api-ref/compute/#servers-servers."""

from nova_lite import exception
from nova_lite.api.openstack import links, paging
from nova_lite.api.openstack.compute import instances, server_creation, server_filters
from nova_lite.api.openstack.compute.schemas import server_lists as list_schemas
from nova_lite.api.openstack.compute.schemas import servers as schemas
from nova_lite.api.openstack.compute.schemas.parameters import NO_QUERY
from nova_lite.api.openstack.compute.views import servers as views
from nova_lite.api.wsgi import Operation, Reply
from nova_lite.compute.api import create, create_checks, delete, query, update
from nova_lite.conf import CONF
from nova_lite.db.server_lists import Wants
from nova_lite.policies import servers as rules

#: Key of a PUT body → column.
_UPDATES = {
    "name": ("display_name", str.strip),
    "description": ("display_description", lambda value: value),
    "hostname": ("hostname", lambda value: value),
    "accessIPv4": ("access_ip_v4", lambda value: value),
    "accessIPv6": ("access_ip_v6", create_checks.short_ipv6),
    "OS-DCF:diskConfig": ("auto_disk_config", lambda value: value == "AUTO"),
    "pinned_availability_zone": ("pinned_availability_zone", lambda value: value),
}


class ServersController:
    """Lists, shows, makes, changes and deletes servers."""

    def _list(self, req, rule, view, columns, wants, collection):
        try:
            filters, ips = server_filters.filters(req, rule)
        except server_filters.NothingMatches:
            return {"servers": []}
        limit, marker = paging.limit_and_marker(req)
        try:
            rows = query.get_all(
                filters,
                columns=columns,
                wants=wants,
                order=server_filters.order(req),
                marker=marker,
                limit=limit,
                ips=ips,
            )
        except exception.MarkerNotFound as error:
            raise exception.Invalid(f"marker [{marker}] not found") from error
        body = {"servers": view.render_all(req, rows)}
        return links.with_next(req, body, collection, "servers_links", [row["uuid"] for row in rows])

    def index(self, req):
        """List ids and names."""
        return self._list(req, rules.INDEX_ALL_TENANTS, views.BRIEF, views.BRIEF_COLUMNS, Wants(), "servers")

    def detail(self, req):
        """List full records."""
        return self._list(
            req,
            rules.DETAIL_ALL_TENANTS,
            views.DETAIL,
            views.columns(req),
            views.wants(req),
            "servers/detail",
        )

    def show(self, req, server_id):
        """Show a server."""
        row = instances.get_record(
            req, server_id, rules.SHOW, columns=views.columns(req), wants=views.wants(req, groups=True)
        )
        return {"server": views.SHOW.render(req, row)}

    def create(self, req, body):
        """Make one or more servers."""
        wish = server_creation.read(req, body)
        rows, reservation_id = create.create(req.context, wish)
        if server_creation.wants_reservation_id(body):
            return {"reservation_id": reservation_id}
        server = views.CREATED.render(req, rows[0])
        if CONF.api.enable_instance_password:
            server["adminPass"] = wish.admin_password
        return Reply({"server": server}, headers={"Location": links.href(req, "servers", server["id"])})

    def update(self, req, server_id, body):
        """Change names, addresses and the like."""
        instance = instances.get(req, server_id, rules.UPDATE)
        values = {
            column: convert(body["server"][key])
            for key, (column, convert) in _UPDATES.items()
            if key in body["server"]
        }
        if values:
            update.update(instance, values)
        row = query.get_record(
            req.context, server_id, columns=views.columns(req), wants=views.wants(req, groups=True)
        )
        return {"server": views.UPDATED.render(req, row)}

    def delete(self, req, server_id):
        """Delete a server."""
        delete.delete(req.context, instances.get(req, server_id, rules.DELETE))


CONTROLLER = ServersController()

OPERATIONS = (
    Operation(
        method="GET",
        path="/servers",
        handler="index",
        query=list_schemas.QUERY,
        policy=rules.INDEX,
        faults=(400, 403),
    ),
    Operation(
        method="POST",
        path="/servers",
        handler="create",
        status=202,
        body=schemas.CREATE,
        policy=rules.CREATE,
        faults=(400, 403, 409),
    ),
    Operation(
        method="GET",
        path="/servers/detail",
        handler="detail",
        query=list_schemas.QUERY,
        policy=rules.DETAIL,
        faults=(400, 403),
    ),
    Operation(
        method="GET",
        path="/servers/{server_id}",
        handler="show",
        query=NO_QUERY,
        policy=rules.SHOW,
        target="handler",
        faults=(404,),
    ),
    Operation(
        method="PUT",
        path="/servers/{server_id}",
        handler="update",
        body=schemas.UPDATE,
        policy=rules.UPDATE,
        target="handler",
        faults=(400, 404, 409),
    ),
    Operation(
        method="DELETE",
        path="/servers/{server_id}",
        handler="delete",
        status=204,
        policy=rules.DELETE,
        target="handler",
        faults=(404, 409),
    ),
)
