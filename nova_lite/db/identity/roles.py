"""Roles. `domain_id` is empty for a role of the whole cloud."""

from nova_lite.db import api
from nova_lite.db.identity import assignments, revocations
from nova_lite.db.identity.rows import Rows
from nova_lite.db.models import IdentityRole

_ROWS = Rows(IdentityRole, "role")
get, find, list, create = _ROWS.get, _ROWS.find, _ROWS.list, _ROWS.create  # noqa: A001


@api.writer
def update(conn, role_id: str, values: dict) -> dict:
    """Change a role and return it; tokens hold its name, so a new name ends those that have it.

    Raises:
        IdentityNotFound: there is no such role.
        IdentityConflict: the name is taken.
    """
    before = _ROWS.get.within(conn, role_id)
    after = _ROWS.update.within(conn, role_id, values)
    if after["name"] != before["name"]:
        revocations.add.within(conn, role_id=role_id)
    return after


@api.writer
def delete(conn, role_id: str) -> dict:
    """Remove a role with its assignments, revoke the tokens that have it, and return what it was.

    Raises:
        IdentityNotFound: there is no such role.
    """
    assignments.remove_all.within(conn, role_id=role_id)
    row = _ROWS.delete.within(conn, role_id)
    revocations.add.within(conn, role_id=role_id)
    return row
