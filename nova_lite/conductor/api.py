"""What other code in a process calls to reach nova-conductor."""

from nova_lite.conductor import rpcapi


class ComputeTaskAPI:
    """Orchestration: work that takes longer than a request and touches more than one host."""

    def __init__(self):
        self._rpcapi = rpcapi.ComputeTaskAPI()

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
        """Send new servers (objects.Instance in building/scheduling) to nova-conductor.

        `request_spec` is one objects.RequestSpec for all of them; `block_device_mappings` one
        objects.BlockDeviceMappingList for each; `injected_files` a list of [path, base64 content].

        Raises:
            MessagingUnavailable: the broker cannot be reached.
        """
        self._rpcapi.schedule_and_build_instances(
            context,
            instances,
            request_spec,
            admin_password,
            injected_files or [],
            requested_networks,
            block_device_mappings,
        )

    def build_instances(self, context, **arguments):
        """Let a failed build go on on another host; see ComputeTaskManager.build_instances."""
        self._rpcapi.build_instances(context, **arguments)
