"""The <domain>: a list of builders, in the order of libvirt's page."""

from collections.abc import Callable
from xml.etree import ElementTree as ET

from nova_lite import version
from nova_lite.virt.libvirt.xml import devices
from nova_lite.virt.libvirt.xml.element import element, nova, to_text
from nova_lite.virt.libvirt.xml.guest import Guest

#: Name of this program in the metadata of its guests: how it knows them again.
PACKAGE = "nova-lite"

MANUFACTURER, PRODUCT, FAMILY = "OpenStack Foundation", "OpenStack Nova", "Virtual Machine"
#: Hyper-V features of Windows guests (Nova's choice); spinlocks has a number of retries.
HYPERV_FEATURES = (
    "relaxed", "vapic", "vpindex", "runtime", "synic", "reset", "frequencies", "tlbflush", "ipi",
)  # fmt: skip
HYPERV_SPINLOCK_RETRIES = 8191


def metadata(guest: Guest) -> ET.Element:
    """Return the nova:instance element."""
    who, flavor = guest.identity, guest.identity.flavor
    people = [
        nova(tag, name or identifier, uuid=identifier)
        for tag, (identifier, name) in (("user", who.user), ("project", who.project))
        if identifier
    ]
    ports = [
        nova(
            "port",
            *[nova("ip", type_="fixed", address=ip, ipVersion=6 if ":" in ip else 4) for ip in ips],
            uuid=port,
        )
        for port, ips in who.ports
    ]
    return element(
        "metadata",
        nova(
            "instance",
            nova("package", version=version.__version__, name=PACKAGE),
            nova("name", who.display_name or ""),
            nova("creationTime", who.created),
            nova(
                "flavor",
                nova("memory", flavor.memory_mb),
                nova("disk", flavor.root_gb),
                nova("swap", flavor.swap),
                nova("ephemeral", flavor.ephemeral_gb),
                nova("vcpus", flavor.vcpus),
                name=flavor.name,
            ),
            nova("owner", *people),
            nova("root", type_="image", uuid=who.image_id) if who.image_id else None,
            nova("ports", *ports) if ports else None,
        ),
    )


def is_ours(metadata_xml: str) -> bool:
    """Return whether the nova:instance element (as virDomainGetMetadata returns it) was made by nova-lite."""
    try:
        root = ET.fromstring(metadata_xml)  # noqa: S314 - libvirt's answer
    except ET.ParseError:
        return False
    # libvirt 9 gives the elements without their namespace; be content with either.
    return any(child.tag.rpartition("}")[2] == "package" and child.get("name") == PACKAGE for child in root)


def memory(guest: Guest) -> ET.Element:
    """Return the memory in KiB."""
    return element("memory", guest.memory_mb * 1024, unit="KiB")


def current_memory(guest: Guest) -> ET.Element:
    """Return what it starts with: all."""
    return element("currentMemory", guest.memory_mb * 1024, unit="KiB")


def vcpu(guest: Guest) -> ET.Element:
    """Return the number of VCPUs."""
    return element("vcpu", guest.vcpus, placement="static")


def cputune(guest: Guest) -> ET.Element | None:
    """Return the limits of `quota:cpu_*`."""
    limits = {"shares": "cpu_shares", "period": "cpu_period", "quota": "cpu_quota"}
    found = [
        element(tag, getattr(guest.hardware, name))
        for tag, name in limits.items()
        if getattr(guest.hardware, name) is not None
    ]
    return element("cputune", *found) if found else None


def sysinfo(guest: Guest) -> ET.Element | None:
    """Return what SMBIOS tells the guest about itself."""
    if not guest.x86 and guest.arch != "aarch64":
        return None
    entries = {
        "manufacturer": MANUFACTURER,
        "product": PRODUCT,
        "version": version.__version__,
        "serial": guest.identity.serial,
        "uuid": guest.identity.uuid,
        "family": FAMILY,
    }
    return element(
        "sysinfo",
        element("system", *[element("entry", text, name=name) for name, text in entries.items() if text]),
        type_="smbios",
    )


def _firmware(guest: Guest) -> list[ET.Element]:
    hardware = guest.hardware
    if not hardware.uefi:
        return []
    secure = hardware.secure_boot == "required"
    found = [
        element(
            "firmware",
            # Said in both cases: libvirt would else take the first firmware that fits, a secure one on q35.
            element("feature", enabled=secure, name="secure-boot"),
            element("feature", enabled=True, name="enrolled-keys") if secure else None,
        )
    ]
    if hardware.firmware_stateless:
        found.append(element("loader", stateless=True))
    elif secure:
        found.append(element("loader", secure=True))
    return found


