"""The libvirt driver: the contract of virt/driver.py, on QEMU guests (KVM where it works, else emulation).

Thin on purpose: builder.py turns objects into disks and XML, guest.py talks to a domain, host.py to libvirt.
"""

import logging
import pathlib

from nova_lite import exception
from nova_lite.compute import power_state
from nova_lite.conf import CONF
from nova_lite.objects.image_meta import ImageMeta
from nova_lite.virt import driver
from nova_lite.virt import hardware as hw
from nova_lite.virt.libvirt import builder, capabilities, console, disks, images, probe, programs
from nova_lite.virt.libvirt.guest import Guest, OwnGuests
from nova_lite.virt.libvirt.host import Host, LibvirtError

LOG = logging.getLogger(__name__)

GIB = 1 << 30
#: Errors of a build that another host would meet as well.
ABORTS = (
    exception.ConfigDriveMountFailed,
    exception.FeatureNotSupported,
    exception.FlavorDiskTooSmall,
    exception.FlavorImageConflict,
    exception.ImageCorrupt,
    exception.ImageNotActive,
    exception.ImageNotAuthorized,
    exception.ImageNotFound,
    exception.ImageUnacceptable,
    exception.InstanceUserDataMalformed,
    exception.InvalidExtraSpecValue,
    exception.InvalidImagePropertyValue,
    exception.InvalidInput,
)


