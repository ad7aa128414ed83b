"""Roles. Those of a domain exist, and are listed only when asked for by `domain_id`."""

from nova_lite.api.identity import filters, resource
from nova_lite.api.identity.schemas import rows as schemas
from nova_lite.api.identity.views import rows as views
from nova_lite.db.identity import domains
from nova_lite.db.identity import roles as rows
from nova_lite.db.identity.rows import Filter


class Roles(resource.Resource):
    """`/v3/roles`."""

    noun, collection = "role", "roles"
    rows, view = rows, views.ROLE
    columns = ("name", "description", "domain_id")
    fixed = (*resource.Resource.fixed, "options")
    filters = {"name": filters.text, "domain_id": filters.text}

    def index(self, req):
        """List the roles of one domain, or of the whole cloud."""
        conditions = filters.parse(req, self.filters)
        if "domain_id" not in req.query:
            conditions.append(Filter("domain_id", ""))
        return self.many(req, rows.list(conditions))

    def prepare(self, req, values, row):
        """Find the domain."""
        if "domain_id" in values:
            values["domain_id"] = domains.get(values["domain_id"])["id"] if values["domain_id"] else ""
            if row is not None and values["domain_id"] != row["domain_id"]:
                raise resource.expect("the same domain_id", "role")
        return values


CONTROLLER = Roles()
OPERATIONS = Roles.operations(schemas.ROLE_CREATE, schemas.ROLE_UPDATE)
