"""Locking servers. Behaviour: https://docs.openstack.org/api-ref/compute/#lock-server-lock-action."""

from typing import Any

from nova_lite.api.openstack.compute import instances
from nova_lite.api.openstack.compute.schemas import server_actions as schemas
from nova_lite.api.wsgi import Operation
from nova_lite.compute.api import lock
from nova_lite.policies import lock_server as rules


class LockServerController:
    """Locks and unlocks servers."""

    def lock(self, req, server_id, body):
        """Lock; since 2.73 with a reason."""
        instance = instances.get(req, server_id, rules.LOCK)
        given = body["lock"] if req.api_version >= 73 else None
        lock.lock(req.context, instance, (given or {}).get("locked_reason"))

    def unlock(self, req, server_id, body):
        """Unlock; what the other side locked only with its rule."""
        instance = instances.get(req, server_id, rules.UNLOCK)
        if not lock.locked_by_caller(req.context, instance):
            target = {"project_id": instance.project_id, "user_id": instance.user_id}
            req.context.can(rules.UNLOCK_OVERRIDE, target)
        lock.unlock(req.context, instance)


CONTROLLER = LockServerController()

_ROW: dict[str, Any] = {
    "method": "POST",
    "path": "/servers/{server_id}/action",
    "status": 202,
    "target": "handler",
    "faults": (404,),
}

OPERATIONS = (
    Operation(**_ROW, handler="lock", action="lock", body=schemas.LOCK, policy=rules.LOCK),
    Operation(**_ROW, handler="unlock", action="unlock", body=schemas.UNLOCK, policy=rules.UNLOCK),
)