class LibvirtDriver(driver.ComputeDriver):
    """Guests at libvirt.

    Args:
        host: name of the nova-compute service.
        image_api: has `download(context, image_id, path)`; nova_lite.image.api's when None.
    """

    capabilities = {
        "has_imagecache": True,
        "evacuate": True,
        "migrate_to_same_host": False,
        "supports_image_type_raw": True,
        "supports_image_type_qcow2": True,
        "supports_image_type_iso": True,
    }

    def __init__(self, host: str, image_api=None):
        super().__init__(host)
        self._host = Host(host, self.emit_event)
        self._cache = images.ImageCache(image_api)
        self._builder = builder.Builder(self._host, self._cache)
        self._guests = OwnGuests(self._host)

    # -- the host

    def init_host(self) -> None:
        """Connect; choose the domain type; check options against what this host can do."""
        if CONF.libvirt.virt_type == "kvm" and not pathlib.Path("/dev/kvm").exists():
            raise exception.ConfigurationError(
                reason="[libvirt] virt_type = kvm, but there is no /dev/kvm on this host; use auto or qemu"
            )
        self._host.open()
        path = pathlib.Path(CONF.instances_path)
        try:
            path.mkdir(parents=True, exist_ok=True)
            direct_io = disks.direct_io_works(path)
        except OSError as error:
            raise exception.ConfigurationError(reason=f"instances_path: {path}: {error}") from error
        virt_type = self._choose_virt_type()
        self._builder.prepare(virt_type, direct_io=direct_io)
        self._check_cpu(virt_type)
        LOG.info("guests are of type %s; disk cache mode %s", virt_type, self._builder.cache_mode)

    def _choose_virt_type(self) -> str:
        asked = CONF.libvirt.virt_type
        found = self._host.capabilities()
        guest = found.guest(found.arch)
        types = guest.domain_types if guest is not None else frozenset()
        if asked == "auto":
            return "kvm" if "kvm" in types and probe.kvm_works(found.arch) else "qemu"
        if asked not in types:
            raise exception.ConfigurationError(
                reason=f"[libvirt] virt_type = {asked}, but {self._host.uri} offers {', '.join(sorted(types))}"
                f" for {found.arch} guests"
            )
        return asked

    def _check_cpu(self, virt_type: str) -> None:
        arch = self._host.capabilities().arch
        machine = builder.configured_machine(arch)
        try:
            domain = self._host.domain_capabilities(virt_type, arch, machine)
        except exception.UnsupportedHardware as error:
            raise exception.ConfigurationError(
                reason=f"[libvirt] hw_machine_type = {machine}: {error}"
            ) from error
        model = builder.cpu_model(virt_type, arch)
        if model.mode != "none" and model.mode not in domain.cpu_modes:
            raise exception.ConfigurationError(
                reason=f"[libvirt] cpu_mode = {model.mode}, but this host's {virt_type} guests can have"
                f" {', '.join(sorted(domain.cpu_modes))}"
            )
        if model.mode == "custom" and model.model is None:
            raise exception.ConfigurationError(reason="[libvirt] cpu_mode = custom needs cpu_models")
        if model.mode != "custom" and CONF.libvirt.cpu_models:
            raise exception.ConfigurationError(reason="[libvirt] cpu_models needs cpu_mode = custom")

    def cleanup_host(self) -> None:
        """Leave libvirt; guests stay as they are."""
        self._host.close()

    def is_available(self) -> bool:
        """Return whether libvirt answers."""
        return self._host.is_alive()

    def get_available_nodes(self) -> list[str]:
        """Return the host's name as libvirt has it."""
        return [self._host.hostname()]

    def get_available_resource(self, nodename: str) -> driver.Resources:
        """Return what the host has."""
        found = self._host.capabilities()
        virt_type = self._builder.virt_type
        domain = self._host.domain_capabilities(virt_type, found.arch, builder.configured_machine(found.arch))
        usage = disks.usage()
        return driver.Resources(
            hypervisor_hostname=nodename,
            vcpus=self._host.cpus(),
            memory_mb=self._host.memory_mb(),
            local_gb=usage.total // GIB,
            hypervisor_type="QEMU",
            hypervisor_version=self._host.hypervisor_version(),
            cpu_info=found.cpu,
            disk_available_least=(usage.free - usage.over_committed) // GIB,
            supported_instances=found.supported_instances({virt_type}),
            uptime=self.get_host_uptime(),
            traits=capabilities.traits(
                domain, found.cpu["features"], found.arch, tpm=CONF.libvirt.swtpm_enabled
            ),
        )

    def get_host_uptime(self) -> str:
        """Return the line that uptime(1) prints."""
        return programs.run(["uptime"], timeout=10).rstrip("\n")

    def list_domains(self) -> list[driver.DomainRecord]:
        """Return all guests of the host."""
        return self._guests.list()

    def manage_image_cache(self, used_image_ids: set[str]) -> None:
        """Remove bases that nothing uses."""
        self._cache.clean(used_image_ids, set(disks.usage().backing_files))

    def cleanup_instance_files(self, instance) -> bool:
        """Remove the server's directory."""
        return disks.InstanceDirectory(instance.uuid).remove()

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
        """Make disks, config drive and guest; remove all of it when that fails."""
        guest = Guest.find(self._host, instance.uuid)
        if guest is not None and not guest.is_off():
            return  # a repeated request, after a reply that was lost
        directory = disks.InstanceDirectory(instance.uuid)
        try:
            hardware = hw.check(instance.flavor, image_meta)
            machine = builder.machine_type(self._host, hardware, self._host.capabilities().arch)
            planned = self._builder.plan(instance, image_meta, hardware, block_device_info, machine)
            if planned and not instance.root_device_name:
                instance.root_device_name = f"/dev/{disks.targets(planned)[0]}"
            directory.make()
            contents = builder.contents(instance, network_info, admin_password, injected_files)
            self._builder.create_image(context, instance, image_meta, hardware, planned, contents)
            directory.write_plan(machine, planned)
            xml = self._builder.xml(context, instance, image_meta, hardware, planned, network_info, machine)
            self._create_domain(instance, xml)
        except BaseException as error:
            self._remove_failed(instance)
            if isinstance(error, ABORTS):
                raise exception.BuildAbortException(instance_uuid=instance.uuid, reason=str(error)) from error
            if isinstance(error, LibvirtError | OSError):
                raise exception.InstanceDeployFailure(reason=str(error)) from error
            raise

    def _create_domain(self, instance, xml: str) -> Guest:
        guest = Guest.define(self._host, instance.uuid, xml)
        guest.create()
        return guest

    def _remove_failed(self, instance) -> None:
        """Remove what a failed spawn made; a fault here must not hide the one that made it fail."""
        try:
            self.destroy(None, instance)
        except Exception:
            LOG.exception("instance %s: what its failed build left could not be removed", instance.uuid)

    def destroy(self, context, instance, network_info=None, *, destroy_disks: bool = True) -> None:
        """Stop the guest, undefine it, remove its directory."""
        guest = Guest.find(self._host, instance.uuid)
        if guest is not None:
            try:
                guest.destroy()
                guest.undefine()
            except (exception.InstancePowerOffFailure, LibvirtError) as error:
                raise exception.InstanceTerminationFailure(reason=str(error)) from error
        if destroy_disks and not disks.InstanceDirectory(instance.uuid).remove():
            LOG.warning("instance %s: some of its files could not be removed", instance.uuid)

    def instance_exists(self, instance) -> bool:
        """Return whether libvirt knows the guest."""
        return Guest.find(self._host, instance.uuid) is not None

    def get_info(self, instance) -> driver.InstanceInfo:
        """Return what the guest does."""
        return Guest.get(self._host, instance.uuid).info()

    def power_off(self, instance, timeout: int = 0, retry_interval: int = 10) -> None:
        """Shut down by ACPI within `timeout` seconds, then by force."""
        guest = Guest.get(self._host, instance.uuid)
        if guest.is_off():
            return
        if timeout and guest.shutdown(timeout, retry_interval):
            return
        guest.destroy()

    def power_on(self, context, instance, network_info, block_device_info) -> None:
        """Start a guest that is off, from XML made anew (as Nova does)."""
        guest = Guest.find(self._host, instance.uuid)
        if guest is not None and guest.info().state == power_state.RUNNING:
            return
        self._hard_reboot(context, instance, network_info, block_device_info)

    def reboot(self, context, instance, network_info, reboot_type: str, block_device_info) -> None:
        """Reboot a guest; a soft reboot that the guest does not follow becomes a hard one."""
        if reboot_type == "SOFT" and self._soft_reboot(instance):
            return
        self._hard_reboot(context, instance, network_info, block_device_info)

    def _soft_reboot(self, instance) -> bool:
        guest = Guest.get(self._host, instance.uuid)
        if guest.info().state != power_state.RUNNING:
            return False
        limit = CONF.libvirt.wait_soft_reboot_seconds
        if not guest.shutdown(limit, limit):
            LOG.warning(
                "instance %s did not shut down within %s s; a hard reboot follows", instance.uuid, limit
            )
            return False
        guest.create()
        return True

    def _hard_reboot(self, context, instance, network_info, block_device_info) -> None:
        """Stop the guest, make its XML (and disks that are missing) anew, start it."""
        guest = Guest.find(self._host, instance.uuid)
        directory = disks.InstanceDirectory(instance.uuid)
        if guest is None and not directory.has_disks():
            raise exception.InstanceNotFound(instance_id=instance.uuid)
        image_meta = ImageMeta.from_instance(instance)
        hardware = hw.check(instance.flavor, image_meta)
        try:
            machine, planned = directory.read_plan()
            if guest is not None:
                # It may have been made with an alias (pc), which means another machine after QEMU's next release.
                machine = builder.defined_machine(guest.xml())
                guest.destroy()
                guest.drop_saved_memory()
            if machine is None:
                machine = builder.machine_type(self._host, hardware, self._host.capabilities().arch)
            if not planned:
                planned = self._builder.plan(instance, image_meta, hardware, block_device_info, machine)
            directory.make()
            contents = builder.contents(instance, network_info, None, None)
            self._builder.create_image(context, instance, image_meta, hardware, planned, contents)
            xml = self._builder.xml(context, instance, image_meta, hardware, planned, network_info, machine)
            self._create_domain(instance, xml)
        except LibvirtError as error:
            raise exception.InstanceRebootFailure(reason=str(error)) from error

    def pause(self, instance) -> None:
        """Stop the guest's CPUs."""
        Guest.get(self._host, instance.uuid).pause()

    def unpause(self, instance) -> None:
        """Let them go on."""
        Guest.get(self._host, instance.uuid).unpause()

    def suspend(self, context, instance) -> None:
        """Save the guest's memory (managed save) and stop it."""
        Guest.get(self._host, instance.uuid).save()

    def resume(self, context, instance, network_info, block_device_info) -> None:
        """Start the guest from its saved memory."""
        guest = Guest.get(self._host, instance.uuid)
        if not guest.is_off():
            return
        try:
            guest.create()
        except LibvirtError as error:
            raise exception.InstanceResumeFailure(reason=str(error)) from error

    def resume_state_on_host_boot(self, context, instance, network_info, block_device_info) -> None:
        """Start a guest that the host's reboot has stopped; one that runs or is paused is left alone."""
        guest = Guest.find(self._host, instance.uuid)
        if guest is not None and not guest.is_off():
            return
        self._hard_reboot(context, instance, network_info, block_device_info)

    def get_console_output(self, context, instance) -> bytes:
        """Return the end of the console log."""
        return console.read(disks.InstanceDirectory(instance.uuid).console_log, instance.uuid)
