"""Projects."""

from nova_lite import exception
from nova_lite.api.identity import filters, resource
from nova_lite.api.identity.schemas import rows as schemas
from nova_lite.api.identity.views import rows as views
from nova_lite.db.identity import domains
from nova_lite.db.identity import projects as rows

#: Query parameter → whether a project with these tags passes for the wanted ones.
_TAG_FILTERS = {
    "tags": lambda has, wanted: wanted <= has,
    "tags-any": lambda has, wanted: bool(wanted & has),
    "not-tags": lambda has, wanted: not wanted <= has,
    "not-tags-any": lambda has, wanted: not wanted & has,
}


class Projects(resource.Resource):
    """`/v3/projects`."""

    noun, collection = "project", "projects"
    rows, view = rows, views.PROJECT
    columns = ("name", "domain_id", "parent_id", "description", "enabled", "tags")
    fixed = (*resource.Resource.fixed, "options", "is_domain")
    filters = {
        "name": filters.text,
        "domain_id": filters.text,
        "enabled": filters.flag,
        "parent_id": filters.text,
    }
    unchangeable = ("domain_id",)

    def target(self, key):
        """A token for a project may see that project."""
        return {"project_id": key}

    def index(self, req):
        """List; domains do not act as projects here."""
        if filters.is_set(req, "is_domain"):
            return self.many(req, [])
        conditions = filters.parse(req, self.filters)
        # A project right below its domain has no parent row, and shows the domain as its parent.
        parent = next((each.value for each in conditions if each.column == "parent_id"), None)
        if parent is not None and domains.find(id=parent):
            conditions = [each for each in conditions if each.column != "parent_id"]
            found = [
                row
                for row in rows.list(conditions)
                if row["parent_id"] is None and row["domain_id"] == parent
            ]
        else:
            found = rows.list(conditions)
        for name, passes in _TAG_FILTERS.items():
            if name in req.query:
                wanted = {tag for value in req.query[name] for tag in value.split(",")}
                found = [row for row in found if passes(set(row["tags"] or ()), wanted)]
        return self.many(req, found)

    def prepare(self, req, values, row):
        """Find the domain and the parent."""
        parent_id = values.get("parent_id")
        if row is not None:
            if "parent_id" in values and parent_id != (row["parent_id"] or row["domain_id"]):
                raise exception.IdentityForbidden(reason="Update of `parent_id` is not allowed.")
            values.pop("parent_id", None)
            return values
        parent = rows.find(id=parent_id) if parent_id else None
        if parent_id and parent is None:  # then the parent is a domain
            domain_id = values.get("domain_id") or parent_id
            if domain_id != parent_id:
                raise resource.expect("parent_id", "project")
            values["parent_id"] = None
        else:
            domain_id = values.get("domain_id") or (
                parent["domain_id"] if parent else resource.domain_of(req)
            )
            if parent and parent["domain_id"] != domain_id:
                raise exception.ValidationError(detail="A project and its parent must be in the same domain.")
        values["domain_id"] = domains.get(domain_id)["id"]
        return values


CONTROLLER = Projects()
OPERATIONS = Projects.operations(schemas.PROJECT_CREATE, schemas.PROJECT_UPDATE)
