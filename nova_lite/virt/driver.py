"""The contract between nova-compute and a hypervisor. tests/functional/virt runs the same tests against every driver.

An `instance` is an objects.Instance. A driver knows its guests by `instance.uuid` and `instance.name`, never
touches a guest that is not nova-lite's, and bounds every call in time. Every method may be called twice: what
is already so stays so (destroy of a guest that is gone, power_on of one that runs).
"""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class InstanceInfo:
    """What a guest does: `state` is one of compute.power_state's numbers; `internal_id` the hypervisor's id."""

    state: int
    internal_id: int | None = None


@dataclass
class Resources:
    """What one node has. Memory in MiB, disk in GiB; `*_used` is the hypervisor's own count, for information.

    `supported_instances`: list of [architecture, hypervisor type, vm mode]. `cpu_info`: JSON object.
    `disk_available_least`: GiB free after all overlays have grown to their virtual size.
    """

    hypervisor_hostname: str
    vcpus: int
    memory_mb: int
    local_gb: int
    hypervisor_type: str
    hypervisor_version: int
    cpu_info: dict = field(default_factory=dict)
    disk_available_least: int | None = None
    supported_instances: list = field(default_factory=list)
    uptime: str | None = None
    traits: list[str] = field(default_factory=list)
    stats: dict = field(default_factory=dict)


@dataclass(frozen=True)
class LifecycleEvent:
    """Something that happened to a guest by itself."""

    uuid: str
    transition: str  # one of STARTED, STOPPED, PAUSED, RESUMED, SUSPENDED


STARTED, STOPPED, PAUSED, RESUMED, SUSPENDED = "started", "stopped", "paused", "resumed", "suspended"


@dataclass(frozen=True)
class DomainRecord:
    """A guest that the driver finds on the host: is it ours (made by nova-lite), and which server is it of."""

    uuid: str
    name: str
    state: int
    ours: bool


class ComputeDriver:
    """Base of virt drivers. `host` is the name of the nova-compute service."""

    #: Features that the rest of nova-lite asks for by name.
    capabilities: dict[str, bool] = {}

    def __init__(self, host: str):
        self.host = host
        self._listener: Callable[[LifecycleEvent], None] | None = None

    # -- the host

    def init_host(self) -> None:
        """Connect and check what the host can do.

        Raises:
            ConfigurationError: an option does not fit this host; the service must not start.
            HypervisorUnavailable: no connection; the caller tries again.
        """
        raise NotImplementedError

    def cleanup_host(self) -> None:
        """Let go of the hypervisor; guests stay as they are."""

    def register_event_listener(self, listener: Callable[[LifecycleEvent], None]) -> None:
        """Call `listener` with each LifecycleEvent, from any thread; it must return at once."""
        self._listener = listener

    def emit_event(self, event: LifecycleEvent) -> None:
        """Hand an event to the listener."""
        if self._listener is not None:
            self._listener(event)

    def is_available(self) -> bool:
        """Return whether the hypervisor can be reached now."""
        return True

    def get_available_nodes(self) -> list[str]:
        """Return the names of this host's nodes."""
        raise NotImplementedError

    def get_available_resource(self, nodename: str) -> Resources:
        """Return what a node has."""
        raise NotImplementedError

    def get_host_uptime(self) -> str:
        """Return the text of `uptime`."""
        raise NotImplementedError

    def list_domains(self) -> list[DomainRecord]:
        """Return all guests on this host, foreign ones included."""
        raise NotImplementedError

    def manage_image_cache(self, used_image_ids: set[str]) -> None:
        """Remove cached images that no disk uses and that are old enough."""

    def cleanup_instance_files(self, instance) -> bool:
        """Remove what is left on disk of a deleted server; return whether it is all gone."""
        return True

    # -- the life of a guest

    def spawn(
        self,
        context,
        instance,
        image_meta,
        network_info,
        block_device_info,
        admin_password=None,
        injected_files=None,
    ) -> None:
        """Make disks and config drive, define and start the guest.

        `network_info`: list of VIF dicts (Nova's network model). `block_device_info`: list of
        objects.BlockDeviceMapping. `injected_files`: [path, base64 content] pairs for the config drive.
        Sets `instance.root_device_name` where it is not set yet. Everything that was made is removed again when
        it fails.

        Raises:
            BuildAbortException: trying another host would not help (image too big, corrupt, refused).
            NovaException: anything else; the build may be tried on another host.
        """
        raise NotImplementedError

    def destroy(self, context, instance, network_info=None, *, destroy_disks: bool = True) -> None:
        """Stop the guest at once, undefine it, remove its disks."""
        raise NotImplementedError

    def instance_exists(self, instance) -> bool:
        """Return whether the hypervisor knows the guest."""
        raise NotImplementedError

    def get_info(self, instance) -> InstanceInfo:
        """Return what the guest does.

        Raises:
            InstanceNotFound: the hypervisor does not know it.
        """
        raise NotImplementedError

    def power_off(self, instance, timeout: int = 0, retry_interval: int = 10) -> None:
        """Shut the guest down: cleanly within `timeout` seconds (0: not at all), then by force."""
        raise NotImplementedError

    def power_on(self, context, instance, network_info, block_device_info) -> None:
        """Start a guest that is off."""
        raise NotImplementedError

    def reboot(self, context, instance, network_info, reboot_type: str, block_device_info) -> None:
        """Reboot: SOFT asks the guest and turns HARD after wait_soft_reboot_seconds; HARD rebuilds the domain."""
        raise NotImplementedError

    def pause(self, instance) -> None:
        """Stop the guest's CPUs."""
        raise NotImplementedError

    def unpause(self, instance) -> None:
        """Let them go on."""
        raise NotImplementedError

    def suspend(self, context, instance) -> None:
        """Save the guest's memory to disk and stop it."""
        raise NotImplementedError

    def resume(self, context, instance, network_info, block_device_info) -> None:
        """Start it again where it was."""
        raise NotImplementedError

    def resume_state_on_host_boot(self, context, instance, network_info, block_device_info) -> None:
        """Bring back a guest that ran when the host went down."""
        self.reboot(context, instance, network_info, "HARD", block_device_info)

    def get_console_output(self, context, instance) -> bytes:
        """Return the last 100 KiB that the guest wrote to its first serial port."""
        raise NotImplementedError
