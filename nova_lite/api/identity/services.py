"""Services of the catalog."""

from nova_lite.api.identity import filters, resource
from nova_lite.api.identity.schemas import rows as schemas
from nova_lite.api.identity.views import rows as views
from nova_lite.db.identity import services as rows


class Services(resource.Resource):
    """`/v3/services`."""

    noun, collection = "service", "services"
    rows, view = rows, views.SERVICE
    columns = ("type", "name", "description", "enabled")
    fixed = (*resource.Resource.fixed, "options")
    filters = {"type": filters.text, "name": filters.text}


CONTROLLER = Services()
OPERATIONS = Services.operations(schemas.SERVICE_CREATE, schemas.SERVICE_UPDATE)
