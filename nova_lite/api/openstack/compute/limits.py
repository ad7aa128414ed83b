"""Limits. Behaviour: https://docs.openstack.org/api-ref/compute/#limits-limits."""

from nova_lite.api.openstack.compute.schemas import limits as schemas
from nova_lite.api.openstack.compute.views import limits as views
from nova_lite.api.wsgi import Operation
from nova_lite.compute import quotas
from nova_lite.policies import limits as rules


class LimitsController:
    """Shows what a project may use and what it uses."""

    def index(self, req):
        """Return the caller's project's limits; for an administrator those of `tenant_id`."""
        project_id = req.context.project_id
        other = req.query.get("tenant_id", [None])[0]
        if other is not None:
            req.context.can(rules.OTHER_PROJECT, {"project_id": other})
            project_id = other
        return {"limits": {"rate": [], "absolute": views.ABSOLUTE.render(req, quotas.overview(project_id))}}


CONTROLLER = LimitsController()

OPERATIONS = (
    Operation(
        method="GET", path="/limits", handler="index", query=schemas.LIST, policy=rules.LIMITS, faults=(403,)
    ),
)
