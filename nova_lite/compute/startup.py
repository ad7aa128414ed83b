"""Start-up reconciliation: what a stop, a crash or a reboot of the host left half done is ended or mended.

The rules are Nova's (nova.compute.manager._init_instance), as one table from state to what is done; the first
row that fits a server counts.
"""

from dataclasses import dataclass

from oslo_log import log as logging

from nova_lite import exception
from nova_lite.compute import power_state, states
from nova_lite.conf import CONF
from nova_lite.objects.instance import InstanceList

LOG = logging.getLogger(__name__)

ANY = None


@dataclass(frozen=True)
class Rule:
    """Which servers (`vm_states`, `task_states`, what the guest does), and the Reconciliation method for them."""

    vm_states: tuple | None
    task_states: tuple | None
    guest: tuple | None
    work: str


_RUNS = (power_state.RUNNING,)
_REBOOTS = states.SOFT_REBOOT_TASKS + states.HARD_REBOOT_TASKS

# fmt: off
RULES = (
    Rule((states.SOFT_DELETED,),  ANY,                                   ANY,                    "leave"),
    Rule(ANY,                     (states.DELETING,),                    ANY,                    "delete_again"),
    Rule((states.ERROR,),         ANY,                                   ANY,                    "leave"),
    Rule((states.BUILDING,),      ANY,                                   ANY,                    "end_build"),
    Rule(ANY,                     states.BUILD_TASKS,                    ANY,                    "end_build"),
    Rule(ANY,                     (states.REBOOT_STARTED, states.REBOOT_STARTED_HARD), _RUNS,    "clear_to_active"),
    Rule(ANY,                     _REBOOTS,                              ANY,                    "reboot_again"),
    Rule(ANY,                     (states.PAUSING,),                     (power_state.PAUSED,),  "clear_to_paused"),
    Rule(ANY,                     (states.PAUSING, states.UNPAUSING),    _RUNS,                  "clear_to_active"),
    Rule(ANY,                     (states.UNPAUSING,),                   (power_state.PAUSED,),  "unpause_again"),
    Rule(ANY,                     (states.POWERING_OFF,),                ANY,                    "stop_again"),
    Rule(ANY,                     (states.POWERING_ON,),                 ANY,                    "start_again"),
    Rule(ANY,                     (states.SUSPENDING,),                  ANY,                    "suspend_again"),
    Rule(ANY,                     (states.RESUMING,),                    ANY,                    "resume_again"),
    Rule((states.ACTIVE,),        (None,),                               (power_state.SHUTDOWN, power_state.CRASHED, power_state.NOSTATE), "resume_guest"),
)
# fmt: on


def choose(vm_state: str, task_state: str | None, guest: int) -> str:
    """Return the name of the method that mends a server, `leave` when nothing is wrong."""
    for rule in RULES:
        if (
            (rule.vm_states is ANY or vm_state in rule.vm_states)
            and (rule.task_states is ANY or task_state in rule.task_states)
            and (rule.guest is ANY or guest in rule.guest)
        ):
            return rule.work
    return "leave"


class Reconciliation:
    """One pass over the servers of this host, before messages arrive."""

    def __init__(self, manager):
        self._manager = manager

    def run(self, context) -> None:
        """Mend every server; one that cannot be mended does not keep the others from it.

        Raises:
            ConfigurationError: a service without servers finds nova-lite's guests here: a renamed host, which
                would lose them.
        """
        servers = InstanceList.get_by_host(context, self._manager.host)
        self._refuse_renamed_host(servers)
        for instance in servers:
            try:
                guest = self._manager.power.power_state(instance)
                work = choose(instance.vm_state, instance.task_state, guest)
                if work != "leave":
                    LOG.info(
                        "Server %s was %s/%s: %s", instance.uuid, instance.vm_state, instance.task_state, work
                    )
                    getattr(self, work)(context, instance)
            except exception.NovaException:
                LOG.exception("Server %s could not be mended", instance.uuid)

    def _refuse_renamed_host(self, servers) -> None:
        if len(servers) or self._manager.service_ref.report_count:
            return
        ours = [record.name for record in self._manager.driver.list_domains() if record.ours]
        if ours:
            raise exception.ConfigurationError(
                reason=f"host = {self._manager.host!r} is new to this cloud, but the hypervisor has nova-lite's guests"
                f" {', '.join(sorted(ours)[:5])}: was the host renamed? Set host to its old name, or remove them"
            )

    def end_build(self, context, instance) -> None:
        """A build that a stop cut off ends in ERROR; nothing of it stays on the host."""
        self._manager.deletion.remove(context, instance)
        instance.fail_build(
            500, f"nova-compute on {self._manager.host} stopped while it built the server ({instance.task_state}).",
            "", self._manager.host, [],
        )  # fmt: skip

    def delete_again(self, context, instance) -> None:
        """A deletion goes on."""
        self._manager.deletion.terminate_instance(context, instance)

    def reboot_again(self, context, instance) -> None:
        """A reboot is done again; one of a guest that is off is a hard one."""
        soft = instance.task_state in states.SOFT_REBOOT_TASKS
        runs = self._manager.power.power_state(instance) == power_state.RUNNING
        kind = "SOFT" if soft and runs else "HARD"
        if kind == "HARD" and soft:
            instance.task_state = states.REBOOTING_HARD
            instance.save()
        self._manager.power.reboot_instance(context, instance, reboot_type=kind)

    def clear_to_active(self, _context, instance) -> None:
        """The guest runs: the task is done, or never began."""
        self._clear(instance, states.ACTIVE)

    def clear_to_paused(self, _context, instance) -> None:
        """The guest is paused: the task is done."""
        self._clear(instance, states.PAUSED)

    def _clear(self, instance, vm_state: str) -> None:
        instance.vm_state = vm_state
        instance.task_state = None
        instance.power_state = self._manager.power.power_state(instance)
        instance.save()

    def unpause_again(self, context, instance) -> None:
        """Unpause."""
        self._manager.power.unpause_instance(context, instance)

    def stop_again(self, context, instance) -> None:
        """Power off."""
        self._manager.power.stop_instance(context, instance)

    def start_again(self, context, instance) -> None:
        """Power on."""
        self._manager.power.start_instance(context, instance)

    def suspend_again(self, context, instance) -> None:
        """Suspend; a guest that is saved already is left so."""
        self._manager.power.suspend_instance(context, instance)

    def resume_again(self, context, instance) -> None:
        """Resume."""
        self._manager.power.resume_instance(context, instance)

    def resume_guest(self, context, instance) -> None:
        """The host went down under a running server: start it again where the operator wants that."""
        was_running = instance.power_state == power_state.RUNNING
        if not (CONF.resume_guests_state_on_host_boot and was_running):
            return
        try:
            self._manager.driver.resume_state_on_host_boot(context, instance, instance.network_info, [])
        except exception.NovaException as error:
            LOG.exception("Guest of server %s could not be brought back", instance.uuid)
            instance.vm_state = states.ERROR
            instance.add_fault(error.code, error.format_message(), "", self._manager.host)
        instance.power_state = self._manager.power.power_state(instance)
        instance.save()
