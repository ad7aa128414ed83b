"""Quotas: what a project and its users may use, what they use, and whether more fits.

A limit is the project's own (table `quotas`), else that of quota class `default`, else `[quota]` of the
configuration; a user's own limit in a project stands beside the project's. -1 means no limit. Use is counted
from the tables at the time of the request (Nova's quota driver since Pike), never kept in a counter.

`check…` functions take the connection of a writing transaction, and hold others of the same project back
until it ends: what they find free stays free until the rows are written.
"""

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.db import api
from nova_lite.db import quotas as db

#: Resource → option of `[quota]`. The names are those of os-quota-sets.
RESOURCES = {
    "instances": "instances",
    "cores": "cores",
    "ram": "ram",
    "metadata_items": "metadata_items",
    "injected_files": "injected_files",
    "injected_file_content_bytes": "injected_file_content_bytes",
    "injected_file_path_bytes": "injected_file_path_length",
    "key_pairs": "key_pairs",
    "server_groups": "server_groups",
    "server_group_members": "server_group_members",
}

UNLIMITED = -1

#: What is said when one of these does not fit; servers have a text of their own.
_ERRORS = {
    "key_pairs": exception.KeypairLimitExceeded,
    "server_groups": exception.ServerGroupsLimitExceeded,
    "server_group_members": exception.ServerGroupLimitExceeded,
    "metadata_items": exception.MetadataLimitExceeded,
    "injected_files": exception.OnsetFileLimitExceeded,
    "injected_file_path_bytes": exception.OnsetFilePathLimitExceeded,
    "injected_file_content_bytes": exception.OnsetFileContentLimitExceeded,
}


def defaults(conn: sa.Connection) -> dict[str, int]:
    """Return the limits of a project for which none were set."""
    if CONF.quota.driver == "noop":
        return dict.fromkeys(RESOURCES, UNLIMITED)
    configured = {resource: getattr(CONF.quota, option) for resource, option in RESOURCES.items()}
    stored = db.get_class.within(conn)
    return {resource: stored.get(resource, limit) for resource, limit in configured.items()}


def limits(conn: sa.Connection, project_id: str, user_id: str | None = None) -> dict[str, int]:
    """Return resource → limit of a project, or with `user_id` of that user in it."""
    found = defaults(conn)
    if CONF.quota.driver == "noop":
        return found
    project, own = db.get_both.within(conn, project_id, user_id or "")
    return found | {name: limit for name, limit in (project | own).items() if name in found}


def usages(conn: sa.Connection, project_id: str, user_id: str | None = None) -> dict[str, int]:
    """Return resource → use of what a project (or one user in it) has: instances, cores, ram, server_groups.

    With `user_id`, `key_pairs` too: they belong to users, not to projects.
    """
    found = db.count_instances.within(conn, project_id, user_id)
    found["server_groups"] = db.count_server_groups.within(conn, project_id, user_id)
    if user_id:
        found["key_pairs"] = db.count_key_pairs.within(conn, user_id)
    return found


def _fits(limit: int, used: int, more: int) -> bool:
    # Taking nothing more, or giving back, is allowed even above a limit that was lowered.
    return more <= 0 or limit == UNLIMITED or used + more <= limit


def _scopes(conn, project_id: str, user_id: str | None) -> list[tuple[dict[str, int], dict[str, int]]]:
    """Return (limits, instances' use) of the project and, where a limit was set for the user, of the user."""
    limit = defaults(conn)
    used = db.count_instances.within(conn, project_id)
    if CONF.quota.driver == "noop":
        return [(limit, used)]
    project, own = db.get_both.within(conn, project_id, user_id or "")
    scopes = [(limit | project, used)]
    if user_id and own:
        scopes.append((limit | project | own, db.count_instances.within(conn, project_id, user_id)))
    return scopes


