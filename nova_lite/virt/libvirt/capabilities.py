"""What libvirt says that a host, and a kind of guest on it, can do: its two XML documents, read into records."""

import dataclasses
from xml.etree import ElementTree as ET

_TOPOLOGY = ("sockets", "dies", "cores", "threads")


@dataclasses.dataclass(frozen=True)
class GuestArch:
    """An architecture that guests can have: its machine types (with aliases) and domain types (kvm, qemu)."""

    arch: str
    os_type: str
    machines: frozenset[str]
    domain_types: frozenset[str]


@dataclasses.dataclass(frozen=True)
class Capabilities:
    """The host: `cpu` is what nova-lite reports as cpu_info; `guests` what it can run."""

    arch: str
    uuid: str | None
    cpu: dict
    guests: tuple[GuestArch, ...]

    @classmethod
    def parse(cls, text: str) -> "Capabilities":
        """Read virConnectGetCapabilities' answer (https://libvirt.org/formatcaps.html)."""
        root = ET.fromstring(text)  # noqa: S314
        node = root.find("host/cpu/topology")
        topology = {name: int(node.get(name, 1)) if node is not None else 1 for name in _TOPOLOGY}
        topology["cells"] = len(root.findall("host/topology/cells/cell")) or 1
        arch = root.findtext("host/cpu/arch", "x86_64")
        info = {
            "arch": arch,
            "model": root.findtext("host/cpu/model"),
            "vendor": root.findtext("host/cpu/vendor"),
            "topology": topology,
            "features": sorted(each.get("name", "") for each in root.findall("host/cpu/feature")),
        }
        guests = []
        for guest in root.findall("guest"):
            machines = set()
            for machine in guest.iterfind("arch//machine"):
                machines |= {machine.text or "", machine.get("canonical", machine.text or "")}
            names = [each.get("name", "") for each in guest.findall("arch")]
            types = frozenset(each.get("type", "") for each in guest.iterfind("arch/domain"))
            guests.append(GuestArch(names[0], guest.findtext("os_type", "hvm"), frozenset(machines), types))
        return cls(arch, root.findtext("host/uuid"), info, tuple(guests))

    def guest(self, arch: str) -> GuestArch | None:
        """Return what guests of an architecture can have; None when there can be none."""
        return next((each for each in self.guests if each.arch == arch and each.os_type == "hvm"), None)

    def supported_instances(self, virt_types: set[str]) -> list[list[str]]:
        """Return [architecture, hypervisor type, vm mode] of all guests of some domain types."""
        return [
            [guest.arch, kind, guest.os_type]
            for guest in self.guests
            for kind in sorted(guest.domain_types & virt_types)
        ]


@dataclasses.dataclass(frozen=True)
class DomainCapabilities:
    """A kind of guest: `enums` maps `device/enum` (`disk/bus`) to its values."""

    machine: str
    max_vcpus: int
    cpu_modes: frozenset[str]
    firmware: frozenset[str]
    secure_boot: bool
    enums: dict[str, frozenset[str]]

    @classmethod
    def parse(cls, text: str) -> "DomainCapabilities":
        """Read virConnectGetDomainCapabilities' answer (https://libvirt.org/formatdomaincaps.html)."""
        root = ET.fromstring(text)  # noqa: S314
        enums = {}
        for device in root.iterfind("devices/*"):
            for enum in device.findall("enum"):
                values = frozenset(value.text or "" for value in enum.findall("value"))
                enums[f"{device.tag}/{enum.get('name')}"] = values
        secure = {value.text for value in root.iterfind("os/loader/enum[@name='secure']/value")}
        vcpu = root.find("vcpu")
        return cls(
            machine=root.findtext("machine", ""),
            max_vcpus=int(vcpu.get("max", 1)) if vcpu is not None else 1,
            cpu_modes=frozenset(
                mode.get("name", "") for mode in root.iterfind("cpu/mode") if mode.get("supported") == "yes"
            ),
            firmware=frozenset(
                value.text or "" for value in root.iterfind("os/enum[@name='firmware']/value")
            ),
            secure_boot="yes" in secure,
            enums=enums,
        )

    def has(self, enum: str, value: str) -> bool:
        """Return whether `device/enum` lists a value; an enum that libvirt does not tell allows all."""
        return enum not in self.enums or value in self.enums[enum]


#: (enum of DomainCapabilities, its value, trait): what the scheduler may be asked for (os-traits' names).
TRAITS = (
    *[
        ("disk/bus", bus, f"COMPUTE_STORAGE_BUS_{bus.upper()}")
        for bus in ("fdc", "ide", "sata", "scsi", "usb", "virtio")
    ],
    *[
        ("video/modelType", model, f"COMPUTE_GRAPHICS_MODEL_{model.upper()}")
        for model in ("bochs", "cirrus", "qxl", "vga", "virtio", "none")
    ],
)
IMAGE_TRAITS = ("COMPUTE_IMAGE_TYPE_RAW", "COMPUTE_IMAGE_TYPE_QCOW2", "COMPUTE_IMAGE_TYPE_ISO",
                "COMPUTE_IMAGE_TYPE_AKI", "COMPUTE_IMAGE_TYPE_AMI", "COMPUTE_IMAGE_TYPE_ARI")  # fmt: skip


def traits(domain: DomainCapabilities, features: list[str], arch: str, *, tpm: bool) -> list[str]:
    """Return the traits of a host."""
    found = {trait for enum, value, trait in TRAITS if value in domain.enums.get(enum, ())}
    found.update(IMAGE_TRAITS)
    if domain.secure_boot:
        found.add("COMPUTE_SECURITY_UEFI_SECURE_BOOT")
    if tpm and "emulator" in domain.enums.get("tpm/backendModel", ()):
        found.update({"COMPUTE_SECURITY_TPM_1_2", "COMPUTE_SECURITY_TPM_2_0"})
    if arch == "x86_64":
        names = (
            "avx",
            "avx2",
            "avx512f",
            "aes",
            "sse4.1",
            "sse4.2",
            "ssse3",
            "vmx",
            "svm",
            "fma",
            "bmi1",
            "bmi2",
        )
        renamed = {"sse4.1": "SSE41", "sse4.2": "SSE42", "aes": "AESNI", "fma": "FMA3", "bmi1": "BMI"}
        found.update(f"HW_CPU_X86_{renamed.get(name, name.upper())}" for name in names if name in features)
    return sorted(found)
