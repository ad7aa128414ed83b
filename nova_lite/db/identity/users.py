"""Users, with their password hashes."""

from nova_lite.db import api
from nova_lite.db.identity import application_credentials, assignments, revocations
from nova_lite.db.identity.rows import Rows
from nova_lite.db.models import IdentityUser, utcnow

_ROWS = Rows(IdentityUser, "user")
get, find, list = _ROWS.get, _ROWS.find, _ROWS.list  # noqa: A001


@api.writer
def create(conn, values: dict) -> dict:
    """Insert a user and return it.

    Raises:
        IdentityConflict: the domain has one of this name.
    """
    if values.get("password_hash"):
        values = {**values, "password_changed_at": utcnow()}
    return _ROWS.create.within(conn, values)


@api.writer
def update(conn, user_id: str, values: dict) -> dict:
    """Change a user and return it; a new password or the end of `enabled` revokes the user's tokens.

    Raises:
        IdentityNotFound: there is no such user.
        IdentityConflict: the domain has another one of this name.
    """
    if "password_hash" in values:
        values = {**values, "password_changed_at": utcnow()}
    row = _ROWS.update.within(conn, user_id, values)
    if "password_hash" in values or values.get("enabled") is False:
        revocations.add.within(conn, user_id=user_id)
    return row


@api.writer
def delete(conn, user_id: str) -> dict:
    """Remove a user with its roles, application credentials and tokens, and return what it was.

    Raises:
        IdentityNotFound: there is no such user.
    """
    application_credentials.delete_all.within(conn, user_id=user_id)
    assignments.remove_all.within(conn, user_id=user_id)
    row = _ROWS.delete.within(conn, user_id)
    revocations.add.within(conn, user_id=user_id)
    return row
