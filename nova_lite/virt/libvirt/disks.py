"""A server's local disks: which there are, where they hang, and how their files are made.

Per server, `instances_path/<uuid>/` holds disk, disk.eph0, disk.swap, disk.config, console.log and disk.info
(JSON: path → format), as in Nova; and guest.json: machine and disks as they were planned when it was made.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import tempfile
from collections.abc import Sequence

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.virt.hardware import Hardware
from nova_lite.virt.libvirt import images, programs
from nova_lite.virt.libvirt.xml.guest import DEVICE_PREFIX, Disk

DISK_TIMEOUT = 600.0
DELETED_SUFFIX = "_del"

ROOT, EPHEMERAL, SWAP, CONFIG = "root", "ephemeral", "swap", "config"


@dataclasses.dataclass(frozen=True)
class Planned:
    """A disk to be made. `size` in GiB (swap: MiB; root: 0 is the image's); `guest_format`: its file system."""

    kind: str
    name: str
    device: str
    bus: str
    size: int = 0
    boot_order: int | None = None
    guest_format: str | None = None


def default_cdrom_bus(arch: str, machine: str) -> str:
    """Return the bus of CD-ROMs of a machine (Nova's choice)."""
    if arch in ("x86_64", "i686"):
        return "sata" if "q35" in machine else "ide"
    return "scsi"


def plan(
    instance, image_meta, hardware: Hardware, bdms: Sequence, *, arch: str, machine: str, config_drive: bool
) -> list[Planned]:
    """Return a server's disks, root first, config drive last.

    Raises:
        FeatureNotSupported: a disk is a volume or a snapshot.
    """
    flavor = instance.flavor
    disk_bus = hardware.disk_bus or "virtio"
    cdrom_bus = hardware.cdrom_bus or default_cdrom_bus(arch, machine)
    made: list[Planned] = []
    locals_ = [bdm for bdm in bdms or [] if not bdm.no_device]
    for bdm in locals_:
        if bdm.destination_type == "volume" or bdm.source_type in ("volume", "snapshot"):
            raise exception.FeatureNotSupported(
                reason=f"block device {bdm.device_name or bdm.volume_id}: the libvirt driver has no volumes yet"
            )

    def bus_of(bdm, device: str) -> str:
        default = {"cdrom": cdrom_bus, "floppy": hardware.floppy_bus}.get(device, disk_bus)
        return (bdm.disk_bus if bdm is not None else None) or default

    root = next((bdm for bdm in locals_ if bdm.boot_index == 0), None)
    if image_meta.id is not None or root is not None:
        device = (root.device_type if root is not None else None) or (
            "cdrom" if image_meta.disk_format == "iso" else "disk"
        )
        made.append(Planned(ROOT, "disk", device, bus_of(root, device), flavor.root_gb, boot_order=1))
    blank = [bdm for bdm in locals_ if bdm.source_type == "blank"]
    ephemerals = [bdm for bdm in blank if bdm.guest_format != "swap"]
    swaps = [bdm for bdm in blank if bdm.guest_format == "swap"]
    for number, bdm in enumerate(ephemerals):
        order = bdm.boot_index + 1 if bdm.boot_index is not None and bdm.boot_index > 0 else None
        size = bdm.volume_size or flavor.ephemeral_gb
        device = bdm.device_type or "disk"
        made.append(
            Planned(
                EPHEMERAL, f"disk.eph{number}", device, bus_of(bdm, device), size, order, bdm.guest_format
            )
        )
    if not locals_ and flavor.ephemeral_gb:
        made.append(Planned(EPHEMERAL, "disk.eph0", "disk", disk_bus, flavor.ephemeral_gb))
    swap_mb = (swaps[0].volume_size or flavor.swap) if swaps else (0 if locals_ else flavor.swap)
    if swap_mb:
        made.append(Planned(SWAP, "disk.swap", "disk", bus_of(swaps[0] if swaps else None, "disk"), swap_mb))
    if config_drive:
        vfat = CONF.config_drive_format == "vfat"
        made.append(
            Planned(CONFIG, "disk.config", "disk" if vfat else "cdrom", disk_bus if vfat else cdrom_bus)
        )
    return made


def targets(planned: Sequence[Planned]) -> list[str]:
    """Return the device names (vda, hda, …): letters in order, for each prefix on its own."""
    counts: dict[str, int] = {}
    names = []
    for disk in planned:
        prefix = DEVICE_PREFIX[disk.bus]
        number = counts.get(prefix, 0)
        counts[prefix] = number + 1
        letters = ""
        while True:
            letters = chr(ord("a") + number % 26) + letters
            number = number // 26 - 1
            if number < 0:
                break
        names.append(prefix + letters)
    return names


def direct_io_works(directory: pathlib.Path) -> bool:
    """Return whether files below `directory` can be opened with O_DIRECT (tmpfs, some FUSE: no)."""
    with tempfile.NamedTemporaryFile(dir=directory, prefix=".directio-") as file:
        try:
            os.close(os.open(file.name, os.O_RDWR | os.O_DIRECT))
        except OSError:
            return False
    return True


class Backend:
    """How disk files are made: qcow2 overlays over a base, or files of their own (flat)."""

    def __init__(self, cache: images.ImageCache):
        self.cache = cache
        kind = CONF.libvirt.images_type
        if kind == "default":
            kind = "qcow2" if CONF.use_cow_images else "flat"
        self.format = "qcow2" if kind == "qcow2" else "raw"

    def make(self, base: images.Base, path: pathlib.Path, size: int) -> None:
        """Make a disk of at least `size` bytes over a base; a disk that is there stays."""
        if path.exists():
            return
        part = path.with_name(f"{path.name}.part")
        part.unlink(missing_ok=True)
        size = max(size, base.virtual_size)
        size = -(-size // 512) * 512
        try:
            if self.format == "qcow2":
                command = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", base.format, "-b", str(base.path)]
                programs.run([*command, str(part), str(size)], timeout=DISK_TIMEOUT)
            else:
                programs.run(
                    ["cp", "--sparse=always", "--reflink=auto", str(base.path), str(part)],
                    timeout=DISK_TIMEOUT,
                )
                with part.open("r+b") as file:
                    file.truncate(size)
            if CONF.preallocate_images == "space":
                programs.run(["fallocate", "-n", "-l", str(size), str(part)], timeout=DISK_TIMEOUT)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


class InstanceDirectory:
    """The directory of one server."""

    def __init__(self, uuid: str):
        self.path = pathlib.Path(CONF.instances_path) / uuid

    @property
    def console_log(self) -> pathlib.Path:
        """What the guest writes to its first serial port."""
        return self.path / "console.log"

    def make(self) -> None:
        """Make the directory and an empty console log, which virtlogd would make readable for root alone."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.console_log.touch(mode=0o644)

    def has_disks(self) -> bool:
        """Return whether there is a root disk."""
        return (self.path / "disk").exists()

    def write_info(self, disks: Sequence[Disk]) -> None:
        """Write disk.info."""
        part = self.path / "disk.info.part"
        part.write_text(json.dumps({disk.path: disk.format for disk in disks}), encoding="utf-8")
        part.replace(self.path / "disk.info")

    def read_info(self) -> dict[str, str]:
        """Return path → format of the disks; {} when they are not known."""
        try:
            return json.loads((self.path / "disk.info").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    def write_plan(self, machine: str, planned: Sequence[Planned]) -> None:
        """Note what the guest was made of, so that a later start needs neither block devices nor flavor."""
        part = self.path / "guest.json.part"
        plan = {"machine": machine, "disks": [dataclasses.asdict(disk) for disk in planned]}
        part.write_text(json.dumps(plan), encoding="utf-8")
        part.replace(self.path / "guest.json")

    def read_plan(self) -> tuple[str | None, list[Planned]]:
        """Return what `write_plan` noted; (None, []) when nothing was."""
        try:
            plan = json.loads((self.path / "guest.json").read_text(encoding="utf-8"))
            return plan["machine"], [Planned(**disk) for disk in plan["disks"]]
        except (OSError, ValueError, KeyError, TypeError):
            return None, []

    def remove(self) -> bool:
        """Remove the directory; renamed first, so that a half-removed one is never taken for a server's.

        Return whether all is gone.
        """
        deleted = self.path.with_name(self.path.name + DELETED_SUFFIX)
        with contextlib.suppress(FileNotFoundError):
            if deleted.exists():
                shutil.rmtree(deleted, ignore_errors=True)
            self.path.rename(deleted)
        if deleted.exists():
            shutil.rmtree(deleted, ignore_errors=True)
        return not deleted.exists() and not self.path.exists()


@dataclasses.dataclass(frozen=True)
class Usage:
    """Bytes: of the file system with the disks, and what overlays may still grow."""

    total: int
    free: int
    over_committed: int
    backing_files: frozenset[str]


def usage() -> Usage:
    """Return how full the disk is, and how much fuller the servers' disks can make it.

    Reads a few bytes of each qcow2 header; no program is run.
    """
    root = pathlib.Path(CONF.instances_path)
    root.mkdir(parents=True, exist_ok=True)
    system = os.statvfs(root)
    growth, backing = 0, set()
    for info in root.glob("*/disk.info"):
        for name, kind in InstanceDirectory(info.parent.name).read_info().items():
            path = pathlib.Path(name)
            try:
                stat = path.stat()
            except OSError:
                continue
            virtual = stat.st_size
            if kind == "qcow2":
                header = images.read_qcow2_header(path)
                if header is None:
                    continue
                virtual = header.virtual_size
                if header.backing_file:
                    backing.add(header.backing_file)
            growth += max(0, virtual - stat.st_blocks * 512)
    return Usage(
        total=system.f_frsize * system.f_blocks,
        free=system.f_frsize * system.f_bavail,
        over_committed=growth,
        backing_files=frozenset(backing),
    )
