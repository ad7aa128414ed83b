"""Console logs. Behaviour: https://docs.openstack.org/api-ref/compute/#show-console-output-os-getconsoleoutput-action."""

from nova_lite.api.openstack.compute import instances
from nova_lite.api.openstack.compute.schemas import server_actions as schemas
from nova_lite.api.wsgi import Operation
from nova_lite.compute.api import console
from nova_lite.policies import console_output as rules


class ConsoleOutputController:
    """Reads what guests wrote to their first serial port."""

    def get_output(self, req, server_id, body):
        """Return the last `length` lines; without it, or with -1, all."""
        instance = instances.get(req, server_id, rules.SHOW)
        length = body["os-getConsoleOutput"].get("length")
        lines = None if length is None or int(length) < 0 else int(length)
        return {"output": console.get_output(req.context, instance, lines)}


CONTROLLER = ConsoleOutputController()

OPERATIONS = (
    Operation(
        method="POST",
        path="/servers/{server_id}/action",
        handler="get_output",
        action="os-getConsoleOutput",
        status=200,
        body=schemas.CONSOLE_OUTPUT,
        policy=rules.SHOW,
        target="handler",
        faults=(404, 409, 501),
    ),
)
