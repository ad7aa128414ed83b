"""What every action on a server shares: the lock, the states, and the record of who did what."""

from oslo_log import log as logging

from nova_lite import exception
from nova_lite.compute import states
from nova_lite.db import instance_actions, instances

LOG = logging.getLogger(__name__)

#: How often an action looks again when the server's state changes at the same moment.
_TRIES = 5


def record(context, instance_uuid: str, name: str) -> dict:
    """Return the values of an instance action that begins with this request."""
    return {
        "action": name,
        "instance_uuid": instance_uuid,
        "request_id": context.request_id,
        "user_id": context.user_id,
        "project_id": context.project_id,
    }


def check_lock(context, instance) -> None:
    """Refuse a locked server to all but administrators.

    Raises:
        InstanceIsLocked: it is locked.
    """
    if instance.locked and not context.is_admin:
        raise exception.InstanceIsLocked(instance_uuid=instance.uuid)


def check(context, instance, method: str) -> states.Action:
    """Return the row of the states' table, if this caller may do `method` to the server now.

    Raises:
        InstanceIsLocked, InstanceInvalidState: not now (409).
    """
    if states.ACTIONS[method].locked:
        check_lock(context, instance)
    return states.check(instance, method)


def check_host(instance) -> None:
    """Refuse a server that no host has.

    Raises:
        InstanceNotReady: it has none (409).
    """
    if not instance.host:
        raise exception.InstanceNotReady(instance_id=instance.uuid)


def perform(context, instance, method: str, send) -> None:
    """Set the task_state of `method`, begin its record, and send it to the server's host with `send()`.

    Of several that come at the same time one wins: the state changes only from what was seen here. When the
    message cannot be sent, the state is taken back and the record says Error.

    Raises:
        InstanceIsLocked, InstanceInvalidState, InstanceNotReady: not now (409).
        InstanceNotFound: it is gone.
        MessagingUnavailable: the broker cannot be reached (503).
    """
    for attempt in range(_TRIES):
        action = check(context, instance, method)
        check_host(instance)
        before = instance.task_state
        try:
            instances.update(
                instance.uuid,
                {"task_state": action.task_state},
                expected_vm_state=[instance.vm_state],
                expected_task_state=[before],
                action=record(context, instance.uuid, action.record),
            )
            break
        except exception.UnexpectedTaskStateError:
            if attempt + 1 == _TRIES:
                raise
            # Something was done to the server just now; whether `method` may still be done, the table says.
            instance.refresh()
    instance.task_state = action.task_state
    instance.obj_reset_changes()
    try:
        send()
    except Exception:
        take_back(context, instance, before)
        raise


def take_back(context, instance, task_state: str | None) -> None:
    """Undo what an action set whose message was not sent."""
    try:
        instances.update(instance.uuid, {"task_state": task_state}, expected_task_state=[instance.task_state])
    except (exception.InstanceNotFound, exception.UnexpectedTaskStateError) as error:
        LOG.info("The task_state of server %s has moved on: %s", instance.uuid, error)
    instance_actions.finish(instance.uuid, context.request_id, "Error")
