"""From a server's objects to its guest: machine, CPU, disks, NICs, and the files of its disks."""

import base64
import binascii
import logging
import pathlib
import time
import uuid as uuid_module
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from nova_lite import exception, metadata
from nova_lite.conf import CONF
from nova_lite.virt import hardware as hw
from nova_lite.virt.libvirt import configdrive, disks, images
from nova_lite.virt.libvirt.host import Host
from nova_lite.virt.libvirt.xml import domain
from nova_lite.virt.libvirt.xml.guest import CpuModel, Disk, Graphics, Guest, Identity, Kernel, Nic

LOG = logging.getLogger(__name__)

#: Architecture → machine type, where neither image nor option names one (Nova's).
DEFAULT_MACHINES = {"x86_64": "pc", "i686": "pc", "aarch64": "virt", "armv7l": "virt", "riscv64": "virt"}
NIC_NAME_LENGTH = 14
#: Types of VIFs → type of the <interface>; `ovs` is a bridge with a virtual port.
VIF_TYPES = {"bridge": "bridge", "ovs": "bridge", "tap": "ethernet"}
DEFAULT_COMMAND_LINE = "root=/dev/{root} console=tty0 console=ttyS0"


def machine_type(host: Host, hardware: hw.Hardware, arch: str) -> str:
    """Return the machine type of a new guest.

    Raises:
        UnsupportedHardware: this host's QEMU does not have it.
    """
    guest = host.capabilities().guest(arch)
    if guest is None:
        raise exception.UnsupportedHardware(model=arch, virt="libvirt")
    machine = hardware.machine_type or configured_machine(arch)
    if machine is None:
        machine = "q35" if hardware.secure_boot == "required" else DEFAULT_MACHINES.get(arch)
    if machine is None:
        machine = host.domain_capabilities("qemu", arch, None).machine
    if machine not in guest.machines:
        raise exception.UnsupportedHardware(model=machine, virt="libvirt")
    return machine


def configured_machine(arch: str) -> str | None:
    """Return `[libvirt] hw_machine_type` for an architecture: a name, or a list of ARCH=NAME."""
    for word in (CONF.libvirt.hw_machine_type or "").split(","):
        name, equals, machine = word.strip().partition("=")
        if equals and name == arch:
            return machine
        if name and not equals:
            return name
    return None


def defined_machine(xml: str) -> str | None:
    """Return the machine type in a domain's XML: a guest keeps the one that it was made with."""
    node = ET.fromstring(xml).find("os/type")  # noqa: S314 - libvirt's answer
    return node.get("machine") if node is not None else None


def cpu_model(virt_type: str, arch: str) -> CpuModel:
    """Return the CPU that the options ask for."""
    mode = CONF.libvirt.cpu_mode
    if mode is None:
        if virt_type == "kvm":
            mode = "host-passthrough" if arch == "aarch64" else "host-model"
        else:
            mode = "none" if arch in ("x86_64", "i686") else "maximum"
    flags = () if mode == "none" else tuple(CONF.libvirt.cpu_model_extra_flags)
    model = CONF.libvirt.cpu_models[0] if mode == "custom" and CONF.libvirt.cpu_models else None
    return CpuModel(mode, model, flags)


def nics(network_info: Sequence[dict] | None) -> list[Nic]:
    """Return the NICs of a list of VIF dictionaries.

    Raises:
        VirtualInterfaceCreateException: a VIF cannot be plugged here.
    """
    made = []
    for vif in network_info or []:
        kind = VIF_TYPES.get(vif.get("type") or "")
        if kind is None:
            raise exception.VirtualInterfaceCreateException(
                f"Virtual Interface creation failed: type {vif.get('type')!r} of port {vif.get('id')} is none of"
                f" {', '.join(VIF_TYPES)}"
            )
        network = vif.get("network") or {}
        made.append(
            Nic(
                address=vif["address"],
                type=kind,
                target=vif.get("devname") or f"tap{vif['id']}"[:NIC_NAME_LENGTH],
                bridge=network.get("bridge") if kind == "bridge" else None,
                mtu=(network.get("meta") or {}).get("mtu"),
                interface_id=(vif.get("ovs_interfaceid") or vif["id"]) if vif["type"] == "ovs" else None,
            )
        )
    return made


