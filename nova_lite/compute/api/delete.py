"""Deletion: always possible, whatever is being done to the server; the host does the work if there is one that can.

Without a host (still being scheduled, or never placed) the rows end here. So they do when the host is down: its
nova-compute removes the guest when it is back.
"""

import sqlalchemy as sa
from oslo_log import log as logging

from nova_lite import exception, servicegroup
from nova_lite.compute import rpcapi, states
from nova_lite.compute.api import actions
from nova_lite.db import api as db_api
from nova_lite.db import instance_actions, instance_builds, instances, services
from nova_lite.db.models import Instance

LOG = logging.getLogger(__name__)

#: How often a deletion looks again when the server moves to a host at the same moment.
_TRIES = 5


def delete(context, instance, *, force: bool = False) -> None:
    """Delete a server; `force`: for good, also where deletions are deferred.

    Raises:
        InstanceIsLocked: it is locked (409).
        InstanceNotFound: it is gone.
        MessagingUnavailable: its host cannot be told (503); the server stays as it was.
    """
    method = "force_delete" if force else "delete"
    for _ in range(_TRIES):
        action = actions.check(context, instance, method)
        if instance.disable_terminate:
            LOG.info("Server %s is not to be deleted: disable_terminate is set", instance.uuid)
            return
        if _host_is_up(instance.host):
            _delete_on_host(context, instance, action, force)
            return
        if _delete_here(
            context, instance.uuid, instance.host, actions.record(context, instance.uuid, action.record)
        ):
            return
        instance.refresh()
    raise exception.InstanceInvalidState(
        method="delete", instance_uuid=instance.uuid, attr="task_state", state=instance.task_state
    )


def _host_is_up(host: str | None) -> bool:
    service = services.find(host, "nova-compute") if host else None
    return service is not None and servicegroup.is_up(service)


def _delete_on_host(context, instance, action: states.Action, force: bool) -> None:
    before = instance.task_state
    if before == states.DELETING and not force:
        LOG.info("Server %s is being deleted already", instance.uuid)
        return
    instances.update(
        instance.uuid,
        {"task_state": action.task_state, "progress": 0},
        action=actions.record(context, instance.uuid, action.record),
    )
    instance.task_state = action.task_state
    instance.obj_reset_changes()
    try:
        rpcapi.ComputeAPI().terminate_instance(context, instance, force=force)
    except Exception:
        actions.take_back(context, instance, before)
        raise


@db_api.writer
def _delete_here(conn, context, uuid: str, host: str | None, action: dict) -> bool:
    """End a server's rows unless its host has changed; return whether that was done."""
    table = Instance.__table__
    query = sa.select(table.c.host).where(table.c.uuid == uuid, table.c.deleted == 0).with_for_update()
    row = conn.execute(query).first()
    if row is None:
        raise exception.InstanceNotFound(instance_id=uuid)
    if row.host != host:
        return False
    instance_actions.start.within(conn, action)
    instance_builds.complete_deletion.within(conn, uuid)
    instance_actions.finish.within(conn, uuid, context.request_id)
    return True
