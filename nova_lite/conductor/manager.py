"""nova-conductor: reads and writes objects for services without a database, and orchestrates builds."""

from typing import Any

import oslo_messaging as messaging
from oslo_log import log as logging
from oslo_versionedobjects import exception as ovo_exception

from nova_lite import exception, manager
from nova_lite.compute import rpcapi as compute_rpcapi
from nova_lite.conductor.tasks import build
from nova_lite.objects import base as objects_base
from nova_lite.scheduler import rpcapi as scheduler_rpcapi

LOG = logging.getLogger(__name__)


class ConductorManager(manager.Manager):
    """Objects on behalf of nova-compute."""

    target = messaging.Target(version="3.0")

    def endpoints(self):
        """Offer objects and orchestration."""
        return [self, ComputeTaskManager(self.host)]

    @staticmethod
    def _run(target, method, args, kwargs):
        function: Any = getattr(target, method, None)
        # Only what is marked remotable may be reached from a queue.
        if not getattr(function, "remotable", False):
            raise exception.ObjectActionError(action=method, reason="not a remotable method")
        try:
            return function(*args, **kwargs)
        except exception.NovaException as error:
            # An answer for the caller, not a fault of this service.
            raise messaging.ExpectedException from error

    def object_class_action_versions(self, context, objname, objmethod, object_versions, args, kwargs):
        """Run a class method of an object; the answer is in the caller's versions."""
        objclass = objects_base.NovaObject.obj_class_from_name(objname, object_versions[objname])
        result = self._run(objclass, objmethod, (context, *args), kwargs)
        if isinstance(result, objects_base.NovaObject):
            return result.obj_to_primitive(
                target_version=object_versions[objname], version_manifest=object_versions
            )
        return result

    def object_action(self, context, objinst, objmethod, args, kwargs):
        """Run a method of an object; return the fields that it changed, and its result."""
        before = {name: getattr(objinst, name) for name in objinst.fields if objinst.obj_attr_is_set(name)}
        with objinst.obj_alternate_context(context):
            result = self._run(objinst, objmethod, args, kwargs)
        updates = {}
        for name, field in objinst.fields.items():
            if objinst.obj_attr_is_set(name) and (
                name not in before or before[name] is not getattr(objinst, name)
            ):
                updates[name] = field.to_primitive(objinst, name, getattr(objinst, name))
        updates["obj_what_changed"] = objinst.obj_what_changed()
        return updates, result

    def object_backport_versions(self, context, objinst, object_versions):
        """Return an object in older versions."""
        try:
            target = object_versions[objinst.obj_name()]
            return objinst.obj_to_primitive(target_version=target, version_manifest=object_versions)
        except (KeyError, ovo_exception.VersionedObjectsException) as error:
            raise exception.ObjectActionError(action="backport", reason=str(error)) from error


class ComputeTaskManager:
    """Orchestration (namespace compute_task)."""

    target = messaging.Target(namespace="compute_task", version="1.26")

    def __init__(self, host: str):
        self.host = host
        self._scheduler = scheduler_rpcapi.SchedulerAPI()
        self._compute = compute_rpcapi.ComputeAPI()

    def schedule_and_build_instances(
        self,
        context,
        instances,
        request_spec,
        admin_password=None,
        injected_files=None,
        requested_networks=None,
        block_device_mappings=None,
    ):
        """Find a host for each new server and send it there; those that fit nowhere end in ERROR."""
        task = build.BuildTask(context, self.host, self._scheduler, self._compute)
        task.first(
            instances, request_spec, admin_password, injected_files, requested_networks, block_device_mappings
        )

    def build_instances(
        self,
        context,
        instance,
        request_spec,
        host_list,
        reason,
        admin_password=None,
        injected_files=None,
        requested_networks=None,
        block_device_mapping=None,
    ):
        """Send a server whose build failed to the next alternate host.

        `host_list`: the objects.Selection that are left. `reason`: why the last host could not build it.
        """
        task = build.BuildTask(context, self.host, self._scheduler, self._compute)
        task.again(
            instance, request_spec, host_list, reason, admin_password, injected_files, requested_networks,
            block_device_mapping,
        )  # fmt: skip