def check(
    conn: sa.Connection,
    context,
    project_id: str,
    user_id: str | None = None,
    *,
    group_uuid=None,
    **deltas: int,
) -> None:
    """Raise unless `deltas` more of each resource fit: `check(conn, context, project, user, cores=2, ram=9)`.

    Args:
        conn: connection of the writing transaction that will use what is checked.
        context: who asks; its user counts when `user_id` is left out.
        project_id: whose project the use is counted to.
        user_id: whose user in it.
        group_uuid: server group that `server_group_members` is about.
        deltas: resource → how much more; `instances`, `cores`, `ram`, `key_pairs`, `server_groups`,
            `server_group_members`.

    Raises:
        TooManyInstances: instances, cores or ram do not fit.
        QuotaError: a subclass for key pairs, server groups and their members.
        QuotaResourceUnknown: there is no such resource, or it is not counted.
    """
    user_id = user_id or context.user_id
    counted = {"instances", "cores", "ram"} & set(deltas)
    others = set(deltas) - counted
    unknown = others - {"key_pairs", "server_groups", "server_group_members"}
    if unknown:
        raise exception.QuotaResourceUnknown(unknown=sorted(unknown))
    if counted or "server_groups" in others:
        db.lock(conn, f"project:{project_id}")
    if counted:
        requested = {name: deltas[name] for name in sorted(counted)}
        for limit, used in _scopes(conn, project_id, user_id):
            _refuse(limit, used, requested, {name: str(value) for name, value in requested.items()})
    for resource in sorted(others):
        _check_one(conn, (project_id, user_id), resource, deltas[resource], group_uuid)


def _check_one(conn, whose, resource, more, group_uuid) -> None:
    project_id, user_id = whose
    allowed = limits(conn, project_id, user_id)[resource]
    if resource == "key_pairs":
        db.lock(conn, f"user:{user_id}")
        used = db.count_key_pairs.within(conn, user_id)
    elif resource == "server_groups":
        used = db.count_server_groups.within(conn, project_id)
        allowed = limits(conn, project_id)[resource]
    else:
        db.lock(conn, f"group:{group_uuid}")
        used = db.count_server_group_members.within(conn, group_uuid, user_id)
    if not _fits(allowed, used, more):
        raise _ERRORS[resource]


def _refuse(limit, used, deltas, shown) -> None:
    overs = [name for name in sorted(deltas) if not _fits(limit[name], used[name], deltas[name])]
    if overs:
        raise exception.TooManyInstances(
            overs=", ".join(overs),
            req=", ".join(shown[name] for name in overs),
            used=", ".join(str(used[name]) for name in overs),
            allowed=", ".join(str(limit[name]) for name in overs),
        )


def check_instances(
    conn: sa.Connection,
    context,
    *,
    project_id: str | None = None,
    user_id: str | None = None,
    vcpus: int,
    memory_mb: int,
    min_count: int = 1,
    max_count: int = 1,
) -> int:
    """Return how many servers of a flavor (of at most `max_count`) fit; at least `min_count` do.

    Raises:
        TooManyInstances: fewer than `min_count` fit.
    """
    project_id = project_id or context.project_id
    user_id = user_id or context.user_id
    db.lock(conn, f"project:{project_id}")
    scopes = _scopes(conn, project_id, user_id)
    each = {"instances": 1, "cores": vcpus, "ram": memory_mb}
    count = max_count
    for limit, used in scopes:
        for name, size in each.items():
            if limit[name] != UNLIMITED and size > 0:
                count = min(count, max(limit[name] - used[name], 0) // size)
    if count >= min_count:
        return count
    asked = str(min_count) if min_count == max_count else f"{min_count}-{max_count}"
    deltas = {name: size * max_count for name, size in each.items()}
    shown = {name: str(value) for name, value in deltas.items()} | {"instances": asked}
    for limit, used in scopes:
        _refuse(limit, used, deltas, shown)
    raise AssertionError("unreachable: fewer fit than asked for, yet no limit is passed")


def check_limit(
    conn: sa.Connection, project_id: str, resource: str, value: int, user_id: str | None = None
) -> None:
    """Raise when one server's (or file's) `value` passes the limit of a resource that is not counted.

    Resources: metadata_items, injected_files, injected_file_content_bytes, injected_file_path_bytes.

    Raises:
        QuotaError: the subclass that names the resource.
    """
    allowed = limits(conn, project_id, user_id)[resource]
    if allowed != UNLIMITED and value > allowed:
        raise _ERRORS[resource](allowed=allowed)


@api.reader
def overview(conn, project_id: str) -> dict[str, dict[str, int]]:
    """Return {`limits`, `used`} of a project (see `limits` and `usages`), in a transaction of its own."""
    return {"limits": limits(conn, project_id), "used": usages(conn, project_id)}
