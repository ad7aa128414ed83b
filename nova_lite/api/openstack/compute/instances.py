"""How a handler gets at the server that its path names: found, and allowed."""

from nova_lite.compute.api import query
from nova_lite.objects.instance import Instance


def _allow(req, rule: str, project_id, user_id) -> None:
    req.context.can(rule, {"project_id": project_id, "user_id": user_id})


def get(req, server_id: str, rule: str) -> Instance:
    """Return a server as an object, to change it.

    Raises:
        InstanceNotFound: there is none that this caller may know of (404), also for ids that are no UUIDs.
        PolicyNotAuthorized: the rule refuses (403).
    """
    instance = query.get(req.context, server_id)
    _allow(req, rule, instance.project_id, instance.user_id)
    return instance


def get_record(req, server_id: str, rule: str, *, columns, wants, read_deleted: bool = False) -> dict:
    """Return a server as columns, to show it; `columns` and `wants` are those of `db.server_lists.get`.

    Raises:
        InstanceNotFound, PolicyNotAuthorized: as `get`.
    """
    wanted = tuple(dict.fromkeys((*columns, "uuid", "project_id", "user_id", "vm_state", "host")))
    found = query.get_record(req.context, server_id, columns=wanted, wants=wants, read_deleted=read_deleted)
    _allow(req, rule, found["project_id"], found["user_id"])
    return found