def os_(guest: Guest) -> ET.Element:
    """Return how it boots; which disk it boots is said at the disks."""
    kernel = guest.kernel
    boot = []
    if kernel is not None:
        boot = [
            element("kernel", kernel.kernel),
            element("initrd", kernel.ramdisk) if kernel.ramdisk else None,
            element("cmdline", kernel.command_line),
        ]
    menu = element("bootmenu", enable=True) if guest.hardware.boot_menu else None
    smbios = element("smbios", mode="sysinfo") if sysinfo(guest) is not None else None
    return element(
        "os",
        element("type", "hvm", arch=guest.arch, machine=guest.machine),
        *_firmware(guest),
        *boot,
        menu,
        smbios,
        firmware="efi" if guest.hardware.uefi else None,
    )


def features(guest: Guest) -> ET.Element:
    """Return the features of the machine."""
    hardware = guest.hardware
    found: list[ET.Element] = [element("acpi")]
    if guest.x86:
        found.append(element("apic"))
    if hardware.windows and guest.x86 and guest.virt_type == "kvm":
        found.append(
            element(
                "hyperv",
                *[element(name, state="on") for name in HYPERV_FEATURES[:2]],
                element("spinlocks", state="on", retries=HYPERV_SPINLOCK_RETRIES),
                *[element(name, state="on") for name in HYPERV_FEATURES[2:]],
                element("vendor_id", state="on", value="1234567890ab") if hardware.hide_hypervisor else None,
            )
        )
    if hardware.hide_hypervisor and guest.virt_type == "kvm":
        found.append(element("kvm", element("hidden", state="on")))
    if hardware.pmu is not None:
        found.append(element("pmu", state="on" if hardware.pmu else "off"))
    found.append(element("vmcoreinfo", state="on"))
    if hardware.viommu_model is not None and devices.iommu(guest).get("model") == "intel":
        found.append(element("ioapic", driver="qemu"))
    if hardware.secure_boot == "required":
        found.append(element("smm", state="on"))
    if guest.tb_cache_mb and guest.virt_type == "qemu":
        found.append(element("tcg", element("tb-cache", guest.tb_cache_mb, unit="MiB")))
    return element("features", *found)


def cpu(guest: Guest) -> ET.Element:
    """Return the CPU's model and topology."""
    model, hardware = guest.cpu, guest.hardware
    topology = element(
        "topology", sockets=guest.topology.sockets, cores=guest.topology.cores, threads=guest.topology.threads
    )
    bits = None
    if hardware.maxphysaddr_mode is not None:
        bits = element("maxphysaddr", mode=hardware.maxphysaddr_mode, bits=hardware.maxphysaddr_bits)
    flags = [
        element("feature", name=flag.lstrip("+-"), policy="disable" if flag.startswith("-") else "require")
        for flag in model.flags
    ]
    if model.mode == "none":
        return element("cpu", topology, match="exact")
    if model.mode == "custom":
        return element(
            "cpu",
            element("model", model.model, fallback="forbid"),
            topology,
            bits,
            *flags,
            mode="custom",
            match="exact",
        )
    return element("cpu", topology, bits, *flags, mode=model.mode)


def clock(guest: Guest) -> ET.Element:
    """Return the clock: Windows wants local time; timers as Nova sets them for KVM."""
    timers = []
    if guest.virt_type == "kvm":
        timers += [
            element("timer", name="pit", tickpolicy="delay"),
            element("timer", name="rtc", tickpolicy="catchup"),
        ]
    if guest.x86 and (guest.virt_type == "kvm" or guest.hardware.time_hpet):
        timers.append(element("timer", name="hpet", present=guest.hardware.time_hpet))
    if guest.hardware.windows and guest.virt_type == "kvm":
        timers.append(element("timer", name="hypervclock", present=True))
    return element("clock", *timers, offset="localtime" if guest.hardware.windows else "utc")


#: What a domain is made of, in order; a builder may return None.
BUILDERS: tuple[Callable[[Guest], ET.Element | None], ...] = (
    lambda guest: element("name", guest.identity.name),
    lambda guest: element("uuid", guest.identity.uuid),
    metadata,
    memory,
    current_memory,
    vcpu,
    cputune,
    sysinfo,
    os_,
    features,
    cpu,
    clock,
    lambda _guest: element("on_poweroff", "destroy"),
    lambda _guest: element("on_reboot", "restart"),
    lambda _guest: element("on_crash", "destroy"),
    devices.build,
)


def build(guest: Guest) -> str:
    """Return the XML text of a guest."""
    return to_text(element("domain", *[builder(guest) for builder in BUILDERS], type_=guest.virt_type))
