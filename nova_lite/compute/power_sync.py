"""Power states: what guests do by themselves reaches the database, and servers that should be off are.

The rules are Nova's (nova.compute.manager._sync_instance_power_state): one table, from (vm_state, what the guest
does) to what follows. A server with a task_state is left to its task.
"""

import threading

from oslo_log import log as logging

from nova_lite import concurrency, exception
from nova_lite.compute import power_state, states
from nova_lite.context import get_admin_context
from nova_lite.objects.instance import Instance, InstanceList
from nova_lite.virt import driver as virt_driver

LOG = logging.getLogger(__name__)

#: Seconds after a guest stopped before that counts as a stop: a reboot looks the same at first.
STOP_DELAY = 15.0

STOP = "stop"
FORCE_STOP = "force stop"
NOTE = "note"

_OFF = (power_state.SHUTDOWN, power_state.CRASHED)
#: (vm_state, power state of the guest) → what follows; pairs that are not here only update the column.
RULES = {
    **{(states.ACTIVE, state): STOP for state in (*_OFF, power_state.SUSPENDED)},
    (states.ACTIVE, power_state.PAUSED): NOTE,
    (states.STOPPED, power_state.RUNNING): FORCE_STOP,
    (states.STOPPED, power_state.PAUSED): FORCE_STOP,
    **{(states.PAUSED, state): FORCE_STOP for state in _OFF},
    **{(states.SOFT_DELETED, state): NOTE for state in (power_state.RUNNING, power_state.PAUSED)},
}
#: vm_states whose guests are nobody's business here.
IGNORED = (states.BUILDING, states.RESCUED, states.SUSPENDED, states.ERROR)


class PowerSync:
    """Power-state sync of one host: after events, and from time to time."""

    def __init__(self, manager):
        self._manager = manager
        self._pending: dict[str, threading.Timer] = {}
        self._lock = threading.Lock()
        self._active = False

    def start(self) -> None:
        """Begin to act on events, and look at all guests once."""
        self._active = True
        self._pool().submit(self.sync_all, get_admin_context())

    def stop(self) -> None:
        """Forget what waits."""
        self._active = False
        with self._lock:
            for timer in self._pending.values():
                timer.cancel()
            self._pending.clear()

    @staticmethod
    def _pool():
        return concurrency.executor("power_sync", 2)

    def handle_event(self, event: virt_driver.LifecycleEvent) -> None:
        """Take an event of the driver; returns at once."""
        with self._lock:
            waiting = self._pending.pop(event.uuid, None)
            if waiting is not None:
                waiting.cancel()
            if event.transition == virt_driver.STOPPED:
                timer = threading.Timer(STOP_DELAY, self._submit, (event.uuid,))
                timer.daemon = True
                self._pending[event.uuid] = timer
                timer.start()
                return
        self._submit(event.uuid)

    def _submit(self, uuid: str) -> None:
        with self._lock:
            self._pending.pop(uuid, None)
        if self._active:
            self._pool().submit(self._sync_uuid, uuid)

    def _sync_uuid(self, uuid: str) -> None:
        context = get_admin_context()
        try:
            self.sync(context, Instance.get_by_uuid(context, uuid))
        except exception.InstanceNotFound:
            LOG.debug("Event of guest %s, which is no server", uuid)
        except Exception:
            LOG.exception("Power state of server %s could not be synchronised", uuid)

    def sync_all(self, context) -> None:
        """Compare all servers of this host with their guests."""
        try:
            for instance in InstanceList.get_by_host(context, self._manager.host):
                if instance.task_state is None:
                    self.sync(context, instance)
        except Exception:
            LOG.exception("Power states could not be synchronised")

    def sync(self, context, instance) -> None:
        """Apply the rules to one server."""
        if instance.host != self._manager.host or instance.task_state is not None:
            return
        try:
            actual = self._manager.driver.get_info(instance).state
        except exception.InstanceNotFound:
            LOG.warning("Server %s (%s) has no guest on this host", instance.uuid, instance.vm_state)
            return
        if actual == power_state.NOSTATE:
            return
        rule = None if instance.vm_state in IGNORED else RULES.get((instance.vm_state, actual))
        shown = power_state.NAMES[actual]
        if rule == NOTE:
            LOG.warning("Server %s is %s, but its guest is %s", instance.uuid, instance.vm_state, shown)
        if rule in (STOP, FORCE_STOP):
            LOG.warning(
                "Server %s is %s, but its guest is %s: stopping it", instance.uuid, instance.vm_state, shown
            )
            instance.task_state = states.POWERING_OFF
            instance.save(expected_task_state=[None], expected_vm_state=[instance.vm_state])
            self._manager.power.stop_instance(context, instance, clean_shutdown=rule == STOP)
        elif instance.power_state != actual:
            instance.power_state = actual
            instance.save(expected_task_state=[None])
