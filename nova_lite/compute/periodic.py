"""The periodic tasks of nova-compute, with Nova's names and options."""

import datetime

from oslo_log import log as logging
from oslo_service import periodic_task

from nova_lite import exception
from nova_lite.compute import states
from nova_lite.conf import CONF
from nova_lite.db.models import utcnow
from nova_lite.objects.instance import InstanceList

LOG = logging.getLogger(__name__)


class PeriodicTasks(periodic_task.PeriodicTasks):
    """Mixed into ComputeManager."""

    @periodic_task.periodic_task(spacing=CONF.update_resources_interval, run_immediately=False)
    def update_available_resource(self, context):
        """Report what the host has; a host whose hypervisor is away is disabled until it is back."""
        if self.driver.is_available():
            self.service_ref.set_disabled(False, None)
            self.resource_tracker.update(context)
        else:
            self.service_ref.set_disabled(True, "AUTO: Connection to the hypervisor is broken")

    @periodic_task.periodic_task(spacing=CONF.sync_power_state_interval, run_immediately=False)
    def _sync_power_states(self, context):
        """Compare guests with what the database says of them."""
        self.power_sync.sync_all(context)

    @periodic_task.periodic_task(spacing=CONF.running_deleted_instance_poll_interval, run_immediately=True)
    def _cleanup_running_deleted_instances(self, context):
        """Deal with guests whose server was deleted; guests that were never ours are not touched."""
        action = CONF.running_deleted_instance_action
        if action == "noop":
            return
        ours = {record.uuid: record for record in self.driver.list_domains() if record.ours}
        if not ours:
            return
        with_deleted = context.elevated(read_deleted="yes")
        oldest = utcnow() - datetime.timedelta(seconds=CONF.running_deleted_instance_timeout)
        for instance in InstanceList.get_by_uuids(with_deleted, sorted(ours)):
            if instance.deleted and instance.deleted_at.replace(tzinfo=None) <= oldest:
                self._handle_deleted(context, instance, action)

    def _handle_deleted(self, context, instance, action: str):
        LOG.warning(
            "Guest %s still exists though its server was deleted; action is %s", instance.uuid, action
        )
        try:
            if action == "reap":
                self.deletion.remove(context, instance)
            elif action == "shutdown":
                self.driver.power_off(instance)
        except exception.NovaException:
            LOG.exception("Guest %s of a deleted server could not be dealt with", instance.uuid)

    @periodic_task.periodic_task(spacing=CONF.image_cache.manager_interval, run_immediately=False)
    def _run_image_cache_manager_pass(self, context):
        """Drop cached bases that no server uses."""
        if not CONF.image_cache.remove_unused_base_images:
            return
        used = {
            instance.image_ref
            for instance in InstanceList.get_by_host(context, self.host)
            if instance.image_ref
        }
        self.driver.manage_image_cache(used)

    @periodic_task.periodic_task(spacing=CONF.instance_delete_interval, run_immediately=False)
    def _run_pending_deletes(self, context):
        """Remove files that a deletion could not remove."""
        since = (utcnow() - datetime.timedelta(days=1)).isoformat()
        for instance in InstanceList.get_deleted_by_host(context, self.host, since):
            self.driver.cleanup_instance_files(instance)

    @periodic_task.periodic_task
    def _check_instance_build_time(self, context):
        """End builds that take longer than instance_build_timeout."""
        if CONF.instance_build_timeout:
            self._end_overdue(context, states.BUILDING, states.BUILD_TASKS, CONF.instance_build_timeout)

    def _end_overdue(self, context, vm_state, task_states, seconds):
        oldest = utcnow() - datetime.timedelta(seconds=seconds)
        for instance in InstanceList.get_by_host(context, self.host):
            overdue = (instance.updated_at or instance.created_at).replace(tzinfo=None) < oldest
            if instance.vm_state == vm_state and instance.task_state in task_states and overdue:
                LOG.warning(
                    "Server %s is overdue in %s; it ends in ERROR", instance.uuid, instance.task_state
                )
                instance.fail_build(500, f"The build took longer than {seconds} s.", "", self.host, [])

    @periodic_task.periodic_task
    def _poll_rebooting_instances(self, context):
        """Force reboots that take longer than reboot_timeout."""
        if not CONF.reboot_timeout:
            return
        oldest = utcnow() - datetime.timedelta(seconds=CONF.reboot_timeout)
        for instance in InstanceList.get_by_host(context, self.host):
            overdue = (instance.updated_at or instance.created_at).replace(tzinfo=None) < oldest
            if instance.task_state in states.SOFT_REBOOT_TASKS and overdue:
                instance.task_state = states.REBOOTING_HARD
                instance.save(expected_task_state=list(states.SOFT_REBOOT_TASKS))
                self.power.reboot_instance(context, instance, reboot_type="HARD")