def _ports(network_info: Sequence[dict] | None) -> list[tuple[str, list[str]]]:
    return [
        (
            vif["id"],
            [
                ip["address"]
                for subnet in (vif.get("network") or {}).get("subnets") or []
                for ip in subnet.get("ips") or []
            ],
        )
        for vif in network_info or []
    ]


class Builder:
    """Makes the disks and the XML of servers on one host.

    Args:
        host: the connection.
        cache: the image cache.
    """

    def __init__(self, host: Host, cache: images.ImageCache):
        self._host = host
        self._cache = cache
        self.virt_type = "qemu"
        self.cache_mode = "none"

    def prepare(self, virt_type: str, *, direct_io: bool) -> None:
        """Set what was found out about the host."""
        self.virt_type = virt_type
        self.cache_mode = "none" if direct_io else "writeback"
        for word in CONF.libvirt.disk_cachemodes:
            kind, _, mode = word.partition("=")
            if kind == "file":
                self.cache_mode = mode

    # -- disks

    def plan(self, instance, image_meta, hardware, bdms, machine: str) -> list[disks.Planned]:
        """Return which disks a server has."""
        return disks.plan(
            instance,
            image_meta,
            hardware,
            bdms,
            arch=self._host.capabilities().arch,
            machine=machine,
            config_drive=configdrive.required_by(instance, hardware.config_drive),
        )

    def create_image(self, context, instance, image_meta, hardware, planned, contents) -> None:
        """Make the files of the disks; those that are there stay.

        Args:
            contents: what goes on the config drive (metadata.InstanceMetadata), or None to leave it alone.

        Raises:
            FlavorDiskSmallerThanImage, ImageUnacceptable, ConfigDriveMountFailed, and the image service's errors.
        """
        directory = disks.InstanceDirectory(instance.uuid)
        backend = disks.Backend(self._cache)
        ephemeral = 0
        for disk in planned:
            path = directory.path / disk.name
            if path.exists():
                continue
            if disk.kind == disks.ROOT:
                self._make_root(context, image_meta, disk, path, backend)
            elif disk.kind == disks.EPHEMERAL:
                base = self._cache.ephemeral(
                    disk.size, disk.guest_format or self._ephemeral_format(hardware), f"ephemeral{ephemeral}"
                )
                backend.make(base, path, 0)
            elif disk.kind == disks.SWAP:
                backend.make(self._cache.swap(disk.size), path, 0)
            elif contents is not None:
                configdrive.make(contents.files(), path)
            ephemeral += disk.kind == disks.EPHEMERAL
        for image_id, name in ((instance.kernel_id, "kernel"), (instance.ramdisk_id, "ramdisk")):
            path = directory.path / name
            if image_id and not path.exists():
                self._cache.fetch_file(context, image_id, path)

    def _make_root(self, context, image_meta, disk, path: pathlib.Path, backend: disks.Backend) -> None:
        if image_meta.id is None:
            raise exception.FeatureNotSupported(
                reason="a server without an image needs a volume to boot from"
            )
        base = self._cache.get(context, image_meta, raw=True if backend.format == "raw" else None)
        size = disk.size << 30
        if size and base.virtual_size > size:
            raise exception.FlavorDiskSmallerThanImage(flavor_size=size, image_size=base.virtual_size)
        backend.make(base, path, 0 if disk.device == "cdrom" else size)

    @staticmethod
    def _ephemeral_format(hardware: hw.Hardware) -> str:
        if CONF.default_ephemeral_format:
            return CONF.default_ephemeral_format
        return "ntfs" if hardware.windows else "ext4"

    def _disks(self, instance, planned: Sequence[disks.Planned]) -> list[Disk]:
        directory = disks.InstanceDirectory(instance.uuid)
        overlay = disks.Backend(self._cache).format
        made = []
        for disk, target in zip(planned, disks.targets(planned), strict=True):
            kind = "raw" if disk.kind == disks.CONFIG else overlay
            made.append(
                Disk(
                    name=disk.name,
                    path=str(directory.path / disk.name),
                    format=kind,
                    bus=disk.bus,
                    target=target,
                    device=disk.device,
                    boot_order=disk.boot_order,
                    cache=self.cache_mode,
                    io="native"
                    if kind == "raw" and self.cache_mode == "none" and disk.device == "disk"
                    else None,
                )
            )
        return made

    # -- the guest

    def _serial(self, instance) -> str | None:
        kind = CONF.libvirt.sysinfo_serial
        if kind == "unique":
            return instance.uuid
        if kind in ("os", "auto"):
            try:
                machine_id = pathlib.Path("/etc/machine-id").read_text(encoding="ascii").strip()
                return str(uuid_module.UUID(machine_id))
            except (OSError, ValueError):
                if kind == "os":
                    raise exception.ConfigurationError(
                        reason="[libvirt] sysinfo_serial = os: /etc/machine-id cannot be read"
                    ) from None
        return self._host.capabilities().uuid if kind in ("hardware", "auto") else None

    def _kernel(self, instance, hardware: hw.Hardware, made: Sequence[Disk]) -> Kernel | None:
        if not instance.kernel_id:
            return None
        directory = disks.InstanceDirectory(instance.uuid).path
        root = next((disk.target for disk in made if disk.name == "disk"), "vda")
        return Kernel(
            str(directory / "kernel"),
            str(directory / "ramdisk") if instance.ramdisk_id else None,
            hardware.os_command_line or DEFAULT_COMMAND_LINE.format(root=root),
        )

    def guest(self, context, instance, image_meta, hardware, planned, network_info, machine: str) -> Guest:
        """Return the record that the XML is made of.

        Raises:
            UnsupportedHardware: this host cannot give what is asked for.
        """
        if hardware.tpm_version is not None and not CONF.libvirt.swtpm_enabled:
            raise exception.UnsupportedHardware(
                f"Requested hardware 'TPM {hardware.tpm_version}' is not supported by the 'libvirt' virt driver:"
                " [libvirt] swtpm_enabled is off on this host"
            )
        made = self._disks(instance, planned)
        directory = disks.InstanceDirectory(instance.uuid)
        return Guest(
            identity=Identity(
                uuid=instance.uuid,
                name=instance.name,
                display_name=instance.display_name,
                created=time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
                flavor=instance.flavor,
                user=(instance.user_id, getattr(context, "user_name", None)),
                project=(instance.project_id, getattr(context, "project_name", None)),
                image_id=image_meta.id,
                serial=self._serial(instance),
                ports=_ports(network_info),
            ),
            hardware=hardware,
            virt_type=self.virt_type,
            arch=self._host.capabilities().arch,
            machine=machine,
            vcpus=instance.flavor.vcpus,
            memory_mb=instance.flavor.memory_mb,
            topology=hw.topology(instance.flavor, image_meta, hardware),
            cpu=cpu_model(self.virt_type, self._host.capabilities().arch),
            disks=made,
            nics=nics(network_info),
            console_log=str(directory.console_log),
            graphics=Graphics(CONF.vnc.server_listen) if CONF.vnc.enabled else None,
            kernel=self._kernel(instance, hardware, made),
            rng_path=CONF.libvirt.rng_dev_path or None,
            memory_stats_period=CONF.libvirt.mem_stats_period_seconds,
            pcie_ports=CONF.libvirt.num_pcie_ports,
            tb_cache_mb=CONF.libvirt.tb_cache_mb,
        )

    def xml(self, context, instance, image_meta, hardware, planned, network_info, machine: str) -> str:
        """Return the XML of a server's guest, and note its disks in disk.info."""
        guest = self.guest(context, instance, image_meta, hardware, planned, network_info, machine)
        disks.InstanceDirectory(instance.uuid).write_info(guest.disks)
        text = domain.build(guest)
        LOG.debug("guest %s:\n%s", instance.uuid, text)
        return text


def contents(instance, network_info, admin_password, injected_files) -> metadata.InstanceMetadata:
    """Return what goes on a config drive; `injected_files`: (path, base64 text) as the request had them.

    Raises:
        InvalidInput: a file is no base64.
    """
    try:
        files = [(path, base64.b64decode(text or "")) for path, text in injected_files or ()]
    except (binascii.Error, ValueError) as error:
        raise exception.InvalidInput(reason=f"a personality file is no base64: {error}") from error
    return metadata.InstanceMetadata(instance, network_info, admin_password=admin_password, files=files)
