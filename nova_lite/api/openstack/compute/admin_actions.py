"""os-resetState. Behaviour: https://docs.openstack.org/api-ref/compute/#reset-server-state-os-resetstate-action."""

from nova_lite.api.openstack.compute import instances
from nova_lite.api.openstack.compute.schemas import server_actions as schemas
from nova_lite.api.wsgi import Operation
from nova_lite.compute.api import admin
from nova_lite.policies import admin_actions as rules


class AdminActionsController:
    """What only administrators do to a server."""

    def reset_state(self, req, server_id, body):
        """Set vm_state, clear task_state."""
        admin.reset_state(instances.get(req, server_id, rules.RESET_STATE), body["os-resetState"]["state"])


CONTROLLER = AdminActionsController()

OPERATIONS = (
    Operation(
        method="POST",
        path="/servers/{server_id}/action",
        handler="reset_state",
        action="os-resetState",
        status=202,
        body=schemas.RESET_STATE,
        policy=rules.RESET_STATE,
        target="handler",
        faults=(400, 404),
    ),
)
