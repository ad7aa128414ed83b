"""What a server's hardware shall be: one table of image properties and extra specs, typed and checked.

`check()` refuses a bad value, or an image that contradicts its flavor, with an error of code 400: nova-api
calls it when a server is made, so the mistake is told to the person who made it and not to a log. `view()`
gives the same values, typed, to the virt driver. Names, choices and rules are Nova's ("Useful image
properties" and "Extra Specs" of Nova's and Glance's documentation); what nova-lite's driver does not do is
refused here and not passed over in silence.

A property that is not in the table is the user's own and is left alone.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from oslo_utils import strutils

from nova_lite import exception

# -- kinds: from the text of a property to a value; ValueError says what would be right


def choice(*values: str) -> Callable[[str], str]:
    """Return a reader of one of some words."""

    def read(text: str) -> str:
        if text not in values:
            raise ValueError(f"must be one of {', '.join(values)}")
        return text

    return read


def boolean(text: str) -> bool:
    """Read true/false, yes/no, on/off, 1/0."""
    try:
        return strutils.bool_from_string(text, strict=True)
    except ValueError:
        raise ValueError("must be true or false") from None


def integer(low: int, high: int | None = None) -> Callable[[str], int]:
    """Return a reader of a number between two bounds."""

    def read(text: str) -> int:
        bounds = f"a number from {low}" + (f" to {high}" if high is not None else "")
        if not re.fullmatch(r"-?\d{1,18}", text):
            raise ValueError(f"must be {bounds}")
        value = int(text)
        if value < low or (high is not None and value > high):
            raise ValueError(f"must be {bounds}")
        return value

    return read


def pattern(expression: str, what: str) -> Callable[[str], str]:
    """Return a reader of text of a certain form."""
    compiled = re.compile(expression)

    def read(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"must be {what}")
        return text

    return read


def only(*values: str, because: str) -> Callable[[str], str]:
    """Return a reader that takes the values which need nothing, and refuses the feature otherwise."""

    def read(text: str) -> str:
        if text.lower() not in values:
            allowed = f"; allowed here: {', '.join(values)}" if values else ""
            raise ValueError(f"nova-lite {because}{allowed}")
        return text

    return read


def text(value: str) -> str:
    """Read any text of a line."""
    if len(value) > 1024 or any(ord(letter) < 32 for letter in value):
        raise ValueError("must be one line of at most 1024 characters")
    return value


# -- rules: which value counts where image and flavor both have one


def flavor_wins(_row: "Row", _image: Any, flavor: Any) -> Any:
    """The flavor's."""
    return flavor


def image_wins(_row: "Row", image: Any, _flavor: Any) -> Any:
    """The image's."""
    return image


def either(_row: "Row", image: Any, flavor: Any) -> Any:
    """True where one of them is."""
    return image or flavor


def same(row: "Row", image: Any, flavor: Any) -> Any:
    """They must agree."""
    if image != flavor:
        raise exception.FlavorImageConflict(prop=row.image, flavor_val=flavor, image_val=image)
    return flavor


def at_most(row: "Row", image: Any, flavor: Any) -> Any:
    """The image's, up to the flavor's."""
    if image > flavor:
        raise exception.InvalidImagePropertyValue(
            name=row.image, value=image, reason=f"the flavor allows {flavor} at most ({row.spec})"
        )
    return image


@dataclasses.dataclass(frozen=True)
class Row:
    """One row: a value's `name` in the view, its `image` property, its extra `spec`, and what it does.

    `legacy`: an older name of the property or the spec, read when the newer one is absent.
    """

    name: str
    image: str | None
    spec: str | None
    read: Callable[[str], Any]
    effect: str
    rule: Callable[["Row", Any, Any], Any] = flavor_wins
    default: Any = None
    legacy: str | None = None


