"""Addresses of servers. Behaviour: https://docs.openstack.org/api-ref/compute/#servers-ips-servers-ips."""

from nova_lite import exception
from nova_lite.api.openstack.compute import instances
from nova_lite.api.openstack.compute.schemas.parameters import NO_QUERY
from nova_lite.api.openstack.compute.views import addresses
from nova_lite.api.wsgi import Operation
from nova_lite.db.server_lists import Wants
from nova_lite.policies import ips as rules


def _read(req, server_id: str, rule: str) -> dict:
    row = instances.get_record(req, server_id, rule, columns=("network_info",), wants=Wants())
    return addresses.plain(row["network_info"])


class IPsController:
    """Lists addresses by network."""

    def index(self, req, server_id):
        """List all addresses."""
        return {"addresses": _read(req, server_id, rules.INDEX)}

    def show(self, req, server_id, label):
        """List the addresses on the network with this label."""
        found = _read(req, server_id, rules.SHOW)
        if label not in found:
            raise exception.NotFound("Instance is not a member of specified network")
        return {label: found[label]}


CONTROLLER = IPsController()

OPERATIONS = (
    Operation(
        method="GET",
        path="/servers/{server_id}/ips",
        handler="index",
        query=NO_QUERY,
        policy=rules.INDEX,
        target="handler",
        faults=(404,),
    ),
    Operation(
        method="GET",
        path="/servers/{server_id}/ips/{label}",
        handler="show",
        query=NO_QUERY,
        policy=rules.SHOW,
        target="handler",
        faults=(404,),
    ),
)
