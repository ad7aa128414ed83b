"""Queries on many servers for the API: filters, pages, and what a record shows besides its own columns.

This is the hot read: rows go from columns to JSON without objects, in a constant number of queries however many
servers there are. A server is a dictionary of the columns asked for, plus what `Wants` names.
"""

import contextlib
import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api, instance_faults, paging, regexps
from nova_lite.db.models import (
    BlockDeviceMapping,
    Instance,
    InstanceGroup,
    InstanceGroupMember,
    InstanceMetadata,
    Service,
    Tag,
)

TABLE = Instance.__table__

#: vm_states whose records show a fault.
FAULTY = ("error", "deleted")

#: Filters that compare for equality (a list: one of them); every other column is matched by a regular expression.
EXACT = frozenset(
    ("project_id", "user_id", "image_ref", "vm_state", "task_state", "flavorid", "uuid", "host", "locked")
)

#: Seconds for a query with regular expressions: users write them, and some take an age.
SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class Wants:
    """What is loaded beside the columns, each with one query for all servers.

    `metadata`: name → value. `tags`: sorted. `volumes`: rows of volume_id and delete_on_termination. `faults`: the
    newest fault of servers in ERROR, as `fault`. `services`: the row of the host's nova-compute, as `service`.
    `groups`: uuids of server groups, as `server_groups`.
    """

    metadata: bool = False
    tags: bool = False
    volumes: bool = False
    faults: bool = False
    services: bool = False
    groups: bool = False


def _matches(column, pattern: str):
    if not isinstance(column.type, sa.String):
        column = sa.cast(column, sa.String(64))
    return column.regexp_match(pattern)


def _equals(column, value):
    if isinstance(value, list | tuple):
        named = [each for each in value if each is not None]
        return sa.or_(column.in_(named), column.is_(None)) if None in value else column.in_(named)
    return column.is_(None) if value is None else column == value


def _tagged(tags: Iterable[str]) -> list:
    return [
        sa.exists().where(Tag.__table__.c.resource_id == TABLE.c.uuid, Tag.__table__.c.tag == tag)
        for tag in tags
    ]


def _deleted(filters: dict) -> list:
    """Return the conditions of `deleted` and `soft_deleted` (Nova's rules), and take them out of the filters."""
    deleted = filters.pop("deleted", None)
    soft = filters.pop("soft_deleted", None)
    if deleted is None:
        return []
    if deleted:
        gone = TABLE.c.deleted != 0
        return [gone if soft is False else sa.or_(gone, TABLE.c.vm_state == "soft-delete")]
    conditions = [TABLE.c.deleted == 0]
    if not soft:
        conditions.append(sa.or_(TABLE.c.vm_state.is_(None), TABLE.c.vm_state != "soft-delete"))
    return conditions


_WORDS = ("deleted", "soft_deleted")
_SPECIAL = {
    "changes-since": lambda value: TABLE.c.updated_at >= value,
    "changes-before": lambda value: TABLE.c.updated_at <= value,
    "tags": lambda tags: sa.and_(*_tagged(tags)),
    "tags-any": lambda tags: sa.or_(*_tagged(tags)),
    "not-tags": lambda tags: sa.not_(sa.and_(*_tagged(tags))),
    "not-tags-any": lambda tags: sa.not_(sa.or_(*_tagged(tags))),
}


def conditions(filters: Mapping[str, Any]) -> list:
    """Return the WHERE clauses of filters.

    `filters`: column → value (see `EXACT`), and the words `deleted`, `soft_deleted` (bool), `changes-since`,
    `changes-before` (naive UTC), `tags`, `tags-any`, `not-tags`, `not-tags-any` (lists).
    """
    left = dict(filters)
    found = [sa.or_(TABLE.c.hidden.is_(None), TABLE.c.hidden == sa.false()), *_deleted(left)]
    for name, value in left.items():
        if name in _SPECIAL:
            found.append(_SPECIAL[name](value))
        elif name in EXACT:
            found.append(_equals(TABLE.c[name], value))
        else:
            found.append(_matches(TABLE.c[name], value))
    return found


def _has_patterns(filters: Mapping[str, Any]) -> bool:
    return any(name not in _SPECIAL and name not in EXACT and name not in _WORDS for name in filters)


def addresses(network_info: list | None, version: int) -> list[str]:
    """Return the fixed addresses of one IP version in a server's network_info."""
    return [
        ip["address"]
        for vif in network_info or ()
        for subnet in (vif.get("network") or {}).get("subnets") or ()
        for ip in subnet.get("ips") or ()
        if ip.get("version", 4) == version
    ]


def _with_address(conn, clauses: list, ips: Mapping[int, str]):
    """Return the condition "one of the addresses matches", for {IP version: regular expression}.

    Addresses live in a JSON column, whose elements the three databases reach in three ways; so candidates are
    fetched with one query more and matched here.
    """
    rows = conn.execute(sa.select(TABLE.c.uuid, TABLE.c.network_info).where(*clauses))
    found = [
        uuid
        for uuid, network_info in rows
        if network_info
        and any(
            regexps.matches(pattern, address)
            for version, pattern in ips.items()
            for address in addresses(network_info, version)
        )
    ]
    return TABLE.c.uuid.in_(found)


def _add_metadata(conn, servers: dict[str, dict]) -> None:
    for server in servers.values():
        server["metadata"] = {}
    query = sa.select(InstanceMetadata.instance_uuid, InstanceMetadata.key, InstanceMetadata.value)
    for uuid, key, value in conn.execute(query.where(InstanceMetadata.instance_uuid.in_(servers))):
        servers[uuid]["metadata"][key] = value


