"""Flavors. Behaviour: https://docs.openstack.org/api-ref/compute/#flavors."""

import uuid

from oslo_utils import strutils

from nova_lite import exception
from nova_lite.api.openstack import identity, links, paging
from nova_lite.api.openstack.compute.schemas import flavors as schemas
from nova_lite.api.openstack.compute.views import flavors as views
from nova_lite.api.wsgi import Operation
from nova_lite.db import flavors as db
from nova_lite.policies import flavors as rules


def _number(values: dict, key: str, least: int = 0, default: int = 0) -> int:
    """Return a number that may have come as text; the schema has only seen that it looks like one."""
    number = int(values.get(key, default))
    if number < least:
        raise exception.InvalidInput(reason=f"{key} must be >= {least}")
    if number > schemas.MAX_INT:
        raise exception.InvalidInput(reason=f"{key} must be <= {schemas.MAX_INT}")
    return number


def _rxtx_factor(values: dict) -> float:
    factor = float(values.get("rxtx_factor", 1.0))
    if not 0 < factor <= schemas.MAX_FLOAT:
        raise exception.InvalidInput(
            reason=f"'rxtx_factor' argument must be a float between 0 and {schemas.MAX_FLOAT:g}"
        )
    return factor


def _flavor_id(given) -> str:
    """Return the id of a new flavor: as given, or for null, `auto` and nothing a UUID."""
    return str(uuid.uuid4()) if given in (None, "auto") else str(given)


def _is_public(req) -> bool | None:
    """Return the filter that an administrator asked for; None means public and private ones."""
    value = req.query.get("is_public", [None])[0]
    if value is None:
        return True
    if value.lower() == "none":
        return None
    try:
        return strutils.bool_from_string(value, strict=True)
    except ValueError:
        raise exception.InvalidInput(f"Invalid is_public filter [{value}]") from None


def _least(req, name: str) -> int | None:
    value = req.query.get(name, [None])[0]
    if value is None:
        return None
    try:
        # No flavor is larger than the column holds: beyond it, all bounds say the same.
        return max(-schemas.MAX_INT, min(int(value), schemas.MAX_INT))
    except ValueError:
        raise exception.InvalidInput(f"Invalid {name} filter [{value}]") from None


