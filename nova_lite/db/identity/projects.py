"""Projects."""

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.identity import application_credentials, assignments, revocations
from nova_lite.db.identity.rows import Filter, Rows
from nova_lite.db.models import IdentityProject, IdentityUser

_ROWS = Rows(IdentityProject, "project")
get, find, list, create = _ROWS.get, _ROWS.find, _ROWS.list, _ROWS.create  # noqa: A001


@api.writer
def update(conn, project_id: str, values: dict) -> dict:
    """Change a project and return it; the end of `enabled` revokes the tokens for it.

    Raises:
        IdentityNotFound: there is no such project.
        IdentityConflict: the domain has another one of this name.
    """
    row = _ROWS.update.within(conn, project_id, values)
    if values.get("enabled") is False:
        revocations.add.within(conn, scope=f"project:{project_id}")
    return row


@api.writer
def delete(conn, project_id: str) -> dict:
    """Remove a project with its assignments, application credentials and tokens, and return what it was.

    Raises:
        IdentityNotFound: there is no such project.
        IdentityForbidden: it has children.
    """
    if _ROWS.list.within(conn, [Filter("parent_id", project_id)]):
        raise exception.IdentityForbidden(
            reason=f"Cannot delete the project {project_id} since it is not a leaf in the hierarchy."
        )
    application_credentials.delete_all.within(conn, project_id=project_id)
    assignments.remove_all.within(conn, target_type="project", target_id=project_id)
    users = IdentityUser.__table__
    conn.execute(
        sa.update(users).where(users.c.default_project_id == project_id).values(default_project_id=None)
    )
    row = _ROWS.delete.within(conn, project_id)
    revocations.add.within(conn, scope=f"project:{project_id}")
    return row
