"""Extra specs of flavors. Behaviour: https://docs.openstack.org/api-ref/compute/#flavors-extra-specs-flavors-os-flavor-extra-specs."""

from nova_lite import exception
from nova_lite.api.openstack import extra_specs
from nova_lite.api.openstack.compute.schemas import flavors as schemas
from nova_lite.api.wsgi import Operation
from nova_lite.db import flavors as db
from nova_lite.policies import flavors as rules


def _checked(req, specs: dict) -> dict[str, str]:
    """Return specs as text, checked (from 2.86: known names and values).

    Raises:
        ValidationError: a number is too long, or 2.86 and later: not a known name, or not a value of it.
    """
    made = {}
    for name, value in specs.items():
        text = str(value)
        if len(text) > 255:
            raise exception.InvalidInput(
                reason=f"extra_specs value has {len(text)} characters, more than 255."
            )
        if req.api_version >= 86:
            extra_specs.validate(name, text)
        made[name] = text
    return made


def _flavor(req, flavor_id: str) -> dict:
    context = req.context
    return db.get_by_flavor_id(flavor_id, project_id=None if context.is_admin else context.project_id)


class FlavorExtraSpecsController:
    """Lists and changes a flavor's extra specs."""

    def index(self, req, flavor_id):
        """Return all specs."""
        return {"extra_specs": _flavor(req, flavor_id)["extra_specs"]}

    def create(self, req, flavor_id, body):
        """Set specs; those not named stay."""
        specs = _checked(req, body["extra_specs"])
        db.set_extra_specs(flavor_id, specs)
        return body

    def show(self, req, flavor_id, key):
        """Return one spec."""
        specs = _flavor(req, flavor_id)["extra_specs"]
        if key not in specs:
            raise exception.FlavorExtraSpecsNotFound(flavor_id=flavor_id, extra_specs_key=key)
        return {key: specs[key]}

    def update(self, req, flavor_id, key, body):
        """Set one spec; the body repeats its name."""
        if key not in body:
            raise exception.InvalidInput("Request body and URI mismatch")
        db.set_extra_specs(flavor_id, _checked(req, body))
        return body

    def delete(self, req, flavor_id, key):
        """Remove one spec."""
        db.delete_extra_spec(flavor_id, key)


CONTROLLER = FlavorExtraSpecsController()

_ALL = "/flavors/{flavor_id}/os-extra_specs"
_ONE = f"{_ALL}/{{key}}"
OPERATIONS = (
    Operation(
        method="GET",
        path=_ALL,
        handler="index",
        query=schemas.NO_QUERY,
        policy=rules.EXTRA_SPECS_INDEX,
        faults=(404,),
    ),
    Operation(
        method="POST",
        path=_ALL,
        handler="create",
        body=schemas.CREATE_SPECS,
        policy=rules.EXTRA_SPECS_CREATE,
        faults=(400, 404, 409),
    ),
    Operation(
        method="GET",
        path=_ONE,
        handler="show",
        query=schemas.NO_QUERY,
        policy=rules.EXTRA_SPECS_SHOW,
        faults=(404,),
    ),
    Operation(
        method="PUT",
        path=_ONE,
        handler="update",
        body=schemas.UPDATE_SPEC,
        policy=rules.EXTRA_SPECS_UPDATE,
        faults=(400, 404, 409),
    ),
    Operation(method="DELETE", path=_ONE, handler="delete", policy=rules.EXTRA_SPECS_DELETE, faults=(404,)),
)
