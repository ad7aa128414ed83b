"""The tables in a test's database, and rows for them."""

import contextlib
import datetime as dt
import itertools
import uuid as uuid_module
from collections.abc import Iterator

import sqlalchemy as sa

from nova_lite.conf import CONF
from nova_lite.db import api
from nova_lite.db.models import (
    Aggregate,
    AggregateHost,
    AggregateMetadata,
    Base,
    ComputeNode,
    IdentityDomain,
    IdentityProject,
    Instance,
    InstanceGroup,
    InstanceGroupMember,
    Quota,
    QuotaClass,
    Service,
    utcnow,
)

_numbers = itertools.count(1)


@contextlib.contextmanager
def made(url: str) -> Iterator[None]:
    """Point this process at a database with all tables, empty; forget it at the end."""
    api.dispose()
    CONF.set_override("connection", url, group="database")
    try:
        Base.metadata.create_all(api.engine())
        yield
    finally:
        api.dispose()
        CONF.clear_override("connection", group="database")


@api.writer
def empty(conn) -> None:
    """Remove all rows of all tables."""
    for table in reversed(Base.metadata.sorted_tables):
        conn.execute(sa.delete(table))


def _insert(conn, model, values: dict) -> int:
    return conn.execute(sa.insert(model).values(values)).inserted_primary_key[0]


@api.writer
def add_host(
    conn,
    host: str,
    *,
    nodes: tuple[str, ...] = (),
    seen_ago: float = 0,
    service: dict | None = None,
    **columns,
) -> int:
    """Add a nova-compute service, seen `seen_ago` seconds ago, and its nodes (one, named as the host).

    `columns` are the node's, by default 8 CPUs, 16 GiB of memory, 100 GiB of disk. Returns the last
    node's id.
    """
    about = {"uuid": str(uuid_module.uuid4()), "host": host, "binary": "nova-compute", "topic": "compute",
             "last_seen_up": utcnow() - dt.timedelta(seconds=seen_ago)}  # fmt: skip
    service_id = _insert(conn, Service, about | (service or {}))
    values = {"vcpus": 8, "memory_mb": 16384, "local_gb": 100, "host": host, "service_id": service_id,
              "hypervisor_type": "QEMU", "hypervisor_version": 7002000}  # fmt: skip
    for name in nodes or (host,):
        own = {"uuid": str(uuid_module.uuid4()), "hypervisor_hostname": name}
        node_id = _insert(conn, ComputeNode, values | own | columns)
    return node_id


@api.writer
def add_service(conn, host: str, binary: str, *, seen_ago: float = 0, **columns) -> int:
    """Add a service other than nova-compute, seen `seen_ago` seconds ago; return its id."""
    about = {"uuid": str(uuid_module.uuid4()), "host": host, "binary": binary,
             "topic": binary.removeprefix("nova-"),
             "last_seen_up": utcnow() - dt.timedelta(seconds=seen_ago)}  # fmt: skip
    return _insert(conn, Service, about | columns)


@api.writer
def add_projects(conn, *ids: str) -> None:
    """Add projects, named as their ids, in the default domain."""
    _insert(conn, IdentityDomain, {"id": "default", "name": "Default"})
    for project_id in ids:
        _insert(conn, IdentityProject, {"id": project_id, "name": project_id, "domain_id": "default"})


@api.writer
def add_quota(conn, project_id: str, user_id: str = "", **limits: int) -> None:
    """Set limits of a project, or of a user in it."""
    for resource, limit in limits.items():
        about = {"project_id": project_id, "user_id": user_id, "resource": resource}
        _insert(conn, Quota, about | {"hard_limit": limit})


@api.writer
def add_quota_class(conn, name: str, **limits: int) -> None:
    """Set limits of a quota class."""
    for resource, limit in limits.items():
        _insert(conn, QuotaClass, {"class_name": name, "resource": resource, "hard_limit": limit})


@api.writer
def add_aggregate(conn, *hosts: str, **metadata: str) -> int:
    """Add an aggregate with hosts and metadata; return its id."""
    number = next(_numbers)
    aggregate_id = _insert(conn, Aggregate, {"uuid": str(uuid_module.uuid4()), "name": f"aggregate-{number}"})
    for host in hosts:
        _insert(conn, AggregateHost, {"aggregate_id": aggregate_id, "host": host})
    for key, value in metadata.items():
        _insert(conn, AggregateMetadata, {"aggregate_id": aggregate_id, "key": key, "value": value})
    return aggregate_id


@api.writer
def add_group(conn, policy: str, *members: str, rules: dict | None = None, **columns) -> str:
    """Add a server group; return its uuid."""
    uuid = columns.setdefault("uuid", str(uuid_module.uuid4()))
    about = {"policy": policy, "rules": rules, "name": policy}
    group_id = _insert(conn, InstanceGroup, about | columns)
    for member in members:
        _insert(conn, InstanceGroupMember, {"group_id": group_id, "instance_uuid": member})
    return uuid


@api.writer
def add_member(conn, group_uuid: str, *members: str) -> None:
    """Put servers into a server group."""
    group_id = conn.execute(sa.select(InstanceGroup.id).where(InstanceGroup.uuid == group_uuid)).scalar_one()
    for member in members:
        _insert(conn, InstanceGroupMember, {"group_id": group_id, "instance_uuid": member})


@api.writer
def add_instance(conn, uuid: str | None = None, **columns) -> str:
    """Add a server; return its uuid."""
    uuid = uuid or str(uuid_module.uuid4())
    _insert(conn, Instance, {"uuid": uuid, "vm_state": "building", "task_state": "scheduling"} | columns)
    return uuid
