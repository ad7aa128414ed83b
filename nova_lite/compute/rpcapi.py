"""The client of nova-compute.

Casts go to `compute.<host>` of the server's host. Versions:
* 6.0: all methods below
"""

import oslo_messaging as messaging

from nova_lite import exception, rpc
from nova_lite.conf import CONF
from nova_lite.db import services
from nova_lite.objects import base as objects_base

TOPIC = "compute"
NEWEST = "6.0"
#: Service version (objects/service.py) → newest RPC version that such a service understands; for `auto` pins.
_VERSION_OF_SERVICE = {0: "6.0", 1: "6.0"}


def _version_cap() -> str | None:
    pin = CONF.upgrade_levels.compute
    if pin == "auto":
        oldest = services.minimum_version("nova-compute")
        return _VERSION_OF_SERVICE[max(known for known in _VERSION_OF_SERVICE if known <= oldest)]
    return pin


class ComputeAPI:
    """Sends work to the nova-compute of a server's host."""

    def __init__(self):
        target = messaging.Target(topic=TOPIC, version="6.0")
        self._client = rpc.Client(target, objects_base.NovaObjectSerializer(), _version_cap())

    def _cast(self, context, method, instance, **arguments):
        self._client.cast(
            context, method, server=self._host(instance), version="6.0", instance=instance, **arguments
        )

    @staticmethod
    def _host(instance) -> str:
        if not instance.host:
            raise exception.InstanceNotReady(instance_id=instance.uuid)
        return instance.host

    def build_and_run_instance(
        self,
        context,
        instance,
        host,
        node,
        request_spec,
        host_list,
        admin_password,
        injected_files,
        requested_networks,
        block_device_mapping,
    ):
        """Build a server on a host; `host_list` are the alternates for when it fails."""
        self._client.cast(
            context,
            "build_and_run_instance",
            server=host,
            version="6.0",
            instance=instance,
            node=node,
            request_spec=request_spec,
            host_list=host_list,
            admin_password=admin_password,
            injected_files=injected_files,
            requested_networks=requested_networks,
            block_device_mapping=block_device_mapping,
        )

    def terminate_instance(self, context, instance, force=False):
        """Delete a server's guest, disks and rows."""
        self._cast(context, "terminate_instance", instance, force=force)

    def start_instance(self, context, instance):
        """Power on."""
        self._cast(context, "start_instance", instance)

    def stop_instance(self, context, instance, clean_shutdown=True):
        """Power off."""
        self._cast(context, "stop_instance", instance, clean_shutdown=clean_shutdown)

    def reboot_instance(self, context, instance, reboot_type):
        """Reboot, SOFT or HARD."""
        self._cast(context, "reboot_instance", instance, reboot_type=reboot_type)

    def pause_instance(self, context, instance):
        """Stop the CPUs."""
        self._cast(context, "pause_instance", instance)

    def unpause_instance(self, context, instance):
        """Let the CPUs go on."""
        self._cast(context, "unpause_instance", instance)

    def suspend_instance(self, context, instance):
        """Save to disk and stop."""
        self._cast(context, "suspend_instance", instance)

    def resume_instance(self, context, instance):
        """Start where it was suspended."""
        self._cast(context, "resume_instance", instance)

    def get_console_output(self, context, instance, tail_length):
        """Return the last lines (all when None) that the guest wrote to its console."""
        return self._client.call(
            context, "get_console_output", server=self._host(instance), version="6.0", instance=instance,
            tail_length=tail_length,
        )  # fmt: skip

    def get_host_uptime(self, context, host):
        """Return the text of `uptime` on a host."""
        return self._client.call(context, "get_host_uptime", server=host, version="6.0")
