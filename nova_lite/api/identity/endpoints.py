"""Endpoints of the catalog's services."""

import contextlib

from nova_lite import exception
from nova_lite.api.identity import filters, resource
from nova_lite.api.identity.schemas import rows as schemas
from nova_lite.api.identity.views import rows as views
from nova_lite.db.identity import endpoints as rows
from nova_lite.db.identity import regions, services


class Endpoints(resource.Resource):
    """`/v3/endpoints`."""

    noun, collection = "endpoint", "endpoints"
    rows, view = rows, views.ENDPOINT
    columns = ("service_id", "interface", "region_id", "url", "enabled")
    fixed = (*resource.Resource.fixed, "options", "region")
    filters = {"service_id": filters.text, "interface": filters.text, "region_id": filters.text}

    def split(self, given):
        """Return the columns; the old attribute `region` makes its region when there is none."""
        values = super().split(given)
        old = given.get("region")
        if old and not values.get("region_id"):
            if regions.find(id=old) is None:
                with contextlib.suppress(exception.IdentityConflict):  # another request was faster
                    regions.create({"id": old})
            values["region_id"] = old
        return values

    def prepare(self, req, values, row):
        """Find the service and the region."""
        if "service_id" in values and services.find(id=values["service_id"]) is None:
            raise resource.expect("endpoint service_id", "service")
        if values.get("region_id") is not None and regions.find(id=values["region_id"]) is None:
            raise resource.expect("endpoint region_id", "region")
        return values


CONTROLLER = Endpoints()
OPERATIONS = Endpoints.operations(schemas.ENDPOINT_CREATE, schemas.ENDPOINT_UPDATE)