class FlavorsController:
    """Lists, shows and manages flavors."""

    def _find(self, req) -> list[dict]:
        limit, marker = paging.limit_and_marker(req)
        (sort_key, sort_dir), *_ = paging.sort_params(req, [("flavorid", "asc")], db.SORT_KEYS)
        context = req.context
        try:
            return db.list_page(
                project_id=context.project_id,
                is_public=_is_public(req) if context.is_admin else True,
                with_disabled=context.is_admin,
                all_access=context.is_admin,
                min_memory_mb=_least(req, "minRam"),
                min_root_gb=_least(req, "minDisk"),
                name=req.query_one("name") if req.api_version >= 102 else None,
                sort=(sort_key, sort_dir),
                marker=marker,
                limit=limit,
            )
        except exception.MarkerNotFound:
            raise exception.InvalidInput(f"marker [{marker}] not found") from None

    @staticmethod
    def _page(req, view, found, collection: str) -> dict:
        body = {"flavors": view.render_all(req, found)}
        return links.with_next(req, body, collection, "flavors_links", [row["flavorid"] for row in found])

    def index(self, req):
        """List names and links."""
        return self._page(req, views.BRIEF, self._find(req), "flavors")

    def detail(self, req):
        """List whole records."""
        return self._page(req, views.DETAIL, self._find(req), "flavors/detail")

    def show(self, req, flavor_id):
        """Return one flavor; a private one only to its projects and administrators."""
        return {"flavor": views.DETAIL.render(req, _visible(req, flavor_id))}

    def create(self, req, body):
        """Make a flavor. A private one is not given to the caller's own project."""
        given = body["flavor"]
        values = {
            "name": given["name"],
            "flavorid": _flavor_id(given.get("id")),
            "memory_mb": _number(given, "ram", 1),
            "vcpus": _number(given, "vcpus", 1),
            "root_gb": _number(given, "disk"),
            "ephemeral_gb": _number(given, "OS-FLV-EXT-DATA:ephemeral"),
            "swap": _number(given, "swap"),
            "rxtx_factor": _rxtx_factor(given),
            "is_public": strutils.bool_from_string(given.get("os-flavor-access:is_public", True)),
            "description": given.get("description"),
        }
        return {"flavor": views.DETAIL.render(req, db.create(values))}

    def update(self, req, flavor_id, body):
        """Change the description: nothing else of a flavor ever changes."""
        flavor = db.update(flavor_id, {"description": body["flavor"]["description"]})
        return {"flavor": views.DETAIL.render(req, flavor)}

    def delete(self, req, flavor_id):
        """Remove a flavor; servers keep the copy that they were made with."""
        db.delete(flavor_id)

    def list_access(self, req, flavor_id):
        """Return the projects that may use a private flavor."""
        flavor = _visible(req, flavor_id)
        if flavor["is_public"]:
            raise exception.FlavorNotFound("Access list not available for public flavors.")
        return views.access(flavor_id, flavor["projects"])

    def add_tenant_access(self, req, flavor_id, body):
        """Let a project use a private flavor."""
        project_id = body["addTenantAccess"]["tenant"]
        identity.verify_project_id(project_id)
        flavor = _visible(req, flavor_id)
        if req.api_version >= 7 and flavor["is_public"]:
            raise exception.Conflict("Can not add access to a public flavor.")
        return views.access(flavor_id, db.add_project(flavor_id, project_id))

    def remove_tenant_access(self, req, flavor_id, body):
        """Take a private flavor away from a project."""
        _visible(req, flavor_id)
        return views.access(flavor_id, db.remove_project(flavor_id, body["removeTenantAccess"]["tenant"]))


def _visible(req, flavor_id: str) -> dict:
    """Return a flavor that the caller may see.

    Raises:
        FlavorNotFound: there is none, or it is another project's.
    """
    context = req.context
    return db.get_by_flavor_id(flavor_id, project_id=None if context.is_admin else context.project_id)


CONTROLLER = FlavorsController()

_ONE = "/flavors/{flavor_id}"
OPERATIONS = (
    Operation(method="GET", path="/flavors", handler="index", query=schemas.LIST, faults=(400,)),
    Operation(
        method="POST",
        path="/flavors",
        handler="create",
        body=schemas.CREATE,
        policy=rules.MANAGE_CREATE,
        faults=(400, 409),
    ),
    Operation(method="GET", path="/flavors/detail", handler="detail", query=schemas.LIST, faults=(400,)),
    Operation(method="GET", path=_ONE, handler="show", query=schemas.NO_QUERY, faults=(404,)),
    Operation(
        method="PUT",
        path=_ONE,
        handler="update",
        since=55,
        body=schemas.UPDATE,
        policy=rules.MANAGE_UPDATE,
        faults=(400, 404),
    ),
    Operation(
        method="DELETE", path=_ONE, handler="delete", status=202, policy=rules.MANAGE_DELETE, faults=(404,)
    ),
    Operation(
        method="POST",
        path=f"{_ONE}/action",
        action="addTenantAccess",
        handler="add_tenant_access",
        body=schemas.ADD_TENANT_ACCESS,
        policy=rules.ADD_TENANT_ACCESS,
        faults=(400, 403, 404, 409),
    ),
    Operation(
        method="POST",
        path=f"{_ONE}/action",
        action="removeTenantAccess",
        handler="remove_tenant_access",
        body=schemas.REMOVE_TENANT_ACCESS,
        policy=rules.REMOVE_TENANT_ACCESS,
        faults=(400, 403, 404),
    ),
    Operation(
        method="GET",
        path=f"{_ONE}/os-flavor-access",
        handler="list_access",
        query=schemas.NO_QUERY,
        policy=rules.ACCESS,
        faults=(404,),
    ),
)
