"""Server groups. Behaviour: https://docs.openstack.org/api-ref/compute/#server-groups-os-server-groups."""

from nova_lite import exception
from nova_lite.api.openstack import paging
from nova_lite.api.openstack.compute.schemas import server_groups as schemas
from nova_lite.api.openstack.compute.views import server_groups as views
from nova_lite.api.wsgi import Operation
from nova_lite.compute import server_groups as compute
from nova_lite.db import instance_groups as db
from nova_lite.policies import server_groups as rules

_MAX_INT = 0x7FFFFFFF


def _policy_and_rules(given: dict, version: int) -> tuple[str, dict]:
    if version < 64:
        return given["policies"][0], {}
    policy, wanted = given["policy"], given.get("rules") or {}
    if wanted and policy != "anti-affinity":
        raise exception.InvalidInput("Only anti-affinity policy supports rules.")
    made = {name: int(value) for name, value in wanted.items()}
    for name, value in made.items():
        if not 1 <= value <= _MAX_INT:
            raise exception.InvalidInput(reason=f"{name} must be between 1 and {_MAX_INT}")
    return policy, made


def _visible(req, rule: str, uuid: str) -> dict:
    """Return a group that the caller may handle; another project's is not found.

    Raises:
        InstanceGroupNotFound: there is none for the caller.
        PolicyNotAuthorized: the caller may not do this.
    """
    context = req.context
    group = compute.get(uuid)
    if group["project_id"] != context.project_id and not context.is_admin:
        raise exception.InstanceGroupNotFound(group_uuid=uuid)
    context.can(rule, {"project_id": group["project_id"]})
    return group


class ServerGroupsController:
    """Lists, shows, makes and removes server groups."""

    def index(self, req):
        """List the project's groups; `all_projects` those of all."""
        project_id = req.context.project_id
        if "all_projects" in req.query:
            req.context.can(rules.INDEX_ALL)
            project_id = None
        limit, _ = paging.limit_and_marker(req)
        offset = int(req.query.get("offset", ["0"])[0])
        if offset > _MAX_INT:
            raise exception.InvalidInput(reason=f"offset must be <= {_MAX_INT}")
        found = compute.list_page(project_id, offset, limit)
        return {"server_groups": views.GROUP.render_all(req, found)}

    def show(self, req, group_id):
        """Return one group."""
        return {"server_group": views.GROUP.render(req, _visible(req, rules.SHOW, group_id))}

    def create(self, req, body):
        """Make an empty group; servers join it when they are made."""
        given = body["server_group"]
        policy, wanted = _policy_and_rules(given, req.api_version)
        group = compute.create(req.context, given["name"], policy, wanted)
        return {"server_group": views.GROUP.render(req, group)}

    def delete(self, req, group_id):
        """Remove a group; its servers stay."""
        _visible(req, rules.DELETE, group_id)
        db.delete(group_id)


CONTROLLER = ServerGroupsController()

_ALL = "/os-server-groups"
_ONE = "/os-server-groups/{group_id}"
OPERATIONS = (
    Operation(
        method="GET", path=_ALL, handler="index", query=schemas.LIST, policy=rules.INDEX, faults=(400, 403)
    ),
    Operation(
        method="POST",
        path=_ALL,
        handler="create",
        body=schemas.CREATE,
        policy=rules.CREATE,
        faults=(400, 403, 409),
    ),
    Operation(
        method="GET",
        path=_ONE,
        handler="show",
        query=schemas.SHOW,
        policy=rules.SHOW,
        target="handler",
        faults=(404,),
    ),
    Operation(
        method="DELETE",
        path=_ONE,
        handler="delete",
        status=204,
        policy=rules.DELETE,
        target="handler",
        faults=(404,),
    ),
)
