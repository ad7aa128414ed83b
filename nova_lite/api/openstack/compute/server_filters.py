"""From the query string of a server list to what is asked of the database: filters, order, page.

Behaviour: https://docs.openstack.org/api-ref/compute/#list-servers.
"""

from typing import Any

from oslo_utils import strutils, timeutils

from nova_lite import exception
from nova_lite.api.openstack import paging
from nova_lite.api.openstack.compute import server_status
from nova_lite.api.openstack.compute.schemas import server_lists as schemas
from nova_lite.db.server_lists import naive_utc
from nova_lite.policies import servers as policies

#: Filter → first version that everybody may use it in; other filters are for those who pass ALLOW_ALL_FILTERS.
_FOR_ALL = {
    **dict.fromkeys(
        ("reservation_id", "name", "status", "image", "flavor", "ip", "changes-since", "all_tenants"), 1
    ),
    "ip6": 5,
    **dict.fromkeys(schemas.TAG_FILTERS, 26),
    "changes-before": 66,
    "locked": 73,
    **dict.fromkeys(
        (
            "availability_zone", "config_drive", "key_name", "created_at", "launched_at", "terminated_at",
            "power_state", "task_state", "vm_state", "progress", "user_id",
        ), 83,
    ),
    "hostname": 90,
}  # fmt: skip

#: Filter → column of `instances`, where they differ.
_COLUMNS = {
    "image": "image_ref",
    "name": "display_name",
    "description": "display_description",
    "tenant_id": "project_id",
    "flavor": "flavorid",
}
_SORT_COLUMNS = {"instance_type_id": "flavorid"}
_ADMIN_SORT_KEYS = ("host", "node")
_PAGING = ("limit", "marker", "sort_key", "sort_dir")
_DEFAULT_ORDER = (("created_at", "desc"), ("id", "desc"))


class NothingMatches(Exception):
    """The filters can match no server: the list is empty, without a query."""


def _boolean(name: str, value: str) -> bool:
    try:
        return strutils.bool_from_string(value, strict=True)
    except ValueError as error:
        raise exception.ValidationError(
            detail=f"Invalid input for query parameters {name}. Value: {value}. {error}"
        ) from None


def _given(req) -> dict[str, str]:
    """Return the filters that this caller may use (the last value of each)."""
    given = {name: values[-1] for name, values in req.query.items() if name not in _PAGING}
    if req.context.can(policies.ALLOW_ALL_FILTERS, fatal=False):
        wrong = [name for name in given if name in schemas.REFUSED or name.startswith("_")]
        if wrong:
            raise exception.ValidationError(detail=f"Invalid filter: {wrong[0]}")
        return given
    return {name: value for name, value in given.items() if _FOR_ALL.get(name, 1000) <= req.api_version}


def _by_status(req, filters: dict[str, Any]) -> None:
    if filters.pop("status", None) is None:
        return
    vm_states, task_states = server_status.states_of(req.query["status"])
    if not vm_states:
        if req.api_version >= 38:
            raise exception.ValidationError(detail="Invalid status value")
        raise NothingMatches
    filters["vm_state"] = vm_states
    if task_states is not None:
        filters["task_state"] = task_states


def _by_time(filters: dict[str, Any]) -> None:
    for name in ("changes-since", "changes-before"):
        if name in filters:
            filters[name] = naive_utc(timeutils.parse_isotime(filters[name]))
    since, before = filters.get("changes-since"), filters.get("changes-before")
    if since and before and since > before:
        raise exception.ValidationError(
            detail="The value of changes-since must be less than or equal to changes-before."
        )


def _by_deletion(req, filters: dict[str, Any]) -> None:
    if "deleted" in filters:
        filters["deleted"] = strutils.bool_from_string(filters["deleted"], default=False)
    elif "changes-since" not in filters and "changes-before" not in filters:
        filters["deleted"] = False
    if "soft_deleted" in filters:
        filters["soft_deleted"] = strutils.bool_from_string(filters["soft_deleted"], default=False)
    if filters.get("vm_state") == ["deleted"]:
        if not req.context.is_admin:
            raise exception.Forbidden("Only administrators may list deleted instances")
        filters["deleted"] = True


def _by_owner(req, filters: dict[str, Any], all_tenants_rule: str) -> None:
    asked = filters.pop("all_tenants", None)
    if asked is not None and (asked == "" or _boolean("all_tenants", asked)):
        req.context.can(all_tenants_rule)
        return
    filters.pop("tenant_id", None)
    if req.context.project_id:
        filters["project_id"] = req.context.project_id
    else:
        filters["user_id"] = req.context.user_id


def filters(req, all_tenants_rule: str) -> tuple[dict[str, Any], dict[int, str]]:
    """Return (filters as `db.server_lists.conditions` takes them, IP version → regular expression).

    Raises:
        NothingMatches: no server can match.
        ValidationError: a value does not fit.
        PolicyNotAuthorized: all projects' servers, or deleted ones, are not for this caller.
    """
    found: dict[str, Any] = _given(req)
    _by_status(req, found)
    _by_time(found)
    _by_deletion(req, found)
    _by_owner(req, found, all_tenants_rule)
    for name in schemas.TAG_FILTERS:
        if name in found:
            found[name] = found[name].split(",")
    if "locked" in found:
        found["locked"] = _boolean("locked", found["locked"])
    ips = {version: found.pop(name) for name, version in (("ip", 4), ("ip6", 6)) if name in found}
    return {_COLUMNS.get(name, name): value for name, value in found.items()}, ips


def order(req) -> list[tuple[str, str]]:
    """Return (column, direction) pairs to sort by.

    Raises:
        InvalidInput: unknown directions, or more of them than keys.
        Forbidden: a key that only administrators sort by.
    """
    ignored = set(schemas.IGNORED_SORT_KEYS)
    if req.api_version >= 73:
        ignored.discard("locked")
    pairs = [pair for pair in paging.sort_params(req, _DEFAULT_ORDER) if pair[0] not in ignored]
    if not req.context.is_admin:
        for key, _ in pairs:
            if key in _ADMIN_SORT_KEYS:
                raise exception.Forbidden(f"Only administrators can sort servers by {key}")
    return [(_SORT_COLUMNS.get(key, key), way) for key, way in pairs] + [
        ("id", pairs[-1][1] if pairs else "desc")
    ]
