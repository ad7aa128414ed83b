"""Power actions: start, stop, reboot, pause, suspend and their ways back.

Behaviour: https://docs.openstack.org/api-ref/compute/#servers-run-an-action-servers-action.
"""

from typing import Any

from nova_lite.api.openstack.compute import instances
from nova_lite.api.openstack.compute.schemas import server_actions as schemas
from nova_lite.api.wsgi import Operation
from nova_lite.compute.api import power
from nova_lite.policies import pause_server, servers, suspend_server

#: Key of the body → (what it does, rule, schema).
_ACTIONS = {
    "os-start": ("start", servers.START, schemas.START),
    "os-stop": ("stop", servers.STOP, schemas.STOP),
    "pause": ("pause", pause_server.PAUSE, schemas.PAUSE),
    "unpause": ("unpause", pause_server.UNPAUSE, schemas.UNPAUSE),
    "suspend": ("suspend", suspend_server.SUSPEND, schemas.SUSPEND),
    "resume": ("resume", suspend_server.RESUME, schemas.RESUME),
}


class ServerPowerController:
    """Sends power actions to the server's host."""

    def act(self, req, server_id, body):
        """Do the action that the body's key names."""
        (key,) = body
        method, rule, _ = _ACTIONS[key]
        power.act(req.context, instances.get(req, server_id, rule), method)

    def reboot(self, req, server_id, body):
        """Reboot, SOFT or HARD."""
        instance = instances.get(req, server_id, servers.REBOOT)
        power.reboot(req.context, instance, body["reboot"]["type"].upper())


CONTROLLER = ServerPowerController()

_ROW: dict[str, Any] = {
    "method": "POST",
    "path": "/servers/{server_id}/action",
    "status": 202,
    "target": "handler",
}

OPERATIONS = (
    *(
        Operation(**_ROW, handler="act", action=key, body=schema, policy=rule, faults=(404, 409, 501))
        for key, (_, rule, schema) in _ACTIONS.items()
    ),
    Operation(
        **_ROW,
        handler="reboot",
        action="reboot",
        body=schemas.REBOOT,
        policy=servers.REBOOT,
        faults=(400, 404, 409),
    ),
)
