"""Queries on quotas: the limits that were set, and what is used, counted from the tables it is used in."""

import sqlalchemy as sa

from nova_lite.db import api
from nova_lite.db.models import (
    Instance,
    InstanceGroup,
    InstanceGroupMember,
    KeyPair,
    Quota,
    QuotaClass,
    QuotaLock,
)

#: Quota class whose limits stand between the configuration and a project's own.
DEFAULT_CLASS = "default"


def lock(conn, scope: str) -> None:
    """Make other transactions that lock the same scope wait until this one ends.

    Counting and inserting in one transaction is exact only so: two transactions that count at the same time
    would both find room. SQLite has one writer at a time and needs no lock.
    """
    if conn.dialect.name == "sqlite":
        return
    row = sa.select(QuotaLock.scope).where(QuotaLock.scope == scope).with_for_update()
    if conn.execute(row).first() is None:
        try:
            with conn.begin_nested():
                conn.execute(sa.insert(QuotaLock).values(scope=scope))
        except sa.exc.IntegrityError as error:
            if not api.is_duplicate(error):
                raise
            conn.execute(row).first()


@api.reader
def get_class(conn, class_name: str = DEFAULT_CLASS) -> dict[str, int]:
    """Return the limits (resource → limit) of a quota class."""
    rows = sa.select(QuotaClass.resource, QuotaClass.hard_limit).where(QuotaClass.class_name == class_name)
    return dict(conn.execute(rows).all())


@api.reader
def get_project(conn, project_id: str, user_id: str = "") -> dict[str, int]:
    """Return the limits set for a project, or with `user_id` those set for that user in it."""
    rows = sa.select(Quota.resource, Quota.hard_limit).where(
        Quota.project_id == project_id, Quota.user_id == user_id
    )
    return dict(conn.execute(rows).all())


@api.reader
def get_both(conn, project_id: str, user_id: str) -> tuple[dict[str, int], dict[str, int]]:
    """Return what `get_project` returns for a project, and for a user in it, of one query."""
    rows = sa.select(Quota.user_id, Quota.resource, Quota.hard_limit).where(
        Quota.project_id == project_id, Quota.user_id.in_(("", user_id))
    )
    found: dict[str, dict[str, int]] = {"": {}, user_id: {}}
    for whose, resource, limit in conn.execute(rows):
        found[whose][resource] = limit
    return found[""], found[user_id]


@api.reader
def count_instances(conn, project_id: str, user_id: str | None = None) -> dict[str, int]:
    """Return {`instances`, `cores`, `ram`} used by a project, or by one user in it.

    Servers that were soft-deleted do not count: restoring one checks again.
    """
    statement = sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(Instance.vcpus), 0),
        sa.func.coalesce(sa.func.sum(Instance.memory_mb), 0),
    ).where(
        Instance.project_id == project_id,
        Instance.deleted == 0,
        sa.or_(Instance.vm_state.is_(None), Instance.vm_state != "soft-delete"),
        sa.or_(Instance.hidden.is_(None), Instance.hidden == sa.false()),
    )
    if user_id is not None:
        statement = statement.where(Instance.user_id == user_id)
    instances, cores, ram = conn.execute(statement).one()
    return {"instances": int(instances), "cores": int(cores), "ram": int(ram)}


@api.reader
def count_key_pairs(conn, user_id: str) -> int:
    """Return how many key pairs a user has."""
    return conn.execute(sa.select(sa.func.count()).where(KeyPair.user_id == user_id)).scalar_one()


@api.reader
def count_server_groups(conn, project_id: str, user_id: str | None = None) -> int:
    """Return how many server groups a project (or one user in it) has."""
    statement = sa.select(sa.func.count()).where(InstanceGroup.project_id == project_id)
    if user_id is not None:
        statement = statement.where(InstanceGroup.user_id == user_id)
    return conn.execute(statement).scalar_one()


@api.reader
def count_server_group_members(conn, group_uuid: str, user_id: str | None = None) -> int:
    """Return how many servers (of one user) are in a server group; deleted ones do not count."""
    statement = (
        sa.select(sa.func.count())
        .select_from(InstanceGroupMember)
        .join(InstanceGroup, InstanceGroup.id == InstanceGroupMember.group_id)
        .join(Instance, sa.and_(Instance.uuid == InstanceGroupMember.instance_uuid, Instance.deleted == 0))
        .where(InstanceGroup.uuid == group_uuid)
    )
    if user_id is not None:
        statement = statement.where(Instance.user_id == user_id)
    return conn.execute(statement).scalar_one()
