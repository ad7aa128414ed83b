"""The metadata of a server, changed within its project's limit."""

from nova_lite.compute import quotas
from nova_lite.compute.api import actions
from nova_lite.db import server_metadata


def update(context, instance, items: dict[str, str], *, replace: bool) -> dict[str, str]:
    """Set items and return all; with `replace`, others go.

    Raises:
        InstanceIsLocked, InstanceInvalidState: not now (409).
        MetadataLimitExceeded: too many (403).
    """
    actions.check(context, instance, "update metadata")

    def check(conn, count: int) -> None:
        quotas.check_limit(conn, instance.project_id, "metadata_items", count, instance.user_id)

    return server_metadata.change(instance.uuid, items, replace=replace, check=check)


def delete(context, instance, key: str) -> bool:
    """Remove an item; return whether there was one.

    Raises:
        InstanceIsLocked, InstanceInvalidState: not now (409).
    """
    actions.check(context, instance, "delete metadata")
    return server_metadata.delete(instance.uuid, key)
