"""For what is a token asked, and which roles does its user have there?"""

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.identity import assignments, domains, projects
from nova_lite.identity import roles, tokens
from nova_lite.identity.methods import Proof, find_domain

UNSCOPED = "unscoped"
SYSTEM_ID = "all"

#: What a token is for, and the roles (rows) that it gives there.
Granted = tuple[tokens.Scope | None, list[dict]]


def named(row: dict) -> tokens.Named:
    """Return id and name of a row."""
    return tokens.Named(row["id"], row["name"])


@api.reader
def resolve(conn, proof: Proof, wanted: dict | str | None) -> Granted:
    """Return what a token asked with `auth.scope` is for, and the roles in it.

    Raises:
        NotAuthenticated: there is no such project or domain, it is disabled, or the user has no role there.
    """
    if proof.credential is not None:
        return _of_credential(conn, proof, proof.credential, wanted)
    if wanted == UNSCOPED:
        return None, []
    if wanted is None:
        default = proof.user["default_project_id"]
        try:
            return _project(conn, proof.user, {"id": default}) if default else (None, [])
        except exception.NotAuthenticated:
            return None, []  # as Keystone: a default that no longer works gives an unscoped token
    if not isinstance(wanted, dict) or len(wanted) != 1:
        raise exception.NotAuthenticated
    ((kind, reference),) = wanted.items()
    return _KINDS[kind](conn, proof.user, reference)


def _of_credential(conn, proof: Proof, credential: dict, wanted) -> Granted:
    """Its own project and no other, and of its roles those that the user still has."""
    allowed_scope = proof.token is not None and wanted == {"project": {"id": credential["project_id"]}}
    if wanted is not None and not allowed_scope:
        raise exception.NotAuthenticated
    scope, held = _project(conn, proof.user, {"id": credential["project_id"]})
    kept = [role for role in held if role["id"] in (credential["role_ids"] or [])]
    if not kept:
        raise exception.NotAuthenticated
    return scope, kept


def _project(conn, user: dict, reference: dict) -> Granted:
    if "id" in reference:
        project = projects.find.within(conn, id=reference["id"])
    else:
        domain = find_domain.within(conn, reference.get("domain") or {})
        project = domain and projects.find.within(conn, name=reference["name"], domain_id=domain["id"])
    if not project or not project["enabled"]:
        raise exception.NotAuthenticated
    domain = domains.get.within(conn, project["domain_id"])
    if not domain["enabled"]:
        raise exception.NotAuthenticated
    scope = tokens.Scope(tokens.PROJECT, project["id"], project["name"], named(domain))
    return scope, _roles(conn, user, tokens.PROJECT, project["id"])


def _domain(conn, user: dict, reference: dict) -> Granted:
    domain = find_domain.within(conn, reference)
    if not domain or not domain["enabled"]:
        raise exception.NotAuthenticated
    scope = tokens.Scope(tokens.DOMAIN, domain["id"], domain["name"])
    return scope, _roles(conn, user, tokens.DOMAIN, domain["id"])


def _system(conn, user: dict, _reference: dict) -> Granted:
    return tokens.Scope(tokens.SYSTEM, SYSTEM_ID), _roles(conn, user, tokens.SYSTEM, SYSTEM_ID)


_KINDS = {tokens.PROJECT: _project, tokens.DOMAIN: _domain, tokens.SYSTEM: _system}


def _roles(conn, user: dict, kind: str, target_id: str) -> list[dict]:
    found = roles.of.within(conn, user["id"], kind, target_id)
    if not found:
        raise exception.NotAuthenticated
    return found


# -- what a user may ask for


@api.reader
def projects_of(conn, user_id: str) -> list[dict]:
    """Return the enabled projects, of enabled domains, on which a user has a role."""
    open_domains = {row["id"] for row in domains.list.within(conn) if row["enabled"]}
    found = assignments.projects_of.within(conn, user_id)
    return [row for row in found if row["enabled"] and row["domain_id"] in open_domains]


@api.reader
def domains_of(conn, user_id: str) -> list[dict]:
    """Return the enabled domains on which a user has a role."""
    mine = {
        row["target_id"]
        for row in assignments.list_by.within(conn, user_id=user_id, target_type=tokens.DOMAIN)
    }
    return [row for row in domains.list.within(conn) if row["enabled"] and row["id"] in mine]


@api.reader
def has_system(conn, user_id: str) -> bool:
    """Return whether a user has a role on the system."""
    return bool(assignments.list_by.within(conn, user_id=user_id, target_type=tokens.SYSTEM))