DISK_BUSES = ("virtio", "scsi", "sata", "ide", "usb", "fdc")
VIF_MODELS = ("virtio", "e1000", "e1000e", "igb", "rtl8139", "ne2k_pci", "pcnet", "vmxnet3")
VIDEO_MODELS = ("virtio", "vga", "qxl", "cirrus", "vmvga", "bochs", "gop", "none")
SCSI_MODELS = ("virtio-scsi", "buslogic", "lsilogic", "lsisas1068", "lsisas1078", "vmpvscsi")
SOUND_MODELS = ("sb16", "es1370", "pcspk", "ac97", "ich6", "ich9", "usb")
USB_MODELS = (
    "piix3-uhci", "piix4-uhci", "ehci", "ich9-ehci1", "vt82c686b-uhci", "pci-ohci", "nec-xhci",
    "qemu-xhci", "none",
)  # fmt: skip
_COUNT = integer(1, 512)
_NO_PINNING = "does not pin CPUs"

TABLE: tuple[Row, ...] = (
    # -- disks, NICs
    Row("disk_bus", "hw_disk_bus", None, choice(*DISK_BUSES), "bus of root and other disks"),
    Row("cdrom_bus", "hw_cdrom_bus", None, choice(*DISK_BUSES[:-1]), "bus of CD-ROMs and the config drive"),
    Row("floppy_bus", "hw_floppy_bus", None, choice("fdc"), "bus of floppy disks", default="fdc"),
    Row("scsi_model", "hw_scsi_model", None, choice(*SCSI_MODELS), "model of the SCSI controller"),
    Row("vif_model", "hw_vif_model", None, choice(*VIF_MODELS), "model of the NICs", default="virtio"),
    Row("vif_multiqueue", "hw_vif_multiqueue_enabled", "hw:vif_multiqueue_enabled", boolean,
        "a NIC queue a VCPU", rule=same, default=False),
    Row("virtio_packed_ring", "hw_virtio_packed_ring", "hw:virtio_packed_ring", boolean,
        "packed virtqueues", rule=same, default=False),
    # -- machine and firmware
    Row("machine_type", "hw_machine_type", None,
        pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", "the name of a QEMU machine"), "machine type"),
    Row("firmware_type", "hw_firmware_type", None, choice("bios", "uefi"), "firmware"),
    Row("firmware_stateless", "hw_firmware_stateless", None, boolean, "UEFI without variables",
        default=False),
    Row("secure_boot", "os_secure_boot", "os:secure_boot", choice("required", "optional", "disabled"),
        "UEFI with secure boot", rule=same),
    Row("boot_menu", "hw_boot_menu", "hw:boot_menu", boolean, "boot menu", default=False),
    Row("architecture", "hw_architecture", None, pattern(r"[a-z0-9_]{1,32}", "an architecture"),
        "filter; architecture of the guest", legacy="architecture"),
    Row("emulation_architecture", "hw_emulation_architecture", None,
        only(because="emulates no other architecture"), "architecture emulated"),
    Row("vm_mode", "hw_vm_mode", None, only("hvm", because="makes hvm guests only"), "filter",
        legacy="vm_mode"),
    Row("tpm_version", "hw_tpm_version", "hw:tpm_version", choice("1.2", "2.0"), "emulated TPM", rule=same),
    Row("tpm_model", "hw_tpm_model", "hw:tpm_model", choice("tpm-tis", "tpm-crb"), "its model", rule=same),
    Row("tpm_secret_security", None, "hw:tpm_secret_security", only(because="does not encrypt TPM state"),
        "who can read the TPM's secret"),
    Row("viommu_model", "hw_viommu_model", "hw:viommu_model", choice("intel", "virtio", "auto"),
        "virtual IOMMU", rule=same),
    # -- devices
    Row("qemu_guest_agent", "hw_qemu_guest_agent", None, boolean, "channel of the guest agent",
        default=False),
    Row("require_quiesce", "os_require_quiesce", None, boolean, "snapshots only with frozen disks",
        default=False),
    Row("rng_model", "hw_rng_model", None, choice("virtio"), "random number device", default="virtio"),
    Row("rng_allowed", None, "hw_rng:allowed", boolean, "whether there is one", default=True),
    Row("rng_rate_bytes", None, "hw_rng:rate_bytes", integer(1, 2**31), "bytes a period from it"),
    Row("rng_rate_period", None, "hw_rng:rate_period", integer(1, 2**31), "the period in ms"),
    Row("watchdog_action", "hw_watchdog_action", "hw:watchdog_action",
        choice("none", "pause", "poweroff", "reset", "disabled"), "i6300esb watchdog", rule=image_wins),
    Row("video_model", "hw_video_model", None, choice(*VIDEO_MODELS), "video card"),
    Row("video_ram", "hw_video_ram", "hw_video:ram_max_mb", integer(0, 4096), "MiB of video memory",
        rule=at_most),
    Row("serial_port_count", "hw_serial_port_count", "hw:serial_port_count", integer(0, 4),
        "serial ports", rule=at_most, default=1),
    Row("pointer_model", "hw_pointer_model", None, choice("usbtablet", "ps2mouse"), "pointer"),
    Row("input_bus", "hw_input_bus", None, choice("usb", "virtio"), "bus of the pointer"),
    Row("sound_model", "hw_sound_model", "hw:sound_model", choice(*SOUND_MODELS), "sound card"),
    Row("usb_model", "hw_usb_model", "hw:usb_model", choice(*USB_MODELS), "USB controller"),
    Row("redirected_usb_ports", "hw_redirected_usb_ports", "hw:redirected_usb_ports",
        only("0", because="has no SPICE"), "USB redirection"),
    # -- CPU and clock
    *[
        Row(f"cpu_{limit}{part}", f"hw_cpu_{limit}{part}", f"hw:cpu_{limit}{part}", _COUNT,
                 f"CPU topology: {'at most this many' if limit else 'number of'} {part}",
                 rule=at_most if limit else flavor_wins)
        for limit in ("", "max_") for part in ("sockets", "cores", "threads")
    ],
    Row("cpu_policy", "hw_cpu_policy", "hw:cpu_policy", only("shared", because=_NO_PINNING), "pinning"),
    Row("cpu_thread_policy", "hw_cpu_thread_policy", "hw:cpu_thread_policy",
        only("prefer", because=_NO_PINNING), "pinning"),
    Row("cpu_dedicated_mask", None, "hw:cpu_dedicated_mask", only(because=_NO_PINNING), "pinning"),
    Row("emulator_threads_policy", None, "hw:emulator_threads_policy", only(because=_NO_PINNING), "pinning"),
    Row("cpu_realtime_mask", "hw_cpu_realtime_mask", "hw:cpu_realtime_mask",
        only(because="has no real-time CPUs"), "real time"),
    Row("cpu_realtime", None, "hw:cpu_realtime", only("false", "no", "0", because="has no real-time CPUs"),
        "real time"),
    Row("numa_nodes", "hw_numa_nodes", "hw:numa_nodes", only("1", because="makes no NUMA guests"), "NUMA"),
    Row("mem_page_size", "hw_mem_page_size", "hw:mem_page_size",
        only("small", "any", because="gives small pages only"), "page size"),
    Row("locked_memory", "hw_locked_memory", "hw:locked_memory",
        only("false", "no", "0", because="does not lock memory"), "locked memory"),
    Row("mem_encryption", "hw_mem_encryption", "hw:mem_encryption",
        only("false", "no", "0", because="does not encrypt memory"), "AMD SEV"),
    Row("pci_numa_affinity_policy", "hw_pci_numa_affinity_policy", "hw:pci_numa_affinity_policy",
        choice("required", "legacy", "preferred", "socket"), "none: no PCI devices are passed through"),
    Row("pmu", "hw_pmu", "hw:pmu", boolean, "performance counters", rule=same),
    Row("hide_hypervisor", "img_hide_hypervisor_id", "hw:hide_hypervisor_id", boolean, "hide KVM",
        rule=either, default=False, legacy="hide_hypervisor_id"),
    Row("maxphysaddr_mode", "hw_maxphysaddr_mode", "hw:maxphysaddr_mode", choice("passthrough", "emulate"),
        "CPU address bits", rule=same),
    Row("maxphysaddr_bits", "hw_maxphysaddr_bits", "hw:maxphysaddr_bits", integer(32, 64),
        "their number", rule=same),
    Row("time_hpet", "hw_time_hpet", None, boolean, "HPET timer", default=False),
    # -- disks of special kinds
    Row("ephemeral_encryption", "hw_ephemeral_encryption", "hw:ephemeral_encryption",
        only("false", "no", "0", because="does not encrypt local disks"), "LUKS"),
    Row("rescue_device", "hw_rescue_device", None, choice("disk", "cdrom", "floppy"), "device of a rescue"),
    Row("rescue_bus", "hw_rescue_bus", None, choice(*DISK_BUSES[:-1]), "its bus"),
    Row("auto_disk_config", "hw_auto_disk_config", None, boolean, "default of OS-DCF:diskConfig",
        legacy="auto_disk_config"),
    Row("config_drive", "img_config_drive", None, choice("mandatory", "optional"), "config drive",
        default="optional"),
    # -- the operating system
    Row("hv_type", "img_hv_type", None, text, "filter", legacy="hypervisor_type"),
    Row("os_type", "os_type", None, pattern(r"[A-Za-z0-9_.-]{1,64}", "a word such as linux or windows"),
        "windows: clock and Hyper-V features; file system of ephemeral disks"),
    Row("os_distro", "os_distro", None, text, "none"),
    Row("os_admin_user", "os_admin_user", None, pattern(r"[^\s:/]{1,64}", "a user name"),
        "user of changePassword"),
    Row("os_command_line", "os_command_line", None, text, "kernel's command line, with kernel_id"),
    Row("os_shutdown_timeout", "os_shutdown_timeout", None, integer(0, 86400),
        "seconds for a clean shutdown"),
    # -- limits
    Row("cpu_shares", None, "quota:cpu_shares", integer(2, 262144), "cputune"),
    Row("cpu_period", None, "quota:cpu_period", integer(1000, 1000000), "cputune, microseconds"),
    Row("cpu_quota", None, "quota:cpu_quota", integer(-1, 17592186044415), "cputune, microseconds"),
    *[
        Row(f"disk_{way}_{unit}_sec", None, f"quota:disk_{way}_{unit}_sec", integer(0),
                 f"iotune: {unit} a second, {way}")
        for way in ("read", "write", "total") for unit in ("bytes", "iops")
    ],
    *[
        Row(f"vif_{way}_{kind}", None, f"quota:vif_{way}_{kind}", integer(1, 2**32 - 1),
                 f"NIC bandwidth {way}: {kind}, " + ("KiB" if kind == "burst" else "KiB/s"))
        for way in ("inbound", "outbound") for kind in ("average", "peak", "burst")
    ],
    # -- devices that this driver has not
    Row("pci_alias", None, "pci_passthrough:alias", only(because="passes no PCI devices through"), "PCI"),
    Row("device_profile", None, "accel:device_profile", only(because="has no accelerators"), "Cyborg"),
    Row("pmem", None, "hw:pmem", only(because="has no persistent memory"), "pmem"),
)  # fmt: skip

#: Families of extra specs that the driver cannot do: beginning of the key → why.
REFUSED_FAMILIES = {
    "hw:numa_cpus.": "makes no NUMA guests",
    "hw:numa_mem.": "makes no NUMA guests",
    "hw_numa_cpus.": "makes no NUMA guests",
    "hw_numa_mem.": "makes no NUMA guests",
}


class Hardware:
    """The typed values of a flavor and an image: one attribute a row of TABLE (`hardware.disk_bus`)."""

    def __init__(self, values: Mapping[str, Any]):
        self._values = dict(values)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_values"][name]
        except KeyError:
            raise AttributeError(name) from None

    def items(self) -> Iterator[tuple[str, Any]]:
        """Return (name, value) of each row."""
        return iter(self._values.items())

    @property
    def uefi(self) -> bool:
        """Whether the firmware is UEFI: asked for, or needed by secure boot."""
        return self.firmware_type == "uefi" or self.secure_boot == "required"

    @property
    def windows(self) -> bool:
        """Whether the guest is Windows."""
        return (self.os_type or "").lower() == "windows"


def _value(row: Row, name: str | None, source: Mapping[str, str | None], *, flavor: bool) -> Any:
    """Return the typed value of one side, or None where it is not set."""
    if name is None:
        return None
    found = source.get(name)
    if found is None and row.legacy is not None:
        name, found = row.legacy, source.get(row.legacy)
    if found is None or found == "":
        return None
    try:
        return row.read(str(found))
    except ValueError as error:
        kind = exception.InvalidExtraSpecValue if flavor else exception.InvalidImagePropertyValue
        raise kind(name=name, value=found, reason=str(error)) from None


def _refuse_families(source: Mapping[str, str | None], kind: type[exception.NovaException]) -> None:
    for key, value in source.items():
        for start, why in REFUSED_FAMILIES.items():
            if key.startswith(start):
                raise kind(name=key, value=value, reason=f"nova-lite {why}")


def view(flavor, image_meta) -> Hardware:
    """Return the typed values of a flavor (objects.Flavor) and an image (objects.ImageMeta).

    Raises:
        InvalidImagePropertyValue: a property of the image has a value that it cannot have.
        InvalidExtraSpecValue: an extra spec of the flavor has one.
        FlavorImageConflict: flavor and image contradict each other.
    """
    specs, properties = flavor.extra_specs or {}, image_meta.properties or {}
    _refuse_families(specs, exception.InvalidExtraSpecValue)
    _refuse_families(properties, exception.InvalidImagePropertyValue)
    values = {}
    for row in TABLE:
        of_image = _value(row, row.image, properties, flavor=False)
        of_flavor = _value(row, row.spec, specs, flavor=True)
        if of_image is None:
            value = of_flavor
        elif of_flavor is None:
            value = of_image
        else:
            value = row.rule(row, of_image, of_flavor)
        values[row.name] = row.default if value is None else value
    hardware = Hardware(values)
    if hardware.video_ram is not None and properties.get("hw_video_ram") is None:
        values["video_ram"] = None  # a limit of the flavor alone asks for nothing
        hardware = Hardware(values)
    return hardware


# -- what must fit together


@dataclasses.dataclass(frozen=True)
class Topology:
    """Sockets, cores a socket, threads a core."""

    sockets: int
    cores: int
    threads: int


def topology(flavor, image_meta, hardware: Hardware | None = None) -> Topology:
    """Return the CPU topology: what is asked for is kept, the rest is filled with sockets, then cores.

    Raises:
        InvalidImagePropertyValue: the numbers of image and flavor do not multiply to the flavor's VCPUs.
    """
    hardware = hardware or view(flavor, image_meta)
    asked = {part: getattr(hardware, f"cpu_{part}") for part in ("sockets", "cores", "threads")}
    limits = {part: getattr(hardware, f"cpu_max_{part}") or flavor.vcpus for part in asked}
    for part, number in asked.items():
        if number is not None and number > limits[part]:
            raise exception.InvalidImagePropertyValue(
                name=f"hw_cpu_{part}",
                value=number,
                reason=f"at most {limits[part]} (hw_cpu_max_{part}) are allowed",
            )

    def options(part: str) -> list[int]:
        if asked[part] is not None:
            return [asked[part]]
        return [number for number in range(1, limits[part] + 1) if flavor.vcpus % number == 0]

    fitting = [
        Topology(sockets, cores, threads)
        for threads in options("threads")
        for cores in options("cores")
        for sockets in options("sockets")
        if sockets * cores * threads == flavor.vcpus
    ]
    if not fitting:
        raise exception.InvalidImagePropertyValue(
            name="hw_cpu_sockets, hw_cpu_cores, hw_cpu_threads",
            value="x".join(str(number or "?") for number in asked.values()),
            reason=f"no topology within the limits has the flavor's {flavor.vcpus} VCPUs",
        )
    return max(fitting, key=lambda each: (each.sockets, each.cores))


def _is_q35(hardware: Hardware) -> bool:
    return hardware.machine_type is not None and "q35" in hardware.machine_type


def _is_pc(hardware: Hardware) -> bool:
    machine = hardware.machine_type
    return machine is not None and (machine == "pc" or machine.startswith("pc-i440fx"))


#: (when, property, reason): combinations that no machine can be.
CONTRADICTIONS: tuple[tuple[Callable[[Hardware], bool], str, str], ...] = (
    (lambda hw: hw.secure_boot == "required" and hw.firmware_type == "bios", "hw_firmware_type",
     "secure boot needs uefi"),
    (lambda hw: hw.secure_boot == "required" and _is_pc(hw), "hw_machine_type", "secure boot needs q35"),
    (lambda hw: hw.firmware_stateless and not hw.uefi, "hw_firmware_stateless", "needs uefi"),
    (lambda hw: hw.tpm_model == "tpm-crb" and hw.tpm_version == "1.2", "hw_tpm_model", "crb needs TPM 2.0"),
    (lambda hw: hw.tpm_model is not None and hw.tpm_version is None, "hw_tpm_model", "needs hw_tpm_version"),
    (lambda hw: _is_q35(hw) and "ide" in (hw.disk_bus, hw.cdrom_bus), "hw_disk_bus", "q35 has no ide"),
    (lambda hw: hw.disk_bus == "fdc", "hw_disk_bus", "a root disk cannot be a floppy disk"),
    (lambda hw: hw.cdrom_bus == "virtio", "hw_cdrom_bus", "there are no virtio CD-ROMs"),
    (lambda hw: hw.viommu_model == "intel" and _is_pc(hw), "hw_viommu_model", "intel needs q35"),
    (lambda hw: hw.rng_rate_period is not None and hw.rng_rate_bytes is None, "hw_rng:rate_period",
     "needs hw_rng:rate_bytes"),
    (lambda hw: hw.cpu_quota is not None and 0 <= hw.cpu_quota < 1000, "quota:cpu_quota",
     "must be -1 (no limit) or at least 1000"),
    (lambda hw: hw.maxphysaddr_mode == "passthrough" and hw.maxphysaddr_bits is not None,
     "hw_maxphysaddr_bits", "needs hw_maxphysaddr_mode=emulate"),
    (lambda hw: hw.maxphysaddr_bits is not None and hw.maxphysaddr_mode is None, "hw_maxphysaddr_bits",
     "needs hw_maxphysaddr_mode=emulate"),
    *[
        (lambda hw, unit=unit: bool(
            getattr(hw, f"disk_total_{unit}_sec")
            and (getattr(hw, f"disk_read_{unit}_sec") or getattr(hw, f"disk_write_{unit}_sec"))
        ), f"quota:disk_total_{unit}_sec", "excludes the limits of reading and writing")
        for unit in ("bytes", "iops")
    ],
    *[
        (lambda hw, way=way: getattr(hw, f"vif_{way}_average") is None and (
            getattr(hw, f"vif_{way}_peak") or getattr(hw, f"vif_{way}_burst")
        ) is not None, f"quota:vif_{way}_average", "must be set when peak or burst are")
        for way in ("inbound", "outbound")
    ],
)  # fmt: skip


def check(flavor, image_meta) -> Hardware:
    """Check a flavor and an image together, and return their view.

    Raises:
        InvalidImagePropertyValue, InvalidExtraSpecValue, FlavorImageConflict: as `view`, and for combinations
            that no machine can be; all have code 400.
    """
    hardware = view(flavor, image_meta)
    specs = flavor.extra_specs or {}
    for wrong, name, reason in CONTRADICTIONS:
        if wrong(hardware):
            row = next(row for row in TABLE if name in (row.image, row.spec))
            kind = exception.InvalidExtraSpecValue if name in specs else exception.InvalidImagePropertyValue
            raise kind(name=name, value=str(getattr(hardware, row.name)), reason=reason)
    topology(flavor, image_meta, hardware)
    return hardware
