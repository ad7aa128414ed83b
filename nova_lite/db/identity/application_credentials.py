"""Application credentials: passwords of a user for one project with a set of roles."""

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.identity import revocations
from nova_lite.db.identity.rows import Rows
from nova_lite.db.models import IdentityApplicationCredential

_ROWS = Rows(IdentityApplicationCredential, "application credential")
_TABLE = IdentityApplicationCredential.__table__
get, find, list = _ROWS.get, _ROWS.find, _ROWS.list  # noqa: A001


@api.writer
def create(conn, values: dict) -> dict:
    """Insert an application credential and return it.

    Raises:
        IdentityConflict: the user has one of this name.
    """
    try:
        return _ROWS.create.within(conn, values)
    except exception.IdentityConflict as error:
        raise exception.IdentityConflict(
            noun="application_credential", details=f"Duplicate entry found with name {values['name']}."
        ) from error


@api.writer
def delete(conn, credential_id: str) -> dict:
    """Remove an application credential, revoke its tokens, and return what it was.

    Raises:
        IdentityNotFound: there is none with this id.
    """
    row = _ROWS.delete.within(conn, credential_id)
    revocations.add.within(conn, application_credential_id=credential_id)
    return row


@api.writer
def delete_all(conn, *, user_id: str | None = None, project_id: str | None = None) -> None:
    """Remove all of a user, of a project, or of a user on a project; their tokens are the caller's to revoke."""
    statement = sa.delete(_TABLE)
    if user_id is not None:
        statement = statement.where(_TABLE.c.user_id == user_id)
    if project_id is not None:
        statement = statement.where(_TABLE.c.project_id == project_id)
    conn.execute(statement)
