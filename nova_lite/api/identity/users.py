"""Users, their passwords and their projects."""

from nova_lite.api import wsgi
from nova_lite.api.identity import filters, projects, resource
from nova_lite.api.identity.schemas import rows as schemas
from nova_lite.api.identity.views import rows as views
from nova_lite.db.identity import assignments, domains
from nova_lite.db.identity import users as rows
from nova_lite.identity import methods, passwords


class Users(resource.Resource):
    """`/v3/users`."""

    noun, collection = "user", "users"
    rows, view = rows, views.USER
    columns = ("name", "domain_id", "default_project_id", "description", "email", "enabled")
    fixed = (*resource.Resource.fixed, "options", "password", "password_expires_at", "federated")
    filters = {"name": filters.text, "domain_id": filters.text, "enabled": filters.flag, "id": filters.text}
    unchangeable = ("domain_id",)

    def target(self, key):
        """Users may see themselves."""
        return {"user_id": key}

    def record(self, req, row):
        """Return one record; some attributes show only when they are set."""
        return super().record(req, row) | views.user(row)

    def split(self, given):
        """Return the columns; the password becomes its hash."""
        values = super().split(given)
        if "password" in given:
            password = given["password"]
            values["password_hash"] = None if password is None else passwords.make_hash(password)
        return values

    def prepare(self, req, values, row):
        """Find the domain of a new user."""
        if row is None:
            values["domain_id"] = domains.get(values.get("domain_id") or resource.domain_of(req))["id"]
        return values

    def change_password(self, req, user_id, body):
        """Change one's own password; the old one is the proof, no token is needed.

        Raises:
            NotAuthenticated: the old password is wrong, or there is no such user.
        """
        given = body["user"]
        proof = methods.password({"user": {"id": user_id, "password": given["original_password"]}})
        rows.update(proof.user["id"], {"password_hash": passwords.make_hash(given["password"])})

    def list_projects(self, req, user_id):
        """List the projects on which a user has a role."""
        req.context.can("identity:list_user_projects", {"user_id": user_id})
        rows.get(user_id)
        controller = projects.CONTROLLER
        found = assignments.projects_of(user_id)
        wanted = filters.parse(
            req, {"name": filters.text, "domain_id": filters.text, "enabled": filters.flag}
        )
        for each in wanted:
            if each.how == "eq":
                found = [row for row in found if row[each.column] == each.value]
        return controller.many(req, found)


CONTROLLER = Users()
OPERATIONS = (
    *Users.operations(schemas.USER_CREATE, schemas.USER_UPDATE),
    wsgi.Operation(
        method="POST",
        path="/v3/users/{user_id}/password",
        handler="change_password",
        status=204,
        body=schemas.PASSWORD_CHANGE,
    ),
    wsgi.Operation(
        method="GET",
        path="/v3/users/{user_id}/projects",
        handler="list_projects",
        policy="identity:list_user_projects",
        target="handler",
    ),
)
