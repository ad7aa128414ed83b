"""Metadata of servers. Behaviour: https://docs.openstack.org/api-ref/compute/#server-metadata-servers-metadata."""

from nova_lite import exception
from nova_lite.api.openstack.compute import instances
from nova_lite.api.openstack.compute.schemas import server_metadata as schemas
from nova_lite.api.openstack.compute.schemas.parameters import NO_QUERY
from nova_lite.api.wsgi import Operation
from nova_lite.compute.api import metadata
from nova_lite.db.server_lists import Wants
from nova_lite.policies import server_metadata as rules

_NOT_FOUND = "Metadata item was not found"


def _read(req, server_id: str, rule: str) -> dict[str, str]:
    return instances.get_record(req, server_id, rule, columns=(), wants=Wants(metadata=True))["metadata"]


class ServerMetadataController:
    """Shows and changes metadata."""

    def index(self, req, server_id):
        """List all items."""
        return {"metadata": _read(req, server_id, rules.INDEX)}

    def show(self, req, server_id, key):
        """Show an item."""
        items = _read(req, server_id, rules.SHOW)
        if key not in items:
            raise exception.NotFound(_NOT_FOUND)
        return {"meta": {key: items[key]}}

    def create(self, req, server_id, body):
        """Add items, or change their values."""
        instance = instances.get(req, server_id, rules.CREATE)
        return {"metadata": metadata.update(req.context, instance, body["metadata"], replace=False)}

    def update_all(self, req, server_id, body):
        """Replace all items."""
        instance = instances.get(req, server_id, rules.UPDATE_ALL)
        return {"metadata": metadata.update(req.context, instance, body["metadata"], replace=True)}

    def update(self, req, server_id, key, body):
        """Set an item."""
        if key not in body["meta"]:
            raise exception.Invalid("Request body and URI mismatch")
        instance = instances.get(req, server_id, rules.UPDATE)
        metadata.update(req.context, instance, body["meta"], replace=False)
        return {"meta": body["meta"]}

    def delete(self, req, server_id, key):
        """Remove an item."""
        instance = instances.get(req, server_id, rules.DELETE)
        if not metadata.delete(req.context, instance, key):
            raise exception.NotFound(_NOT_FOUND)


CONTROLLER = ServerMetadataController()

_ALL = "/servers/{server_id}/metadata"
_ONE = f"{_ALL}/{{key}}"
_CHANGES = (400, 403, 404, 409)

OPERATIONS = (
    Operation(
        method="GET",
        path=_ALL,
        handler="index",
        query=NO_QUERY,
        policy=rules.INDEX,
        target="handler",
        faults=(404,),
    ),
    Operation(
        method="POST",
        path=_ALL,
        handler="create",
        body=schemas.CREATE,
        policy=rules.CREATE,
        target="handler",
        faults=_CHANGES,
    ),
    Operation(
        method="PUT",
        path=_ALL,
        handler="update_all",
        body=schemas.UPDATE_ALL,
        policy=rules.UPDATE_ALL,
        target="handler",
        faults=_CHANGES,
    ),
    Operation(
        method="GET",
        path=_ONE,
        handler="show",
        query=NO_QUERY,
        policy=rules.SHOW,
        target="handler",
        faults=(404,),
    ),
    Operation(
        method="PUT",
        path=_ONE,
        handler="update",
        body=schemas.UPDATE,
        policy=rules.UPDATE,
        target="handler",
        faults=_CHANGES,
    ),
    Operation(
        method="DELETE",
        path=_ONE,
        handler="delete",
        status=204,
        policy=rules.DELETE,
        target="handler",
        faults=(404, 409),
    ),
)
