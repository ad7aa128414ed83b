"""The <devices> of a domain."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from nova_lite.virt.libvirt.xml.element import element
from nova_lite.virt.libvirt.xml.guest import Disk, Guest, Nic

#: Suffixes of `quota:disk_…` (and of the view's names), which are also the elements of <iotune>.
IOTUNE = tuple(f"{way}_{unit}_sec" for unit in ("bytes", "iops") for way in ("total", "read", "write"))


def _packed(guest: Guest, virtio: bool) -> str | None:
    return "on" if virtio and guest.hardware.virtio_packed_ring else None


def disk(guest: Guest, of: Disk) -> ET.Element:
    """Return a disk, CD-ROM or floppy disk."""
    limits = []
    if of.device == "disk":
        for name in IOTUNE:
            value = getattr(guest.hardware, f"disk_{name}")
            if value is not None:
                limits.append(element(name, value))
    return element(
        "disk",
        element(
            "driver",
            name="qemu",
            type_=of.format,
            cache=of.cache,
            io=of.io,
            discard="unmap" if of.device == "disk" and of.bus in ("virtio", "scsi") else None,
            packed=_packed(guest, of.bus == "virtio"),
        ),
        element("source", file=of.path),
        element("target", dev=of.target, bus=of.bus),
        element("iotune", *limits) if limits else None,
        element("readonly") if of.device == "cdrom" else None,
        element("serial", of.serial) if of.serial else None,
        element("boot", order=of.boot_order) if of.boot_order and guest.kernel is None else None,
        type_="file",
        device=of.device,
    )


def nic(guest: Guest, of: Nic) -> ET.Element:
    """Return an interface."""
    hardware = guest.hardware
    virtio = hardware.vif_model == "virtio"
    limits = []
    for way in ("inbound", "outbound"):
        average = getattr(hardware, f"vif_{way}_average")
        if average is not None:
            numbers = {kind: getattr(hardware, f"vif_{way}_{kind}") for kind in ("peak", "burst")}
            limits.append(element(way, average=average, **numbers))
    queues = guest.vcpus if virtio and hardware.vif_multiqueue and guest.vcpus > 1 else None
    packed = _packed(guest, virtio)
    return element(
        "interface",
        element("mac", address=of.address),
        element("source", bridge=of.bridge) if of.type == "bridge" else None,
        element("virtualport", element("parameters", interfaceid=of.interface_id), type_="openvswitch")
        if of.type == "bridge" and of.interface_id
        else None,
        element("target", dev=of.target, managed="no" if of.type == "ethernet" else None)
        if of.target
        else None,
        element("model", type_=hardware.vif_model),
        element("driver", queues=queues, packed=packed) if queues or packed else None,
        element("mtu", size=of.mtu) if of.mtu else None,
        element("bandwidth", *limits) if limits else None,
        type_=of.type,
    )


def serials(guest: Guest) -> Iterator[ET.Element]:
    """Yield the serial ports; the first one's output goes to the console log, through virtlogd."""
    for port in range(guest.hardware.serial_port_count):
        log = (
            element("log", file=guest.console_log, append="off") if port == 0 and guest.console_log else None
        )
        yield element("serial", log, element("target", port=port), type_="pty")


def controllers(guest: Guest) -> Iterator[ET.Element]:
    """Yield the controllers that libvirt does not add by itself."""
    if any(of.bus == "scsi" for of in guest.disks):
        yield element("controller", type_="scsi", index=0, model=guest.hardware.scsi_model or "virtio-scsi")
    if guest.pcie_ports and guest.q35:
        yield element("controller", type_="pci", index=0, model="pcie-root")
        for _ in range(guest.pcie_ports):
            yield element("controller", type_="pci", model="pcie-root-port")
    model = guest.hardware.usb_model
    if model is None and not _needs_usb(guest):
        model = "none"
    if model is not None:
        yield element("controller", type_="usb", index=0, model=model)


def _pointer(guest: Guest) -> tuple[str, str] | None:
    """Return (type, bus) of the pointer; a display without one gets the tablet, as in Nova."""
    hardware = guest.hardware
    if guest.graphics is None and hardware.pointer_model is None:
        return None
    if hardware.pointer_model == "ps2mouse" or hardware.usb_model == "none":
        return None  # a PC has a PS/2 mouse anyway
    return "tablet", hardware.input_bus or "usb"


def _needs_usb(guest: Guest) -> bool:
    pointer = _pointer(guest)
    return (
        (pointer is not None and pointer[1] == "usb")
        or any(of.bus == "usb" for of in guest.disks)
        or guest.hardware.sound_model == "usb"
        or not guest.x86
    )


def inputs(guest: Guest) -> Iterator[ET.Element]:
    """Yield the pointer, and the keyboard where the machine has none."""
    pointer = _pointer(guest)
    if pointer is not None:
        yield element("input", type_=pointer[0], bus=pointer[1])
    if guest.graphics is not None and not guest.x86:
        yield element("input", type_="keyboard", bus="usb")


def display(guest: Guest) -> Iterator[ET.Element]:
    """Yield the VNC server and the video card."""
    if guest.graphics is not None:
        yield element("graphics", type_="vnc", port=-1, autoport="yes", listen=guest.graphics.listen)
    model = guest.hardware.video_model or ("virtio" if guest.graphics is not None else "none")
    ram = guest.hardware.video_ram
    vram = ram * 1024 if ram and model in ("vga", "qxl", "cirrus", "vmvga", "bochs") else None
    yield element("video", element("model", type_=model, vram=vram))


def optional(guest: Guest) -> Iterator[ET.Element]:
    """Yield the devices that properties ask for."""
    hardware = guest.hardware
    if hardware.qemu_guest_agent:
        yield element(
            "channel", element("target", type_="virtio", name="org.qemu.guest_agent.0"), type_="unix"
        )
    if hardware.sound_model is not None:
        yield element("sound", model=hardware.sound_model)
    if hardware.watchdog_action not in (None, "disabled"):
        yield element("watchdog", model="i6300esb", action=hardware.watchdog_action)
    if hardware.tpm_version is not None:
        yield element(
            "tpm",
            element("backend", type_="emulator", version=hardware.tpm_version),
            model=hardware.tpm_model or "tpm-tis",
        )
    if hardware.rng_allowed and guest.rng_path:
        rate = None
        if hardware.rng_rate_bytes is not None:
            rate = element("rate", bytes=hardware.rng_rate_bytes, period=hardware.rng_rate_period)
        yield element("rng", rate, element("backend", guest.rng_path, model="random"), model="virtio")
    if hardware.viommu_model is not None:
        yield iommu(guest)


def iommu(guest: Guest) -> ET.Element:
    """Return the virtual IOMMU; `auto` is intel on q35, else virtio."""
    model = guest.hardware.viommu_model
    if model == "auto":
        model = "intel" if guest.q35 else "virtio"
    if model == "virtio":
        return element("iommu", model=model)
    driver = element("driver", intremap="on", caching_mode="on", iotlb="on")
    return element("iommu", driver, model=model)


def memballoon(guest: Guest) -> ET.Element:
    """Return the balloon, whose statistics tell how much of its memory the guest uses."""
    period = guest.memory_stats_period
    return element("memballoon", element("stats", period=period) if period else None, model="virtio")


def build(guest: Guest) -> ET.Element:
    """Return <devices>."""
    return element(
        "devices",
        *[disk(guest, of) for of in guest.disks],
        *controllers(guest),
        *[nic(guest, of) for of in guest.nics],
        *serials(guest),
        *inputs(guest),
        *display(guest),
        *optional(guest),
        memballoon(guest),
    )
