"""Locks: a locked server refuses its owner's changes until it is unlocked."""

from nova_lite.compute.api import actions
from nova_lite.conf import CONF
from nova_lite.db import instances
from nova_lite.objects.instance import event


def _side(context, instance) -> str:
    """Return who the caller is to the server: `owner`, or `admin` of another project."""
    return "owner" if instance.project_id == context.project_id else "admin"


def locked_by_caller(context, instance) -> bool:
    """Return whether the caller's own side locked the server (or nobody did)."""
    return instance.locked_by in (None, "", _side(context, instance))


def _write(context, instance, name: str, values: dict) -> None:
    steps = [event(op, f"api_{name}", context, CONF.host) for op in ("start", "finish")]
    instances.update(instance.uuid, values, action=actions.record(context, instance.uuid, name), events=steps)


def lock(context, instance, reason: str | None = None) -> None:
    """Lock a server. Its owner cannot take over a lock that is there already."""
    side = _side(context, instance)
    if instance.locked and side == "owner":
        return
    values = {"locked": True, "locked_by": side}
    if reason:
        values["locked_reason"] = reason
    _write(context, instance, "lock", values)


def unlock(context, instance) -> None:
    """Unlock a server; whether this caller may is checked before."""
    _write(context, instance, "unlock", {"locked": False, "locked_by": None, "locked_reason": None})
