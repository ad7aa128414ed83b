"""Regions of the catalog; their ids are chosen by those who make them."""

import uuid

from nova_lite.api import wsgi
from nova_lite.api.identity import filters, resource
from nova_lite.api.identity.schemas import rows as schemas
from nova_lite.api.identity.views import rows as views
from nova_lite.db.identity import regions as rows

#: Characters of an id, as in the schema of POST.
_ID_LENGTH: int = schemas.REGION_CREATE["properties"]["region"]["properties"]["id"]["maxLength"]  # type: ignore[index]


class Regions(resource.Resource):
    """`/v3/regions`."""

    noun, collection = "region", "regions"
    rows, view = rows, views.REGION
    columns = ("description", "parent_region_id")
    fixed = (*resource.Resource.fixed, "options")
    filters = {"parent_region_id": filters.text}

    def prepare(self, req, values, row):
        """Find the parent."""
        parent_id = values.get("parent_region_id")
        if parent_id is not None:
            rows.get(parent_id)
            if row is not None and _is_below(parent_id, row["id"]):
                raise resource.expect("a parent_region_id that is not below it", "region")
        return values

    def create(self, req, body):
        """Make a region with the id of the body, or a new one."""
        return self._make(req, body, body["region"].get("id") or uuid.uuid4().hex)

    def put(self, req, key, body):
        """Make a region with the id of the path."""
        if len(key) > _ID_LENGTH or body["region"].get("id") not in (None, key):
            raise resource.expect(f"the id of the URL, of {_ID_LENGTH} characters at most,", "region")
        return self._make(req, body, key)

    def _make(self, req, body, key):
        values = self.prepare(req, self.split(body["region"]), None)
        return self.one(req, rows.create({**values, "id": key}))


def _is_below(region_id: str | None, top: str) -> bool:
    """Return whether a region is `top` or below it."""
    while region_id is not None:
        if region_id == top:
            return True
        region = rows.find(id=region_id)
        region_id = region["parent_region_id"] if region else None
    return False


CONTROLLER = Regions()
OPERATIONS = (
    *Regions.operations(schemas.REGION_CREATE, schemas.REGION_UPDATE),
    wsgi.Operation(
        method="PUT",
        path="/v3/regions/{key}",
        handler="put",
        status=201,
        body=schemas.REGION_CREATE,
        policy="identity:create_region",
    ),
)
