"""Server groups: making one within the project's quota, and which of its members still live."""

from nova_lite.compute import quotas
from nova_lite.db import api
from nova_lite.db import instance_groups as db


@api.writer
def create(conn, context, name: str, policy: str, rules: dict | None) -> dict:
    """Make a group of the caller's and return it.

    Raises:
        ServerGroupsLimitExceeded: the project has as many as allowed.
    """
    quotas.check(conn, context, context.project_id, server_groups=1)
    values = {"name": name, "policy": policy, "rules": rules or {}}
    return db.create.within(conn, values | {"user_id": context.user_id, "project_id": context.project_id})


def _without_dead(conn, groups: list[dict]) -> list[dict]:
    living = db.living.within(conn, [uuid for group in groups for uuid in group["members"]])
    return [dict(group, members=[uuid for uuid in group["members"] if uuid in living]) for group in groups]


@api.reader
def get(conn, uuid: str) -> dict:
    """Return a group with those of its members that are not deleted.

    Raises:
        InstanceGroupNotFound: there is none.
    """
    return _without_dead(conn, [db.get.within(conn, uuid)])[0]


@api.reader
def list_page(conn, project_id: str | None, offset: int, limit: int) -> list[dict]:
    """Return groups of a project (None: of all), each as `get` does."""
    return _without_dead(conn, db.list_page.within(conn, project_id, offset=offset, limit=limit))
