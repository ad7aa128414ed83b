"""What every endpoint of nova-compute shares: one lock a server, and operations that always come to an end.

An operation is a method that works on one server. Around it stand Nova's promises: it holds the server's lock;
its step is recorded with the action; when it fails, the task_state is taken back, the fault is kept, and the
action says Error.
"""

import functools
import threading
import traceback

import oslo_messaging as messaging
from oslo_concurrency import lockutils
from oslo_log import log as logging

from nova_lite import exception
from nova_lite.compute import power_state
from nova_lite.db.models import utcnow
from nova_lite.objects.instance import event

LOG = logging.getLogger(__name__)

#: Major version and newest minor of nova-compute's RPC interface; see compute/rpcapi.py.
TARGET = messaging.Target(version="6.0")


class Endpoint:
    """Base of endpoints: the driver, and the names of host and service."""

    target = TARGET

    def __init__(self, manager):
        self.manager = manager
        self.driver = manager.driver
        self.host = manager.host

    def power_state(self, instance) -> int:
        """Return what the guest does now; NOSTATE when the hypervisor does not know it."""
        try:
            return self.driver.get_info(instance).state
        except exception.InstanceNotFound:
            return power_state.NOSTATE

    def fail(self, instance, step: "Step", error: Exception, vm_state: str | None, asked: str | None) -> None:
        """Take the task_state back, keep the fault, end the action with Error.

        `asked` is the task_state that the operation was asked in: a deletion that began meanwhile keeps its own.
        """
        instance.task_state = None
        if vm_state is not None:
            instance.vm_state = vm_state
        try:
            instance.power_state = self.power_state(instance)
        except exception.NovaException:
            LOG.debug("power state of %s is unknown", instance.uuid)
        code = getattr(error, "code", 500)
        message = exception.describe(error)
        try:
            instance.add_fault(code, message, "".join(traceback.format_exception(error)), self.host)
            instance.save(expected_task_state=[asked, None], events=[step.finish(error)])
        except exception.InstanceNotFound:
            LOG.info("server %s is gone", instance.uuid)
        except exception.UnexpectedTaskStateError as taken:
            LOG.info(
                "another operation has the server: %s", exception.describe(taken), instance_uuid=instance.uuid
            )
            instance.obj_reset_changes()
            instance.save(events=[step.finish(error)])


class Running:
    """The operations that run now, so that a stopping service can wait for them."""

    def __init__(self):
        self._count = 0
        self._condition = threading.Condition()

    def __enter__(self):
        with self._condition:
            self._count += 1

    def __exit__(self, *_):
        with self._condition:
            self._count -= 1
            self._condition.notify_all()

    def wait(self, timeout: float) -> bool:
        """Wait until nothing runs; return whether that came true within `timeout` seconds."""
        with self._condition:
            return self._condition.wait_for(lambda: self._count == 0, timeout)


class Step:
    """One step of an action; `done` ends it well, in the same call that writes the new state."""

    def __init__(self, context, instance, name: str, host: str):
        self._context = context
        self._instance = instance
        self.name = name
        self._host = host
        self._started = utcnow().isoformat()

    def finish(self, error: BaseException | None = None) -> dict:
        """Return the entry for `Instance.save(events=…)` that ends this step."""
        return event("finish", self.name, self._context, self._host, error, start_time=self._started)

    def done(self, *, expected_task_state, **values) -> None:
        """Write the state after success, and the step with it.

        Raises:
            UnexpectedTaskStateError: somebody else took over (a deletion); InstanceNotFound: it is gone.
        """
        for name, value in values.items():
            setattr(self._instance, name, value)
        self._instance.save(expected_task_state=expected_task_state, events=[self.finish()])


def operation(name: str, failed_vm_state: str | None = None):
    """Decorate `method(self, context, instance, step, …)` as the step `name` of an action.

    `failed_vm_state`: where the server goes when the method raises; None: it stays where it was.
    """

    def decorate(method):
        @functools.wraps(method)
        def wrapper(self, context, instance, **arguments):
            with self.manager.running, lockutils.lock(instance.uuid, "compute-"):
                step = Step(context, instance, name, self.host)
                asked = instance.task_state
                try:
                    method(self, context, instance, step, **arguments)
                    LOG.info("%s done", name, instance_uuid=instance.uuid)
                except (exception.InstanceNotFound, exception.UnexpectedDeletingTaskStateError) as error:
                    # Deleted meanwhile: whoever deletes it cleans up.
                    LOG.info("%s of server %s stops: %s", name, instance.uuid, error)
                except exception.UnexpectedTaskStateError as error:
                    # Another operation took the server over (a hard reboot in a soft one): the state is its.
                    LOG.info(
                        "%s was overtaken: %s", name, exception.describe(error), instance_uuid=instance.uuid
                    )
                    instance.obj_reset_changes()
                    instance.save(events=[step.finish(error)])
                except Exception as error:
                    LOG.exception("%s of server %s failed", name, instance.uuid)
                    self.fail(instance, step, error, failed_vm_state, asked)

        return wrapper

    return decorate
