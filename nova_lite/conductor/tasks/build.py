"""The build of new servers, as conductor sees it: schedule, send, and on failure the next alternate or ERROR."""

import oslo_messaging as messaging
from oslo_log import log as logging
from oslo_utils import timeutils

from nova_lite import exception
from nova_lite.compute import states
from nova_lite.db import allocations, instance_builds, instances
from nova_lite.objects.block_device import BlockDeviceMappingList
from nova_lite.objects.instance import event
from nova_lite.scheduler import utils as scheduler_utils

LOG = logging.getLogger(__name__)

EVENT = "conductor_schedule_and_build_instances"


class BuildTask:
    """One request for new servers."""

    def __init__(self, context, host, scheduler, compute):
        self.context = context
        self.host = host
        self._scheduler = scheduler
        self._compute = compute
        self._started = timeutils.utcnow().isoformat()

    def first(self, servers, spec, admin_password, injected_files, requested_networks, block_device_mappings):
        """Schedule all servers of a request in one call, then send each to its host."""
        uuids = [server.uuid for server in servers]
        try:
            if spec.hint("group"):  # a new server is in no group but the one that its hint names
                scheduler_utils.setup_instance_group(spec, uuids)
            chosen = self._scheduler.select_destinations(self.context, spec, uuids)
        except (exception.NovaException, messaging.MessagingException) as error:
            LOG.warning("No host for servers %s: %s", uuids, exception.describe(error))
            for server in servers:
                self._fail(server, error)
            return
        disks = block_device_mappings or [
            BlockDeviceMappingList.get_by_instance_uuid(self.context, uuid) for uuid in uuids
        ]
        for server, selections, server_disks in zip(servers, chosen, disks, strict=True):
            self._send(
                server, spec, selections[0], selections[1:], admin_password, injected_files, requested_networks,
                server_disks,
            )  # fmt: skip

    def again(
        self,
        server,
        spec,
        host_list,
        reason,
        admin_password,
        injected_files,
        requested_networks,
        block_device_mapping,
    ):
        """Take the first alternate that can still be claimed; without one the server ends in ERROR."""
        selections = list(host_list or [])
        while selections:
            selection = selections.pop(0)
            if scheduler_utils.claim_resources(spec, server.uuid, selection):
                self._send(
                    server, spec, selection, selections, admin_password, injected_files, requested_networks,
                    block_device_mapping,
                )  # fmt: skip
                return
            LOG.info("Alternate %s is full by now", selection.nodename)
        self._fail(
            server,
            exception.MaxRetriesExceeded(
                reason=f"Exhausted all hosts available for retrying build failures for instance {server.uuid}."
                f" Last failure: {reason}"
            ),
        )

    def _send(self, server, spec, selection, alternates, admin_password, injected_files, networks, disks):
        """Note where the server goes, unless it was deleted meanwhile, and cast it to the host."""
        step = self._step() | {"action_finished": False}
        try:
            instances.update(
                server.uuid,
                {"availability_zone": selection.availability_zone},
                expected_task_state=[states.SCHEDULING],
                events=[step],
            )
        except (exception.InstanceNotFound, exception.UnexpectedTaskStateError) as error:
            LOG.info("Server %s is not to be built any more: %s", server.uuid, exception.describe(error))
            allocations.release(server.uuid)
            return
        LOG.info("Goes to %s (%s)", selection.service_host, selection.nodename, instance_uuid=server.uuid)
        server.availability_zone = selection.availability_zone
        server.obj_reset_changes(["availability_zone"])
        spec.instance_uuid = server.uuid
        self._compute.build_and_run_instance(
            self.context,
            instance=server,
            host=selection.service_host,
            node=selection.nodename,
            request_spec=spec,
            host_list=alternates,
            admin_password=admin_password,
            injected_files=injected_files,
            requested_networks=networks,
            block_device_mapping=disks,
        )

    def _fail(self, server, error):
        """End a build in ERROR with a fault that says why, and free what was claimed."""
        instance_builds.fail(
            server.uuid,
            {
                "code": getattr(error, "code", 500),
                "message": exception.describe(error),
                "details": str(error),
                "host": None,
            },
            [self._step(error)],
        )

    def _step(self, error: BaseException | None = None) -> dict:
        """Return this task's step, told when it is over: begun when the task was made."""
        return event("finish", EVENT, self.context, self.host, error, start_time=self._started)
