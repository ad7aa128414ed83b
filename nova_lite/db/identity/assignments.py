"""Who has which role where: `target_type` is project, domain or system (then `target_id` is `all`)."""

from collections.abc import Sequence

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.identity import application_credentials, revocations
from nova_lite.db.models import IdentityAssignment, IdentityProject, IdentityRole

_TABLE = IdentityAssignment.__table__
_ROLES = IdentityRole.__table__


def _same(values: dict):
    return sa.and_(*(_TABLE.c[name] == value for name, value in values.items()))


@api.reader
def exists(conn, **values: str) -> bool:
    """Return whether there is such an assignment (user_id, target_type, target_id, role_id)."""
    return conn.execute(sa.select(_TABLE.c.id).where(_same(values))).first() is not None


@api.reader
def list_by(conn, **values: str | Sequence[str]) -> list[dict]:
    """Return assignments with these values (a sequence: any of them), oldest first."""
    statement = sa.select(_TABLE).order_by(_TABLE.c.id)
    for name, value in values.items():
        column = _TABLE.c[name]
        statement = statement.where(column == value if isinstance(value, str) else column.in_(value))
    return [dict(row) for row in conn.execute(statement).mappings()]


@api.reader
def roles_of(conn, user_id: str, target_type: str, target_id: str) -> list[dict]:
    """Return the roles that a user was given there, without those that they imply."""
    statement = (
        sa.select(_ROLES)
        .join(_TABLE, _TABLE.c.role_id == _ROLES.c.id)
        .where(_same({"user_id": user_id, "target_type": target_type, "target_id": target_id}))
        .order_by(_ROLES.c.name)
    )
    return [dict(row) for row in conn.execute(statement).mappings()]


@api.reader
def projects_of(conn, user_id: str) -> list[dict]:
    """Return the projects on which a user has a role, by name."""
    projects = IdentityProject.__table__
    mine = sa.select(_TABLE.c.target_id).where(_same({"user_id": user_id, "target_type": "project"}))
    statement = sa.select(projects).where(projects.c.id.in_(mine)).order_by(projects.c.name, projects.c.id)
    return [dict(row) for row in conn.execute(statement).mappings()]


@api.writer
def add(conn, **values: str) -> None:
    """Give a role (user_id, target_type, target_id, role_id); giving it twice is no error."""
    if not exists.within(conn, **values):
        try:
            with conn.begin_nested():
                conn.execute(sa.insert(_TABLE).values(values))
        except sa.exc.IntegrityError as error:
            if not api.is_duplicate(error):  # another request gave it at the same time
                raise


@api.writer
def remove(conn, **values: str) -> None:
    """Take a role away; tokens of the user for that target, and application credentials on it, end with it.

    Raises:
        IdentityNotFound: there is no such assignment.
    """
    if not conn.execute(sa.delete(_TABLE).where(_same(values))).rowcount:
        raise exception.IdentityNotFound(
            noun="role assignment",
            id=f"role {values['role_id']} of user {values['user_id']} on {values['target_type']} {values['target_id']}",
        )
    if values["target_type"] == "project":
        application_credentials.delete_all.within(
            conn, user_id=values["user_id"], project_id=values["target_id"]
        )
    revocations.add.within(
        conn, user_id=values["user_id"], scope=f"{values['target_type']}:{values['target_id']}"
    )


@api.writer
def remove_all(conn, **values: str) -> None:
    """Take away all assignments with these values, with no further effect."""
    conn.execute(sa.delete(_TABLE).where(_same(values)))
