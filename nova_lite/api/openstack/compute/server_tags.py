"""Tags of servers (2.26+). Behaviour: https://docs.openstack.org/api-ref/compute/#server-tags-servers-tags."""

from typing import Any

from nova_lite import exception
from nova_lite.api import validation
from nova_lite.api.openstack import links
from nova_lite.api.openstack.compute import instances
from nova_lite.api.openstack.compute.schemas import server_tags as schemas
from nova_lite.api.openstack.compute.schemas.parameters import NO_QUERY
from nova_lite.api.wsgi import Operation, Reply
from nova_lite.compute import states
from nova_lite.db import server_tags as db
from nova_lite.db.server_lists import Wants
from nova_lite.policies import server_tags as rules


def _read(req, server_id: str, rule: str) -> list[str]:
    return instances.get_record(req, server_id, rule, columns=(), wants=Wants(tags=True))["tags"]


def _writable(req, server_id: str, rule: str, method: str):
    instance = instances.get(req, server_id, rule)
    states.check(instance, method)
    return instance


class ServerTagsController:
    """Shows and changes tags."""

    def index(self, req, server_id):
        """List the tags."""
        return {"tags": _read(req, server_id, rules.INDEX)}

    def show(self, req, server_id, tag):
        """Say (204 or 404) whether the server has a tag."""
        if tag not in _read(req, server_id, rules.SHOW):
            raise exception.NotFound(f"Server {server_id} has no tag '{tag}'")

    def update(self, req, server_id, tag):
        """Add a tag: 201, or 204 if it is there."""
        try:
            validation.body(schemas.ONE, tag)
        except exception.ValidationError as error:
            raise exception.Invalid(
                f"Tag '{tag}' is invalid. It must be a non empty string without characters '/' and ',' of at most 60"
                f" characters. Validation error message: {error.format_message()}"
            ) from error
        instance = _writable(req, server_id, rules.UPDATE, "update tag")
        if not db.add(instance.uuid, tag):
            return None
        return Reply(status=201, headers={"Location": links.href(req, "servers", server_id, "tags", tag)})

    def update_all(self, req, server_id, body):
        """Replace all tags."""
        instance = _writable(req, server_id, rules.UPDATE_ALL, "update tags")
        return {"tags": db.replace(instance.uuid, body["tags"])}

    def delete(self, req, server_id, tag):
        """Remove a tag."""
        instance = _writable(req, server_id, rules.DELETE, "delete tag")
        if not db.delete(instance.uuid, tag):
            raise exception.NotFound(f"Instance {server_id} has no tag '{tag}'")

    def delete_all(self, req, server_id):
        """Remove all tags."""
        db.delete(_writable(req, server_id, rules.DELETE_ALL, "delete tags").uuid)


CONTROLLER = ServerTagsController()

_ALL: dict[str, Any] = {"path": "/servers/{server_id}/tags", "since": 26, "target": "handler"}
_ONE: dict[str, Any] = {"path": "/servers/{server_id}/tags/{tag}", "since": 26, "target": "handler"}

OPERATIONS = (
    Operation(**_ALL, method="GET", handler="index", query=NO_QUERY, policy=rules.INDEX, faults=(404,)),
    Operation(
        **_ALL,
        method="PUT",
        handler="update_all",
        body=schemas.UPDATE_ALL,
        policy=rules.UPDATE_ALL,
        faults=(400, 404, 409),
    ),
    Operation(
        **_ALL, method="DELETE", handler="delete_all", status=204, policy=rules.DELETE_ALL, faults=(404, 409)
    ),
    Operation(
        **_ONE, method="GET", handler="show", status=204, query=NO_QUERY, policy=rules.SHOW, faults=(404,)
    ),
    Operation(
        **_ONE, method="PUT", handler="update", status=204, policy=rules.UPDATE, faults=(400, 404, 409)
    ),
    Operation(**_ONE, method="DELETE", handler="delete", status=204, policy=rules.DELETE, faults=(404, 409)),
)
