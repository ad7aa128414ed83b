"""How a server goes: guest, disks, networks, claim and rows, each of which may be gone already."""

from oslo_log import log as logging

from nova_lite.compute import states
from nova_lite.compute.endpoints.base import Endpoint, operation

LOG = logging.getLogger(__name__)


class DeleteEndpoint(Endpoint):
    """Deletions."""

    @operation("compute_terminate_instance", failed_vm_state=states.ERROR)
    def terminate_instance(self, context, instance, step, force=False):
        """Remove a server from this host and end its rows."""
        self.remove(context, instance)
        instance.complete_deletion([step.finish()])

    def remove(self, context, instance) -> None:
        """Remove guest, disks and networks."""
        self.driver.destroy(context, instance, instance.network_info)
        self.manager.network_api.deallocate_for_instance(context, instance)
