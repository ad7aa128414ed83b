"""Roles given to users on projects, on domains, and on the system."""

from nova_lite.api import wsgi
from nova_lite.api.identity import roles
from nova_lite.db.identity import assignments, domains, projects, users
from nova_lite.db.identity import roles as role_rows
from nova_lite.exception import IdentityNotFound

#: Path before `/users/{user_id}/roles`, and the names of its four rules: list, check, create, revoke.
_TARGETS = (
    ("/v3/projects/{project_id}", "identity:{}_grant", "identity:list_grants"),
    ("/v3/domains/{domain_id}", "identity:{}_grant", "identity:list_grants"),
    ("/v3/system", "identity:{}_system_grant_for_user", "identity:list_system_grants_for_user"),
)


class Grants:
    """`/v3/{projects/ID,domains/ID,system}/users/{user_id}/roles`."""

    @staticmethod
    def _where(user_id: str, project_id: str | None, domain_id: str | None) -> dict:
        """Return user and target as assignments name them; both must exist."""
        users.get(user_id)
        if project_id is not None:
            kind, target_id = "project", projects.get(project_id)["id"]
        elif domain_id is not None:
            kind, target_id = "domain", domains.get(domain_id)["id"]
        else:
            kind, target_id = "system", "all"
        return {"user_id": user_id, "target_type": kind, "target_id": target_id}

    def index(self, req, user_id, project_id=None, domain_id=None):
        """List the roles given there, without those that they imply."""
        found = assignments.roles_of(**self._where(user_id, project_id, domain_id))
        return roles.CONTROLLER.many(req, found)

    def check(self, req, user_id, role_id, project_id=None, domain_id=None):
        """Return nothing when the role is given, else 404."""
        where = self._where(user_id, project_id, domain_id)
        role_rows.get(role_id)
        if not assignments.exists(**where, role_id=role_id):
            raise IdentityNotFound(noun="role assignment with role", id=f"{role_id}, user {user_id}")

    def create(self, req, user_id, role_id, project_id=None, domain_id=None):
        """Give the role."""
        where = self._where(user_id, project_id, domain_id)
        assignments.add(**where, role_id=role_rows.get(role_id)["id"])

    def revoke(self, req, user_id, role_id, project_id=None, domain_id=None):
        """Take the role away."""
        where = self._where(user_id, project_id, domain_id)
        role_rows.get(role_id)
        assignments.remove(**where, role_id=role_id)


CONTROLLER = Grants()
OPERATIONS = tuple(
    wsgi.Operation(
        method=method,
        path=f"{path}/users/{{user_id}}/roles" + ("" if handler == "index" else "/{role_id}"),
        handler=handler,
        status=200 if handler == "index" else 204,
        policy=list_rule if handler == "index" else rule.format(handler),
    )
    for path, rule, list_rule in _TARGETS
    for method, handler in (("GET", "index"), ("GET", "check"), ("PUT", "create"), ("DELETE", "revoke"))
)
