"""Domains."""

from nova_lite.api.identity import filters, resource
from nova_lite.api.identity.schemas import rows as schemas
from nova_lite.api.identity.views import rows as views
from nova_lite.db.identity import domains as rows


class Domains(resource.Resource):
    """`/v3/domains`."""

    noun, collection = "domain", "domains"
    rows, view = rows, views.DOMAIN
    columns = ("name", "description", "enabled")
    fixed = (*resource.Resource.fixed, "options", "tags")
    filters = {"name": filters.text, "enabled": filters.flag, "id": filters.text}

    def target(self, key):
        """A token for a domain may see that domain."""
        return {"domain_id": key}


CONTROLLER = Domains()
OPERATIONS = Domains.operations(schemas.DOMAIN_CREATE, schemas.DOMAIN_UPDATE)
