"""Domains: what users and projects belong to."""

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.identity import projects, revocations, roles, users
from nova_lite.db.identity.assignments import remove_all
from nova_lite.db.identity.rows import Filter, Rows
from nova_lite.db.models import IdentityDomain, IdentityProject

DEFAULT = "default"

_ROWS = Rows(IdentityDomain, "domain")
get, find, list, create = _ROWS.get, _ROWS.find, _ROWS.list, _ROWS.create  # noqa: A001


@api.writer
def update(conn, domain_id: str, values: dict) -> dict:
    """Change a domain and return it; the end of `enabled` revokes the tokens of all that belongs to it.

    Raises:
        IdentityNotFound: there is no such domain.
        IdentityConflict: the name is taken.
    """
    row = _ROWS.update.within(conn, domain_id, values)
    if values.get("enabled") is False:
        revocations.add.within(conn, domain_id=domain_id)
    return row


@api.writer
def delete(conn, domain_id: str) -> dict:
    """Remove a domain with its users, projects and roles, and return what it was.

    Raises:
        IdentityNotFound: there is no such domain.
        IdentityForbidden: it is enabled, or it is the default domain.
    """
    row = _ROWS.get.within(conn, domain_id)
    if domain_id == DEFAULT:
        raise exception.IdentityForbidden(reason="Cannot delete the default domain.")
    if row["enabled"]:
        raise exception.IdentityForbidden(
            reason="Cannot delete a domain that is enabled, please disable it first."
        )
    mine = [Filter("domain_id", domain_id)]
    for user in users.list.within(conn, mine):
        users.delete.within(conn, user["id"])
    # Without their parents first, no project of the domain is anything but a leaf.
    table = IdentityProject.__table__
    conn.execute(sa.update(table).where(table.c.domain_id == domain_id).values(parent_id=None))
    for project in projects.list.within(conn, mine):
        projects.delete.within(conn, project["id"])
    for role in roles.list.within(conn, mine):
        roles.delete.within(conn, role["id"])
    remove_all.within(conn, target_type="domain", target_id=domain_id)
    row = _ROWS.delete.within(conn, domain_id)
    revocations.add.within(conn, domain_id=domain_id)
    return row
