"""Host aggregates. Behaviour: https://docs.openstack.org/api-ref/compute/#host-aggregates-os-aggregates."""

import contextlib

from nova_lite import exception
from nova_lite.api import validation
from nova_lite.api.openstack.compute.schemas import aggregates as schemas
from nova_lite.api.openstack.compute.views import aggregates as views
from nova_lite.api.wsgi import Operation
from nova_lite.compute import aggregates as compute
from nova_lite.db import aggregates as db
from nova_lite.policies import aggregates as rules


def _number(text: str) -> int:
    """Return the id of the path.

    Raises:
        InvalidInput: it is no number.
    """
    number = validation.row_id(text)
    if number is None:
        raise exception.InvalidInput(reason="id must be an integer")
    return number


@contextlib.contextmanager
def _conflicts():
    """Answer 409 where a host cannot change its aggregate now (elsewhere the same error is 400)."""
    try:
        yield
    except exception.InvalidAggregateAction as error:
        raise exception.Conflict(error.format_message()) from None


class AggregatesController:
    """Lists, shows and changes host aggregates."""

    def index(self, req):
        """List all aggregates."""
        return {"aggregates": views.SHOWN.render_all(req, db.list_all())}

    def show(self, req, aggregate_id):
        """Return one aggregate."""
        return self._shown(req, db.get(_number(aggregate_id)))

    @staticmethod
    def _shown(req, row):
        return {"aggregate": views.SHOWN.render(req, row)}

    def create(self, req, body):
        """Make an aggregate; the answer has no hosts and no metadata, as it never had."""
        given = body["aggregate"]
        row = compute.create(given["name"], given.get("availability_zone"))
        return {"aggregate": views.CREATED.render(req, row)}

    def update(self, req, aggregate_id, body):
        """Change name, availability zone or both."""
        return self._shown(req, compute.update(_number(aggregate_id), body["aggregate"]))

    def delete(self, req, aggregate_id):
        """Remove an aggregate without hosts."""
        compute.delete(_number(aggregate_id))

    def add_host(self, req, aggregate_id, body):
        """Put a host into the aggregate."""
        with _conflicts():
            return self._shown(req, compute.add_host(_number(aggregate_id), body["add_host"]["host"]))

    def remove_host(self, req, aggregate_id, body):
        """Take a host out of the aggregate."""
        with _conflicts():
            return self._shown(req, compute.remove_host(_number(aggregate_id), body["remove_host"]["host"]))

    def set_metadata(self, req, aggregate_id, body):
        """Set metadata items; null removes one."""
        changes = body["set_metadata"]["metadata"]
        return self._shown(req, compute.set_metadata(_number(aggregate_id), changes))


CONTROLLER = AggregatesController()

_ALL = "/os-aggregates"
_ONE = "/os-aggregates/{aggregate_id}"


def _action(name: str, body: dict, policy: str, faults: tuple[int, ...]) -> Operation:
    return Operation(
        method="POST",
        path=f"{_ONE}/action",
        action=name,
        handler=name,
        body=body,
        policy=policy,
        faults=faults,
    )


OPERATIONS = (
    Operation(method="GET", path=_ALL, handler="index", query=schemas.QUERY, policy=rules.INDEX),
    Operation(
        method="POST",
        path=_ALL,
        handler="create",
        body=schemas.CREATE,
        policy=rules.CREATE,
        faults=(400, 409),
    ),
    Operation(
        method="GET", path=_ONE, handler="show", query=schemas.QUERY, policy=rules.SHOW, faults=(400, 404)
    ),
    Operation(
        method="PUT",
        path=_ONE,
        handler="update",
        body=schemas.UPDATE,
        policy=rules.UPDATE,
        faults=(400, 404, 409),
    ),
    Operation(method="DELETE", path=_ONE, handler="delete", policy=rules.DELETE, faults=(400, 404)),
    _action("add_host", schemas.ADD_HOST, rules.ADD_HOST, (400, 404, 409)),
    _action("remove_host", schemas.REMOVE_HOST, rules.REMOVE_HOST, (400, 404, 409)),
    _action("set_metadata", schemas.SET_METADATA, rules.SET_METADATA, (400, 404)),
)