def _add_tags(conn, servers: dict[str, dict]) -> None:
    for server in servers.values():
        server["tags"] = []
    query = sa.select(Tag.resource_id, Tag.tag).where(Tag.resource_id.in_(servers)).order_by(Tag.tag)
    for uuid, tag in conn.execute(query):
        servers[uuid]["tags"].append(tag)


def _add_volumes(conn, servers: dict[str, dict]) -> None:
    for server in servers.values():
        server["volumes"] = []
    table = BlockDeviceMapping.__table__
    query = sa.select(table.c.instance_uuid, table.c.volume_id, table.c.delete_on_termination).where(
        table.c.instance_uuid.in_(servers),
        table.c.deleted == 0,
        table.c.destination_type == "volume",
        table.c.volume_id.is_not(None),
    )
    for row in conn.execute(query.order_by(table.c.id)).mappings():
        servers[row["instance_uuid"]]["volumes"].append(row)


def _add_groups(conn, servers: dict[str, dict]) -> None:
    for server in servers.values():
        server["server_groups"] = []
    query = sa.select(InstanceGroupMember.instance_uuid, InstanceGroup.uuid)
    query = query.join(InstanceGroup, InstanceGroup.id == InstanceGroupMember.group_id)
    for uuid, group in conn.execute(query.where(InstanceGroupMember.instance_uuid.in_(servers))):
        servers[uuid]["server_groups"].append(group)


def _add_faults(conn, servers: dict[str, dict]) -> None:
    faulty = [uuid for uuid, server in servers.items() if server["vm_state"] in FAULTY]
    faults = instance_faults.latest.within(conn, faulty)
    for uuid, server in servers.items():
        server["fault"] = faults.get(uuid)


def _add_services(conn, servers: dict[str, dict]) -> None:
    found = _services(conn, {server["host"] for server in servers.values() if server["host"]})
    for server in servers.values():
        server["service"] = found.get(server["host"])


def _services(conn, hosts: set[str]) -> dict[str, dict]:
    if not hosts:
        return {}
    table = Service.__table__
    query = sa.select(
        table.c.host, table.c.disabled, table.c.forced_down, table.c.last_seen_up, table.c.created_at
    ).where(table.c.binary == "nova-compute", table.c.deleted == 0, table.c.host.in_(hosts))
    return {row["host"]: dict(row) for row in conn.execute(query).mappings()}


_LOADERS = {
    "metadata": _add_metadata,
    "tags": _add_tags,
    "volumes": _add_volumes,
    "groups": _add_groups,
    "faults": _add_faults,
    "services": _add_services,
}


def _complete(conn, servers: list[dict], wants: Wants) -> list[dict]:
    if servers:
        by_uuid = {server["uuid"]: server for server in servers}
        for name, load in _LOADERS.items():
            if getattr(wants, name):
                load(conn, by_uuid)
    return servers


def _fetch(conn, statement) -> list[dict]:
    result = conn.execute(statement)
    keys = tuple(result.keys())
    return [dict(zip(keys, row, strict=True)) for row in result]


@api.reader
def page(
    conn,
    filters: Mapping[str, Any],
    *,
    columns: Sequence[str],
    wants: Wants,
    order: Sequence[tuple[str, str]],
    marker: str | None = None,
    limit: int | None = None,
    ips: Mapping[int, str] | None = None,
) -> list[dict]:
    """Return one page of servers.

    Args:
        conn: the connection.
        filters: see `conditions`.
        columns: names of columns of `instances`; those that `wants` needs must be among them.
        wants: what else is loaded.
        order: (column, `asc` or `desc`); `id` must be among them.
        marker: uuid of the server that the page begins after (a deleted one will do).
        limit: most servers.
        ips: IP version (4 or 6) → regular expression; a server with an address that matches any of them.

    Raises:
        MarkerNotFound: there is no such server.
        InvalidInput: a regular expression is not valid, or takes too long.
    """
    after = None
    if marker is not None:
        after = conn.execute(sa.select(TABLE).where(TABLE.c.uuid == marker)).mappings().first()
        if after is None:
            raise exception.MarkerNotFound(marker=marker)
    clauses = conditions(filters)
    keys = [(TABLE.c[name], direction) for name, direction in order]
    with api.hurry(conn, SECONDS) if ips or _has_patterns(filters) else contextlib.nullcontext():
        if ips:
            clauses.append(_with_address(conn, clauses, ips))
        statement = sa.select(*(TABLE.c[name] for name in columns)).where(*clauses)
        servers = _fetch(conn, paging.page(statement, keys, marker=after, limit=limit))
    return _complete(conn, servers, wants)


@api.reader
def get(
    conn,
    uuid: str,
    *,
    columns: Sequence[str],
    wants: Wants,
    project_id: str | None = None,
    read_deleted: bool = False,
) -> dict:
    """Return one server; with `project_id`, only if it is that project's.

    Raises:
        InstanceNotFound: there is none.
    """
    statement = sa.select(*(TABLE.c[name] for name in columns)).where(TABLE.c.uuid == uuid)
    if not read_deleted:
        statement = statement.where(TABLE.c.deleted == 0)
    if project_id is not None:
        statement = statement.where(TABLE.c.project_id == project_id)
    found = _complete(conn, _fetch(conn, statement), wants)
    if not found:
        raise exception.InstanceNotFound(instance_id=uuid)
    return found[0]


def naive_utc(moment: datetime.datetime) -> datetime.datetime:
    """Return a time as the tables keep it."""
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(datetime.UTC).replace(tzinfo=None)
