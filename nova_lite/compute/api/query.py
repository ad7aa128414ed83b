"""Servers, read: one for a caller, and pages of many."""

from collections.abc import Mapping, Sequence
from typing import Any

from nova_lite.db import instances, server_lists
from nova_lite.objects.instance import Instance


def visible_project(context) -> str | None:
    """Return the project whose servers a caller sees; None: every project's (administrators)."""
    return None if context.is_admin else context.project_id


def get(context, instance_uuid: str) -> Instance:
    """Return a server as an object, for what changes it.

    Raises:
        InstanceNotFound: there is none that this caller may know of.
    """
    row = instances.get(instance_uuid, project_id=visible_project(context))
    return Instance.from_row(context, row)


def get_record(
    context, instance_uuid: str, *, columns: Sequence[str], wants, read_deleted: bool = False
) -> dict:
    """Return a server as columns, for what only shows it.

    Raises:
        InstanceNotFound: there is none that this caller may know of.
    """
    return server_lists.get(
        instance_uuid,
        columns=columns,
        wants=wants,
        project_id=visible_project(context),
        read_deleted=read_deleted,
    )


def get_all(filters: Mapping[str, Any], **arguments) -> list[dict]:
    """Return one page of servers; arguments are those of `db.server_lists.page`.

    Raises:
        MarkerNotFound: the marker is no server.
        InvalidInput: the database does not take a regular expression (each has its own dialect), or not in time.
    """
    return server_lists.page(filters, **arguments)
