"""Which roles a user has somewhere: those given, and those that they imply.

Keystone's bootstrap makes the same chain: https://docs.openstack.org/keystone/latest/admin/service-api-protection.html
"""

from collections.abc import Iterable

from nova_lite.db import api
from nova_lite.db.identity import assignments
from nova_lite.db.identity import roles as rows
from nova_lite.db.identity.rows import Filter

#: Role → the role that it implies, by name; roles of the whole cloud only.
IMPLIES = {"admin": "manager", "manager": "member", "member": "reader"}


def expand(given: Iterable[dict], known: Iterable[dict]) -> list[dict]:
    """Return `given` roles with the ones of `known` that they imply, by name, each once."""
    by_name = {role["name"]: role for role in known if not role["domain_id"]}
    found = {}
    for role in given:
        found[role["id"]] = role
        name = IMPLIES.get(role["name"]) if not role["domain_id"] else None
        while name is not None:
            if name in by_name:
                found[by_name[name]["id"]] = by_name[name]
            name = IMPLIES.get(name)
    return sorted(found.values(), key=lambda role: (role["name"], role["id"]))


@api.reader
def of(conn, user_id: str, target_type: str, target_id: str) -> list[dict]:
    """Return the roles of a user on a project, a domain, or the system (`all`), implied ones included."""
    given = assignments.roles_of.within(conn, user_id, target_type, target_id)
    return expand(given, rows.list.within(conn, [Filter("domain_id", "")])) if given else []
