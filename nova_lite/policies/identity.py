"""Rules of nova-lite's own identity service, with Keystone's names and its defaults.

Administrators do everything; users see themselves, their projects and their roles' regions, and keep their own
application credentials. https://docs.openstack.org/keystone/latest/configuration/policy.html
"""

from oslo_policy import policy

from nova_lite.policies import base

OWNER = "user_id:%(user_id)s"
ADMIN_OR_OWNER = f"{base.ADMIN} or {OWNER}"
SUBJECT_OR_SERVICE = f"{ADMIN_OR_OWNER} or {base.SERVICE_ROLE}"
IN_PROJECT = f"{base.ADMIN} or project_id:%(project_id)s"
IN_DOMAIN = f"{base.ADMIN} or domain_id:%(domain_id)s"

#: noun → (its path, {verb: check string other than the administrator's}); verbs are Keystone's.
_NOUNS = {
    "region": ("/v3/regions", {"list": base.ANY, "get": base.ANY}),
    "service": ("/v3/services", {}),
    "endpoint": ("/v3/endpoints", {}),
    "domain": ("/v3/domains", {"get": IN_DOMAIN}),
    "project": ("/v3/projects", {"get": IN_PROJECT}),
    "user": ("/v3/users", {"get": ADMIN_OR_OWNER}),
    "role": ("/v3/roles", {}),
}

_VERBS = {
    "list": ("List {0}s", "GET {1}"),
    "get": ("Show a {0}", "GET {1}/{{id}}"),
    "create": ("Create a {0}", "POST {1}"),
    "update": ("Change a {0}", "PATCH {1}/{{id}}"),
    "delete": ("Delete a {0}", "DELETE {1}/{{id}}"),
}

_GRANTS = "/v3/projects/{project_id}/users/{user_id}/roles"
_SYSTEM_GRANTS = "/v3/system/users/{user_id}/roles"
_CREDENTIALS = "/v3/users/{user_id}/application_credentials"

#: (name, check string, description, "METHOD /path")
_OTHERS = (
    ("validate_token", SUBJECT_OR_SERVICE, "Validate a token", "GET /v3/auth/tokens"),
    ("revoke_token", ADMIN_OR_OWNER, "Revoke a token", "DELETE /v3/auth/tokens"),
    ("get_auth_catalog", base.ANY, "Show the catalog of a token", "GET /v3/auth/catalog"),
    ("get_auth_projects", base.ANY, "List projects that a token's user may use", "GET /v3/auth/projects"),
    ("get_auth_domains", base.ANY, "List domains that a token's user may use", "GET /v3/auth/domains"),
    ("get_auth_system", base.ANY, "Show whether a token's user may use the system", "GET /v3/auth/system"),
    ("list_user_projects", ADMIN_OR_OWNER, "List the projects of a user", "GET /v3/users/{user_id}/projects"),
    ("list_grants", base.ADMIN, "List the roles of a user on a project or domain", f"GET {_GRANTS}"),
    ("check_grant", base.ADMIN, "Check a role of a user", f"HEAD {_GRANTS}/{{role_id}}"),
    ("create_grant", base.ADMIN, "Give a role to a user", f"PUT {_GRANTS}/{{role_id}}"),
    ("revoke_grant", base.ADMIN, "Take a role from a user", f"DELETE {_GRANTS}/{{role_id}}"),
    ("list_system_grants_for_user", base.ADMIN, "List the system roles of a user", f"GET {_SYSTEM_GRANTS}"),
    ("check_system_grant_for_user", base.ADMIN, "Check a system role", f"HEAD {_SYSTEM_GRANTS}/{{role_id}}"),
    ("create_system_grant_for_user", base.ADMIN, "Give a system role", f"PUT {_SYSTEM_GRANTS}/{{role_id}}"),
    (
        "revoke_system_grant_for_user",
        base.ADMIN,
        "Take a system role",
        f"DELETE {_SYSTEM_GRANTS}/{{role_id}}",
    ),
    ("list_role_assignments", base.ADMIN, "List role assignments", "GET /v3/role_assignments"),
    ("list_application_credentials", ADMIN_OR_OWNER, "List application credentials", f"GET {_CREDENTIALS}"),
    (
        "get_application_credential",
        ADMIN_OR_OWNER,
        "Show an application credential",
        f"GET {_CREDENTIALS}/{{id}}",
    ),
    ("create_application_credential", OWNER, "Create an application credential", f"POST {_CREDENTIALS}"),
    ("delete_application_credential", ADMIN_OR_OWNER, "Delete one", f"DELETE {_CREDENTIALS}/{{id}}"),
)


def name_of(verb: str, noun: str) -> str:
    """Return the name of a noun's rule: `identity:list_projects`, `identity:get_project`."""
    return f"identity:{verb}_{noun}s" if verb == "list" else f"identity:{verb}_{noun}"


def _rule(name: str, check: str, description: str, operation: str) -> policy.DocumentedRuleDefault:
    method, path = operation.split(" ", 1)
    return policy.DocumentedRuleDefault(
        name=name,
        check_str=check,
        description=description,
        operations=[{"method": method, "path": path}],
        scope_types=["system", "domain", "project"],
    )


RULES = [
    _rule(name_of(verb, noun), checks.get(verb, base.ADMIN), text.format(noun), operation.format(noun, path))
    for noun, (path, checks) in _NOUNS.items()
    for verb, (text, operation) in _VERBS.items()
] + [_rule(f"identity:{name}", check, text, operation) for name, check, text, operation in _OTHERS]
