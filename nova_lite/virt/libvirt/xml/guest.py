"""What a guest is made of, before it is XML: plain records that the builders read."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from nova_lite.virt.hardware import Hardware, Topology

#: Letters of device names by bus.
DEVICE_PREFIX = {"virtio": "vd", "scsi": "sd", "sata": "sd", "usb": "sd", "ide": "hd", "fdc": "fd"}


@dataclasses.dataclass(frozen=True)
class Disk:
    """A local disk. `name`: its file's (disk, disk.eph0, disk.swap, disk.config); `size` in bytes.

    `boot_order`: 1 is tried first; None: never. `cache`, `io`: QEMU's words.
    """

    name: str
    path: str
    format: str
    bus: str
    target: str
    device: str = "disk"
    boot_order: int | None = None
    cache: str = "none"
    io: str | None = None
    serial: str | None = None


@dataclasses.dataclass(frozen=True)
class Nic:
    """A NIC. `type`: bridge or ethernet (a tap that stands already); `interface_id`: of an OVS port."""

    address: str
    type: str
    target: str | None
    bridge: str | None = None
    mtu: int | None = None
    interface_id: str | None = None


@dataclasses.dataclass(frozen=True)
class Identity:
    """What the metadata element and SMBIOS say of the server."""

    uuid: str
    name: str
    display_name: str | None
    created: str
    flavor: Any
    user: tuple[str | None, str | None]
    project: tuple[str | None, str | None]
    image_id: str | None
    serial: str | None
    ports: Sequence[tuple[str, Sequence[str]]] = ()


@dataclasses.dataclass(frozen=True)
class Graphics:
    """The VNC display."""

    listen: str


@dataclasses.dataclass(frozen=True)
class CpuModel:
    """CPU mode (none, host-model, host-passthrough, maximum, custom), model, and flags with + or - before them."""

    mode: str
    model: str | None = None
    flags: Sequence[str] = ()


@dataclasses.dataclass(frozen=True)
class Kernel:
    """Files of a guest that boots a kernel and not its disk."""

    kernel: str
    ramdisk: str | None
    command_line: str


@dataclasses.dataclass(frozen=True)
class Guest:
    """All that the builders read."""

    identity: Identity
    hardware: Hardware
    virt_type: str
    arch: str
    machine: str
    vcpus: int
    memory_mb: int
    topology: Topology
    cpu: CpuModel
    disks: Sequence[Disk]
    nics: Sequence[Nic]
    console_log: str | None
    graphics: Graphics | None
    kernel: Kernel | None = None
    rng_path: str | None = "/dev/urandom"
    memory_stats_period: int = 10
    pcie_ports: int = 0
    tb_cache_mb: int = 0

    @property
    def x86(self) -> bool:
        """Whether it is a PC."""
        return self.arch in ("x86_64", "i686")

    @property
    def q35(self) -> bool:
        """Whether its machine has PCI Express."""
        return "q35" in self.machine
