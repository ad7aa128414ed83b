"""The clients of nova-conductor: objects of services without a database, and orchestration."""

import oslo_messaging as messaging
from oslo_log import log as logging
from oslo_versionedobjects import base as ovo

from nova_lite import baserpc, rpc
from nova_lite.conf import CONF
from nova_lite.objects import base as objects_base

LOG = logging.getLogger(__name__)

TOPIC = "conductor"


class ConductorAPI(ovo.VersionedObjectIndirectionAPI):
    """Carries object methods to nova-conductor.

    * 3.0: object_class_action_versions, object_action, object_backport_versions
    """

    def __init__(self):
        self._made = None

    @property
    def _client(self) -> rpc.Client:
        # Made at first use: nova-compute names this object before it has a transport.
        if self._made is None:
            target = messaging.Target(topic=TOPIC, version="3.0")
            self._made = rpc.Client(
                target, objects_base.NovaObjectSerializer(), CONF.upgrade_levels.conductor
            )
        return self._made

    def object_action(self, context, objinst, objmethod, args, kwargs):
        """Run a method of an object; return (changed fields, result)."""
        return self._client.call(
            context, "object_action", objinst=objinst, objmethod=objmethod, args=args, kwargs=kwargs
        )

    def object_class_action(self, context, objname, objmethod, objver, args, kwargs):
        """Kept by oslo.versionedobjects for senders that nova-lite never had."""
        versions = ovo.obj_tree_get_versions(objname)
        return self.object_class_action_versions(context, objname, objmethod, versions, args, kwargs)

    def object_class_action_versions(self, context, objname, objmethod, object_versions, args, kwargs):
        """Run a class method of an object, answered in versions that this side understands."""
        return self._client.call(
            context,
            "object_class_action_versions",
            objname=objname,
            objmethod=objmethod,
            object_versions=object_versions,
            args=args,
            kwargs=kwargs,
        )

    def object_backport_versions(self, context, objinst, object_versions):
        """Return an object in versions that this side understands."""
        return self._client.call(
            context, "object_backport_versions", objinst=objinst, object_versions=object_versions
        )

    def wait_until_ready(self, context) -> None:
        """Wait until a nova-conductor answers: ten pings with warnings, then pings without end.

        A ping that was sent before there was a queue is lost, so the first ones wait one second and two; later ones
        up to `rpc_ready_timeout`.
        """
        base = baserpc.BaseRPCAPI(TOPIC)
        tries = 0
        while True:
            try:
                base.ping(context, "hello", timeout=min(tries + 1, CONF.rpc_ready_timeout))
            except messaging.MessagingTimeout:
                tries += 1
                if tries <= 10:
                    LOG.warning("Timed out waiting for nova-conductor. Is it running?")
            else:
                if tries:
                    LOG.warning("nova-conductor connection established successfully")
                return


class ComputeTaskAPI:
    """Carries orchestration to nova-conductor (namespace compute_task).

    * 1.16: schedule_and_build_instances
    * 1.17: schedule_and_build_instances takes block_device_mappings; before, conductor reads them itself
    * 1.19: build_instances (a failed build looks for another host)
    """

    def __init__(self):
        target = messaging.Target(topic=TOPIC, namespace="compute_task", version="1.0")
        self._client = rpc.Client(target, objects_base.NovaObjectSerializer(), CONF.upgrade_levels.conductor)

    def schedule_and_build_instances(
        self,
        context,
        instances,
        request_spec,
        admin_password,
        injected_files,
        requested_networks,
        block_device_mappings,
    ):
        """Find hosts for new servers and build them there."""
        arguments = {
            "instances": instances,
            "request_spec": request_spec,
            "admin_password": admin_password,
            "injected_files": injected_files,
            "requested_networks": requested_networks,
            "block_device_mappings": block_device_mappings,
        }
        version = "1.17"
        if not self._client.can_send_version(version):
            version = "1.16"
            del arguments["block_device_mappings"]
        self._client.cast(context, "schedule_and_build_instances", version=version, **arguments)

    def build_instances(self, context, **arguments):
        """Build on the next alternate host; see ComputeTaskManager.build_instances."""
        self._client.cast(context, "build_instances", version="1.19", **arguments)
