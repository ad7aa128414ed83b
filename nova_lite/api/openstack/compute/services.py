"""Services. Behaviour: https://docs.openstack.org/api-ref/compute/#compute-services-os-services."""

from oslo_utils import uuidutils

from nova_lite import exception
from nova_lite.api import validation
from nova_lite.api.openstack.compute.schemas import services as schemas
from nova_lite.api.openstack.compute.views import services as views
from nova_lite.api.wsgi import Operation
from nova_lite.compute import services as compute
from nova_lite.policies import services as rules

#: Programs that Nova leaves out: they report, and nothing can be done to them.
HIDDEN = frozenset({"nova-osapi_compute", "nova-metadata"})


def _required(body: dict, key: str, words: str):
    if key not in body:
        raise exception.InvalidInput(f"Missing {words} field")
    return body[key]


def _enable(_body) -> tuple[dict, dict]:
    return {"disabled": False, "disabled_reason": None}, {"status": "enabled"}


def _disable(_body) -> tuple[dict, dict]:
    return {"disabled": True, "disabled_reason": None}, {"status": "disabled"}


def _disable_log_reason(body) -> tuple[dict, dict]:
    reason = _required(body, "disabled_reason", "disabled reason")
    return {"disabled": True, "disabled_reason": reason}, {"status": "disabled", "disabled_reason": reason}


def _force_down(body) -> tuple[dict, dict]:
    down = _required(body, "forced_down", "forced_down")
    return {"forced_down": down}, {"forced_down": down}


#: Last part of the path up to 2.52 → (first version, function of the body to (columns to set, what is answered)).
ACTIONS = {
    "enable": (1, _enable),
    "disable": (1, _disable),
    "disable-log-reason": (1, _disable_log_reason),
    "force-down": (11, _force_down),
}


def _changes(body: dict) -> dict:
    """Return the columns that a body of 2.53 and later sets.

    Raises:
        InvalidInput: nothing, or a reason without disabling.
    """
    status = body.get("status")
    values = {}
    if "disabled_reason" in body and status != "disabled":
        raise exception.InvalidInput("Specifying disabled_reason requires that status is 'disabled'.")
    if status is not None:
        values = {"disabled": status == "disabled", "disabled_reason": body.get("disabled_reason")}
    if "forced_down" in body:
        values["forced_down"] = body["forced_down"]
    if not values:
        raise exception.InvalidInput(
            "No updates were requested. Fields 'status' or 'forced_down' should be specified."
        )
    return values


def check_uuid(value: str) -> str:
    """Return a value that must be a uuid.

    Raises:
        InvalidInput: it is none.
    """
    if not uuidutils.is_uuid_like(value):
        raise exception.InvalidInput(f"Invalid uuid {value}")
    return value


class ServicesController:
    """Lists, disables and deletes services."""

    def index(self, req):
        """List services, of a host or a program when the query names one."""
        found = compute.list_all(req.query_one("host"), req.query_one("binary"))
        return {
            "services": views.SERVICE.render_all(req, [row for row in found if row["binary"] not in HIDDEN])
        }

    def update_by_name(self, req, service_id, body):
        """Up to 2.52: the path names what to do, the body the host and the program."""
        found = ACTIONS.get(service_id)
        if found is None or req.api_version < found[0]:
            raise exception.ServiceNotFound("Unknown action")
        values, answer = found[1](body)
        compute.update_by_name(body["host"], body["binary"], values)
        return {"service": {"host": body["host"], "binary": body["binary"], **answer}}

    def update(self, req, service_id, body):
        """From 2.53: the path names the service, the body what changes."""
        check_uuid(service_id)
        return {"service": views.SERVICE.render(req, compute.update_compute(service_id, _changes(body)))}

    def delete(self, req, service_id):
        """Delete a service; a nova-compute only when it has no servers."""
        key = check_uuid(service_id) if req.api_version >= 53 else validation.row_id(service_id)
        if key is None:
            raise exception.InvalidInput(reason="id must be an integer")
        try:
            compute.delete(key)
        except exception.ServiceNotFound:
            raise exception.ServiceNotFound(f"Service {service_id} not found.") from None


CONTROLLER = ServicesController()

_ONE = "/os-services/{service_id}"
OPERATIONS = (
    Operation(
        method="GET",
        path="/os-services",
        handler="index",
        query=schemas.LIST,
        policy=rules.LIST,
        faults=(400,),
    ),
    Operation(
        method="PUT",
        path=_ONE,
        handler="update_by_name",
        until=52,
        body=schemas.UPDATE,
        policy=rules.UPDATE,
        faults=(400, 404),
    ),
    Operation(
        method="PUT",
        path=_ONE,
        handler="update",
        since=53,
        body=schemas.UPDATE,
        policy=rules.UPDATE,
        faults=(400, 404),
    ),
    Operation(
        method="DELETE", path=_ONE, handler="delete", status=204, policy=rules.DELETE, faults=(400, 404, 409)
    ),
)
