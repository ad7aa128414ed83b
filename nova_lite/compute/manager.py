"""nova-compute's manager: what it is made of. The work is in endpoints/, startup.py, periodic.py, power_sync.py."""

import oslo_messaging as messaging
import stevedore
from oslo_log import log as logging

from nova_lite import exception, manager
from nova_lite.compute import periodic, power_sync, startup
from nova_lite.compute.endpoints.base import TARGET, Running
from nova_lite.compute.endpoints.build import BuildEndpoint
from nova_lite.compute.endpoints.console import ConsoleEndpoint
from nova_lite.compute.endpoints.delete import DeleteEndpoint
from nova_lite.compute.endpoints.power import PowerEndpoint
from nova_lite.compute.resource_tracker import ResourceTracker
from nova_lite.conductor.api import ComputeTaskAPI
from nova_lite.conf import CONF
from nova_lite.context import get_admin_context
from nova_lite.network import api as network_api

LOG = logging.getLogger(__name__)


def load_driver(host: str):
    """Return the virt driver that `compute_driver` names.

    Raises:
        ConfigurationError: it names none, or one that cannot be loaded.
    """
    name = CONF.compute_driver
    loaded: stevedore.DriverManager
    if not name:
        raise exception.ConfigurationError(
            reason="Compute driver option required, but not specified: set compute_driver to libvirt.LibvirtDriver"
            " or fake.FakeDriver"
        )
    try:
        loaded = stevedore.DriverManager("nova_lite.virt", name, invoke_on_load=True, invoke_args=(host,))
    except stevedore.exception.NoMatches as error:
        raise exception.ConfigurationError(
            reason=f"compute_driver {name!r} cannot be loaded: {error}"
        ) from error
    return loaded.driver


class ComputeManager(periodic.PeriodicTasks, manager.Manager):
    """One host's servers."""

    target: messaging.Target = TARGET

    def __init__(self, host: str | None = None):
        super().__init__(host)
        self.driver = load_driver(self.host)
        self.network_api = network_api.get_api()
        self.compute_task_api = ComputeTaskAPI()
        self.running = Running()
        self.power = PowerEndpoint(self)
        self.deletion = DeleteEndpoint(self)
        self._endpoints = [BuildEndpoint(self), self.power, self.deletion, ConsoleEndpoint(self)]
        self.power_sync = power_sync.PowerSync(self)
        self.resource_tracker: ResourceTracker
        self.service_ref = None

    def endpoints(self):
        """Offer what the endpoints do."""
        return self._endpoints

    def init_host(self, service_ref) -> None:
        """Bring the hypervisor up and mend what the last stop left."""
        context = get_admin_context()
        self.service_ref = service_ref
        self.driver.init_host()
        self.resource_tracker = ResourceTracker(self.host, self.driver, service_ref.id)
        startup.Reconciliation(self).run(context)
        self.driver.register_event_listener(self.power_sync.handle_event)

    def pre_start_hook(self, service_ref) -> None:
        """Tell what the host has before work arrives."""
        self.resource_tracker.update(get_admin_context())

    def post_start_hook(self) -> None:
        """Look at the guests' power states at once."""
        self.power_sync.start()

    def drain(self, timeout: float) -> None:
        """Let running operations end."""
        if not self.running.wait(timeout):
            LOG.warning("Work is still running after %s s; the next start mends it", timeout)

    def cleanup_host(self) -> None:
        """Let go of the hypervisor; guests go on."""
        self.power_sync.stop()
        self.driver.register_event_listener(None)
        self.driver.cleanup_host()
