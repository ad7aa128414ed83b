"""Power actions. Each writes the state once, when it is done: one cast and one call for the whole action."""

from oslo_log import log as logging

from nova_lite.compute import power_state, states
from nova_lite.compute.endpoints.base import Endpoint, operation
from nova_lite.conf import CONF
from nova_lite.objects.block_device import BlockDeviceMappingList
from nova_lite.objects.image_meta import ImageMeta

LOG = logging.getLogger(__name__)


class PowerEndpoint(Endpoint):
    """Start, stop, reboot, pause, suspend and their ways back."""

    def _disks(self, context, instance) -> list:
        # Drivers that keep their guests' definitions do not ask for the disks again.
        if not self.driver.capabilities.get("needs_disks_for_power", False):
            return []
        return list(BlockDeviceMappingList.get_by_instance_uuid(context, instance.uuid))

    def shutdown_timeout(self, instance, clean: bool) -> int:
        """Return the seconds that a guest gets to shut down; its image may say (os_shutdown_timeout)."""
        if not clean:
            return 0
        wanted = ImageMeta.from_instance(instance).properties.get("os_shutdown_timeout")
        return int(wanted) if wanted and wanted.isdigit() else CONF.shutdown_timeout

    @operation("compute_start_instance")
    def start_instance(self, context, instance, step):
        """Power on."""
        self.driver.power_on(context, instance, instance.network_info, self._disks(context, instance))
        step.done(
            expected_task_state=[states.POWERING_ON, None],
            vm_state=states.ACTIVE, task_state=None, power_state=self.power_state(instance),
        )  # fmt: skip

    @operation("compute_stop_instance")
    def stop_instance(self, context, instance, step, clean_shutdown=True):
        """Power off, cleanly first."""
        self.driver.power_off(instance, timeout=self.shutdown_timeout(instance, clean_shutdown))
        step.done(
            expected_task_state=[states.POWERING_OFF, None],
            vm_state=states.STOPPED, task_state=None, power_state=self.power_state(instance),
        )  # fmt: skip

    @operation("compute_reboot_instance")
    def reboot_instance(self, context, instance, step, reboot_type):
        """Reboot; a guest that survives a failed reboot stays ACTIVE, any other ends in ERROR."""
        expected = states.HARD_REBOOT_TASKS if reboot_type == "HARD" else states.SOFT_REBOOT_TASKS
        try:
            self.driver.reboot(
                context, instance, instance.network_info, reboot_type, self._disks(context, instance)
            )
        except Exception:
            runs = self.power_state(instance) == power_state.RUNNING
            instance.vm_state = states.ACTIVE if runs else states.ERROR
            raise
        step.done(
            expected_task_state=[*expected, None],
            vm_state=states.ACTIVE, task_state=None, power_state=self.power_state(instance),
        )  # fmt: skip

    @operation("compute_pause_instance")
    def pause_instance(self, context, instance, step):
        """Stop the CPUs."""
        self.driver.pause(instance)
        step.done(
            expected_task_state=[states.PAUSING],
            vm_state=states.PAUSED, task_state=None, power_state=self.power_state(instance),
        )  # fmt: skip

    @operation("compute_unpause_instance")
    def unpause_instance(self, context, instance, step):
        """Let the CPUs go on."""
        self.driver.unpause(instance)
        step.done(
            expected_task_state=[states.UNPAUSING],
            vm_state=states.ACTIVE, task_state=None, power_state=self.power_state(instance),
        )  # fmt: skip

    @operation("compute_suspend_instance", failed_vm_state=states.ERROR)
    def suspend_instance(self, context, instance, step):
        """Save memory to disk and stop."""
        self.driver.suspend(context, instance)
        step.done(
            expected_task_state=[states.SUSPENDING],
            vm_state=states.SUSPENDED, task_state=None, power_state=self.power_state(instance),
        )  # fmt: skip

    @operation("compute_resume_instance", failed_vm_state=states.ERROR)
    def resume_instance(self, context, instance, step):
        """Start where it was suspended."""
        self.driver.resume(context, instance, instance.network_info, self._disks(context, instance))
        step.done(
            expected_task_state=[states.RESUMING],
            vm_state=states.ACTIVE, task_state=None, power_state=self.power_state(instance),
        )  # fmt: skip
