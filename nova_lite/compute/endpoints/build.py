"""How a server is born on a host: build_and_run_instance, as a list of named steps.

networking → block_device_mapping → spawning → active. A step that has nothing to do is not visited. What fails
is cleaned up here; then the build goes back to conductor for the next alternate (RescheduledException), or ends
in ERROR when trying elsewhere would not help (BuildAbortException) or nothing is left.
"""

import functools
import traceback

from oslo_concurrency import lockutils
from oslo_log import log as logging
from oslo_utils import timeutils

from nova_lite import concurrency, exception
from nova_lite.compute import states
from nova_lite.compute.endpoints.base import Endpoint, Step
from nova_lite.conf import CONF
from nova_lite.objects.image_meta import ImageMeta
from nova_lite.objects.instance import event

LOG = logging.getLogger(__name__)

EVENT = "compute__do_build_and_run_instance"


class BuildEndpoint(Endpoint):
    """Builds."""

    def __init__(self, manager):
        super().__init__(manager)
        # 0 means no bound in Nova; a pool needs one, and more threads than this help nobody.
        self._pool = concurrency.executor("build", CONF.max_concurrent_builds or 64)

    def build_and_run_instance(self, context, instance, **arguments):
        """Build in the pool of builds, so that the RPC threads stay free."""
        work = functools.partial(self._locked_do_build_and_run_instance, context, instance, **arguments)
        future = self._pool.submit(work)
        future.add_done_callback(_log_escaped)

    def _locked_do_build_and_run_instance(self, context, instance, **arguments):
        context.update_store()  # this thread's log lines carry the request id, too
        with self.manager.running, lockutils.lock(instance.uuid, "compute-"):
            self._do_build_and_run_instance(context, instance, **arguments)

    def _do_build_and_run_instance(
        self,
        context,
        instance,
        node,
        request_spec,
        host_list,
        admin_password,
        injected_files,
        requested_networks,
        block_device_mapping,
    ):
        watch = timeutils.StopWatch().start()
        step = Step(context, instance, EVENT, self.host)
        disks = list(block_device_mapping or [])
        try:
            try:
                self._build_and_run_instance(
                    context,
                    instance,
                    step,
                    node,
                    request_spec,
                    admin_password,
                    injected_files,
                    requested_networks,
                    disks,
                )
            except Exception:
                self._clean_up(context, instance)
                raise
        except (exception.InstanceNotFound, exception.UnexpectedDeletingTaskStateError) as error:
            LOG.info("Server %s was deleted while it was built: %s", instance.uuid, error)
        except exception.UnexpectedTaskStateError as error:
            LOG.warning("Server %s is not ours to build: %s", instance.uuid, error)
        except exception.BuildAbortException as error:
            LOG.exception("Build of server %s ends", instance.uuid)
            self._end_in_error(instance, step, error)
        except Exception as error:
            LOG.exception("Build of server %s failed on this host", instance.uuid)
            self.manager.resource_tracker.build_failed(node)
            self._reschedule(
                context, instance, step, error, request_spec, host_list, admin_password, injected_files,
                requested_networks, block_device_mapping,
            )  # fmt: skip
        else:
            LOG.info("Took %.2f s to build", watch.elapsed(), instance_uuid=instance.uuid)
            self.manager.resource_tracker.build_succeeded(node)

    def _build_and_run_instance(
        self,
        context,
        instance,
        step,
        node,
        request_spec,
        admin_password,
        injected_files,
        requested_networks,
        disks,
    ):
        steps = list(self._steps(requested_networks, disks))
        instance.host, instance.node, instance.launched_on = self.host, node, self.host
        instance.vm_state = states.BUILDING
        expected = [states.SCHEDULING, None]
        begun = event("start", EVENT, context, self.host)
        network_info: list = []
        for task_state, work in steps:
            instance.task_state = task_state
            instance.save(expected_task_state=expected, events=[begun] if begun else None)
            begun, expected = {}, [task_state]
            made = work(
                context,
                instance,
                request_spec,
                admin_password,
                injected_files,
                requested_networks,
                disks,
                network_info,
            )
            if task_state == states.NETWORKING:
                network_info = made
                instance.network_info = made
        step.done(
            expected_task_state=[states.SPAWNING],
            vm_state=states.ACTIVE,
            task_state=None,
            power_state=self.power_state(instance),
            launched_at=timeutils.utcnow(with_timezone=True),
        )

    def _steps(self, requested_networks, disks):
        """Return (task_state, work) of what this build has to do."""
        if requested_networks is not None and not requested_networks.no_allocate:
            yield states.NETWORKING, self._allocate_networks
        if any(disk.is_volume for disk in disks):
            yield states.BLOCK_DEVICE_MAPPING, self._attach_volumes
        yield states.SPAWNING, self._spawn

    def _allocate_networks(
        self, context, instance, _spec, _password, _files, requested_networks, _disks, _info
    ):
        try:
            return self.manager.network_api.allocate_for_instance(context, instance, requested_networks)
        except exception.NovaException as error:
            raise exception.BuildAbortException(
                instance_uuid=instance.uuid,
                reason=f"Failed to allocate the network(s), not rescheduling. {error.format_message()}",
            ) from error

    def _attach_volumes(self, _context, instance, *_):
        # The API refuses volumes while there is no volume service; a message that has one was not made by it.
        raise exception.BuildAbortException(
            instance_uuid=instance.uuid, reason="this cloud has no volume service"
        )

    def _spawn(
        self, context, instance, request_spec, admin_password, injected_files, _networks, disks, network_info
    ):
        image_meta = request_spec.image or ImageMeta.from_instance(instance)
        self.driver.spawn(
            context, instance, image_meta, network_info, disks, admin_password=admin_password,
            injected_files=injected_files or [],
        )  # fmt: skip

    def _clean_up(self, context, instance):
        """Remove what a failed build left on this host."""
        try:
            self.driver.destroy(context, instance, instance.network_info)
        except exception.NovaException:
            LOG.exception(
                "Could not remove what is left of server %s; the periodic clean-up will", instance.uuid
            )
        self.manager.network_api.deallocate_for_instance(context, instance)

    def _end_in_error(self, instance, step, error):
        instance.fail_build(
            error.code,
            error.format_message(),
            "".join(traceback.format_exception(error)),
            self.host,
            [step.finish(error)],
        )

    def _reschedule(
        self, context, instance, step, error, request_spec, host_list, admin_password, injected_files,
        requested_networks, block_device_mapping,
    ):  # fmt: skip
        reason = exception.describe(error)
        instance.host = instance.node = None
        instance.network_info = []
        instance.task_state = states.SCHEDULING
        failed = step.finish(error) | {"action_finished": False}
        try:
            instance.save(expected_task_state=list(states.BUILD_TASKS), events=[failed])
        except (exception.InstanceNotFound, exception.UnexpectedTaskStateError) as stopped:
            LOG.info("Server %s is not rescheduled: %s", instance.uuid, stopped)
            return
        self.manager.compute_task_api.build_instances(
            context,
            instance=instance,
            request_spec=request_spec,
            host_list=host_list,
            reason=f"{self.host}: {reason}",
            admin_password=admin_password,
            injected_files=injected_files,
            requested_networks=requested_networks,
            block_device_mapping=block_device_mapping,
        )


def _log_escaped(future):
    error = future.exception()
    if error is not None:
        LOG.error("A build ended with an error that nothing caught", exc_info=error)
