"""Role assignments: who has which role where, as a list with filters."""

from nova_lite.api import wsgi
from nova_lite.api.identity import filters, links
from nova_lite.db.identity import assignments, domains, projects, users
from nova_lite.db.identity import roles as role_rows
from nova_lite.db.identity.rows import Filter
from nova_lite.identity import roles as implied

#: Query parameter → (type of target, column that it is compared with).
_FILTERS = {
    "user.id": (None, "user_id"),
    "scope.project.id": ("project", "target_id"),
    "scope.domain.id": ("domain", "target_id"),
    "scope.system": ("system", None),
}


def _by_id(module, keys) -> dict:
    return {row["id"]: row for row in module.list([Filter("id", sorted(keys), "in")])}


class _Names:
    """The names of what some assignments mention, read at once."""

    def __init__(self, found: list[dict]):
        self.users = _by_id(users, {row["user_id"] for row in found})
        targets = {
            kind: {r["target_id"] for r in found if r["target_type"] == kind}
            for kind in ("project", "domain")
        }
        self.projects = _by_id(projects, targets["project"])
        owners = {row["domain_id"] for row in (*self.users.values(), *self.projects.values())}
        self.domains = _by_id(domains, owners | targets["domain"])

    def of_domain(self, domain_id: str) -> dict:
        """Return id and name of a domain."""
        return {"id": domain_id, "name": self.domains[domain_id]["name"]} if domain_id in self.domains else {}

    def owned(self, row: dict | None) -> dict:
        """Return name and domain of a user or project; nothing when it went since."""
        return {} if row is None else {"name": row["name"], "domain": self.of_domain(row["domain_id"])}


class RoleAssignments:
    """`/v3/role_assignments`."""

    def index(self, req):
        """List assignments; `effective` shows implied roles too, `include_names` the names."""
        values: dict = {}
        for name, (kind, column) in _FILTERS.items():
            if name in req.query:
                if kind is not None and values.get("target_type", kind) != kind:
                    return self._answer(req, [])  # on a project and on a domain at once
                values |= {"target_type": kind} if kind else {}
                values |= {column: req.query_one(name)} if column else {}
        found = [] if "group.id" in req.query else assignments.list_by(**values)
        all_roles = {row["id"]: row for row in role_rows.list()}
        records = self._expanded(found, all_roles) if filters.is_set(req, "effective") else found
        if "role.id" in req.query:
            records = [row for row in records if row["role_id"] == req.query_one("role.id")]
        names = _Names(records) if filters.is_set(req, "include_names") else None
        return self._answer(req, [self._record(req, row, all_roles, names) for row in records])

    @staticmethod
    def _answer(req, records: list[dict]) -> dict:
        return {"role_assignments": records, "links": links.of_list(req)}

    @staticmethod
    def _expanded(found: list[dict], all_roles: dict) -> list[dict]:
        """Return assignments with the roles that they imply, each once; `prior` is what implied one."""
        made: dict[tuple, dict] = {}
        for row in found:
            if row["role_id"] not in all_roles:
                continue
            for role in implied.expand([all_roles[row["role_id"]]], all_roles.values()):
                key = (row["user_id"], row["target_type"], row["target_id"], role["id"])
                prior = row["role_id"] if role["id"] != row["role_id"] else None
                if key not in made or prior is None:
                    made[key] = {**row, "role_id": role["id"], "prior": prior}
        return list(made.values())

    @staticmethod
    def _record(req, row: dict, all_roles: dict, names: _Names | None) -> dict:
        kind, target_id = row["target_type"], row["target_id"]
        where = ("system",) if kind == "system" else (f"{kind}s", target_id)
        prior = row.get("prior")
        shown = {
            "assignment": links.href(req, *where, "users", row["user_id"], "roles", prior or row["role_id"])
        }
        if prior:
            shown["prior_role"] = links.href(req, "prior_role", prior, "implies", row["role_id"])
        scope = {"system": {"all": True}} if kind == "system" else {kind: {"id": target_id}}
        record = {
            "role": {"id": row["role_id"]},
            "user": {"id": row["user_id"]},
            "scope": scope,
            "links": shown,
        }
        if names is not None:
            role = all_roles.get(row["role_id"])
            record["role"] |= {"name": role["name"]} if role else {}
            record["user"] |= names.owned(names.users.get(row["user_id"]))
            if kind == "project":
                scope["project"] |= names.owned(names.projects.get(target_id))
            elif kind == "domain":
                scope["domain"] = {"id": target_id} | names.of_domain(target_id)
        return record


CONTROLLER = RoleAssignments()
OPERATIONS = (
    wsgi.Operation(
        method="GET", path="/v3/role_assignments", handler="index", policy="identity:list_role_assignments"
    ),
)
