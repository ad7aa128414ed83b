"""Hosts, until 2.42. Behaviour: https://docs.openstack.org/api-ref/compute/#hosts-os-hosts-deprecated."""

from collections import defaultdict

from nova_lite import exception
from nova_lite.api.openstack.compute.schemas import hosts as schemas
from nova_lite.api.openstack.compute.services import HIDDEN
from nova_lite.api.openstack.compute.views import hosts as views
from nova_lite.api.wsgi import Operation
from nova_lite.compute import services
from nova_lite.db import compute_nodes, instances
from nova_lite.policies import hosts as rules


class HostsController:
    """Lists and shows hosts."""

    def index(self, req):
        """List the programs of all hosts, or of those in a zone."""
        zone = req.query_one("zone")
        found = [row for row in services.list_all() if row["binary"] not in HIDDEN]
        if zone:
            found = [row for row in found if row["availability_zone"] == zone]
        return {"hosts": views.HOST.render_all(req, found)}

    def show(self, req, host):
        """Return what a host that runs nova-compute has and what is used of it, in all and by project."""
        nodes = compute_nodes.get_by_host(host)
        if not nodes:
            raise exception.ComputeHostNotFound(host=host)
        total = tuple(sum(node[key] for node in nodes) for key in ("vcpus", "memory_mb", "local_gb"))
        used = tuple(
            sum(node[f"{key}_used"] + node[f"reserved_{key}"] for node in nodes)
            for key in ("vcpus", "memory_mb", "local_gb")
        )
        by_project: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for row in instances.get_by_host(host):
            amounts = (row["vcpus"], row["memory_mb"], (row["root_gb"] or 0) + (row["ephemeral_gb"] or 0))
            for at, amount in enumerate(amounts):
                by_project[row["project_id"]][at] += amount or 0
        most = tuple(sum(each[at] for each in by_project.values()) for at in range(3))
        return {
            "host": [
                views.resource(host, "(total)", total),
                views.resource(host, "(used_now)", used),
                views.resource(host, "(used_max)", most),
                *(views.resource(host, project, amounts) for project, amounts in by_project.items()),
            ]
        }


CONTROLLER = HostsController()

OPERATIONS = (
    Operation(
        method="GET", path="/os-hosts", handler="index", until=42, query=schemas.LIST, policy=rules.LIST
    ),
    Operation(
        method="GET",
        path="/os-hosts/{host}",
        handler="show",
        until=42,
        query=schemas.SHOW,
        policy=rules.SHOW,
        faults=(404,),
    ),
)
