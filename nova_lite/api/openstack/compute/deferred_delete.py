"""forceDelete. Behaviour: https://docs.openstack.org/api-ref/compute/#force-delete-server-forcedelete-action."""

from nova_lite.api.openstack.compute import instances
from nova_lite.api.openstack.compute.schemas import server_actions as schemas
from nova_lite.api.wsgi import Operation
from nova_lite.compute.api import delete
from nova_lite.policies import deferred_delete as rules


class DeferredDeleteController:
    """Deletes servers for good."""

    def force_delete(self, req, server_id, body):
        """Delete, whatever deferral is configured."""
        delete.delete(req.context, instances.get(req, server_id, rules.FORCE), force=True)


CONTROLLER = DeferredDeleteController()

OPERATIONS = (
    Operation(
        method="POST",
        path="/servers/{server_id}/action",
        handler="force_delete",
        action="forceDelete",
        status=202,
        body=schemas.FORCE_DELETE,
        policy=rules.FORCE,
        target="handler",
        faults=(404, 409),
    ),
)
