"""Security groups of servers.

Behaviour: https://docs.openstack.org/api-ref/compute/#list-security-groups-by-server.
"""

from nova_lite.api.openstack.compute import instances
from nova_lite.api.openstack.compute.schemas.parameters import NO_QUERY
from nova_lite.api.wsgi import Operation
from nova_lite.network import api as network_api
from nova_lite.policies import server_security_groups as rules


class ServerSecurityGroupsController:
    """Lists the groups of a server's ports."""

    def index(self, req, server_id):
        """List the groups, with their rules."""
        instance = instances.get(req, server_id, rules.LIST)
        return {"security_groups": network_api.get_api().list_security_groups(req.context, instance)}


CONTROLLER = ServerSecurityGroupsController()

OPERATIONS = (
    Operation(
        method="GET",
        path="/servers/{server_id}/os-security-groups",
        handler="index",
        query=NO_QUERY,
        policy=rules.LIST,
        target="handler",
        faults=(404,),
    ),
)
