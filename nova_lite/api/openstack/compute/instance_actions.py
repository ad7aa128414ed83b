"""What was done to a server. Behaviour: https://docs.openstack.org/api-ref/compute/#servers-actions."""

from oslo_utils import timeutils

from nova_lite import exception
from nova_lite.api.openstack import links, paging
from nova_lite.api.openstack.compute import instances
from nova_lite.api.openstack.compute.schemas import instance_actions as schemas
from nova_lite.api.openstack.compute.views import instance_actions as views
from nova_lite.api.wsgi import Operation
from nova_lite.db import instance_actions as db
from nova_lite.db.server_lists import Wants, naive_utc
from nova_lite.policies import instance_actions as rules

#: Since 2.21 the actions of deleted servers can be read.
_DELETED_TOO = 21
#: Since 2.51 everybody sees the events, those who do not pass EVENTS without traceback.
_EVENTS_FOR_ALL = 51


def _server(req, server_id: str, rule: str) -> dict:
    return instances.get_record(
        req, server_id, rule, columns=(), wants=Wants(), read_deleted=req.api_version >= _DELETED_TOO
    )


def _time(req, name: str):
    value = req.query_one(name)
    return None if value is None else naive_utc(timeutils.parse_isotime(value))


class InstanceActionsController:
    """Lists and shows actions."""

    def index(self, req, server_id):
        """List actions, newest first."""
        server = _server(req, server_id, rules.LIST)
        if req.api_version < 58:
            return {"instanceActions": views.ACTION.render_all(req, db.page(server["uuid"]))}
        since, before = _time(req, "changes-since"), _time(req, "changes-before")
        if since and before and since > before:
            raise exception.Invalid(
                "The value of changes-since must be less than or equal to changes-before."
            )
        limit, marker = paging.limit_and_marker(req)
        try:
            found = db.page(server["uuid"], marker=marker, limit=limit, since=since, before=before)
        except exception.MarkerNotFound as error:
            raise exception.Invalid(f"marker [{marker}] not found") from error
        body = {"instanceActions": views.ACTION.render_all(req, found)}
        path = f"servers/{server_id}/os-instance-actions"
        return links.with_next(req, body, path, "links", [row["request_id"] for row in found])

    def show(self, req, server_id, request_id):
        """Show an action by its request id, with its events."""
        server = _server(req, server_id, rules.SHOW)
        try:
            action = db.get(server["uuid"], request_id)
        except exception.InstanceActionNotFound as error:
            raise exception.NotFound(f"Action {request_id} not found") from error
        made = views.ACTION.render(req, action)
        target = {"project_id": server["project_id"], "user_id": server["user_id"]}
        if req.api_version >= _EVENTS_FOR_ALL or req.context.can(rules.EVENTS, target, fatal=False):
            rows = [dict(row, project_id=server["project_id"]) for row in db.events(action["id"])]
            made["events"] = views.EVENT.render_all(req, rows)
        return {"instanceAction": made}


CONTROLLER = InstanceActionsController()

OPERATIONS = (
    Operation(
        method="GET",
        path="/servers/{server_id}/os-instance-actions",
        handler="index",
        query=schemas.LIST,
        policy=rules.LIST,
        target="handler",
        faults=(400, 404),
    ),
    Operation(
        method="GET",
        path="/servers/{server_id}/os-instance-actions/{request_id}",
        handler="show",
        query=schemas.SHOW,
        policy=rules.SHOW,
        target="handler",
        faults=(404,),
    ),
)
