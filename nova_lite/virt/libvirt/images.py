"""The image cache: each image once a host, in `instances_path/_base/<sha1 of its id>`, as the base of disks.

An image is what a stranger uploaded. It is downloaded beside its place, its real format is compared to the one
that it claims, anything that refers to another file is refused (CVE-2024-32498 and its kin), QEMU's tools read
it under limits, and only then it is moved into place. A raw base has no suffix, any other its format's: the
format of a cached file is never guessed from its content, which its user has written.
"""

import contextlib
import dataclasses
import hashlib
import json
import logging
import os
import pathlib
import re
import struct
import time
from collections.abc import Iterator

from oslo_concurrency import lockutils
from oslo_utils.imageutils import format_inspector

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.virt.libvirt import programs

LOG = logging.getLogger(__name__)

#: Limits of QEMU's tools on images that users sent (Nova's): CPU seconds and bytes of address space.
INFO_CPU, INFO_MEMORY = 30, 1 << 30
INFO_TIMEOUT = 60.0
CONVERT_CPU, CONVERT_MEMORY = 3600, 2 << 30
CONVERT_TIMEOUT = 3600.0
MKFS_TIMEOUT = 600.0

#: `disk_format` of an image → the formats that its content may have. A raw disk may hold anything.
FORMATS = {
    "raw": {"raw", "gpt", "iso"},
    "ami": {"raw", "gpt"},
    "aki": {"raw"},
    "ari": {"raw"},
    "iso": {"iso", "gpt"},
    "qcow2": {"qcow2"},
    "vmdk": {"vmdk"},
    "vdi": {"vdi"},
    "vhd": {"vhd"},
    "vhdx": {"vhdx"},
}
#: Formats that QEMU's tools have another name for.
QEMU_FORMATS = {"gpt": "raw", "iso": "raw", "vhd": "vpc"}
#: Formats that a disk can be an overlay over as they are, when force_raw_images is off.
KEPT_FORMATS = ("raw", "qcow2")

_BASE_NAME = re.compile(r"([0-9a-f]{40}|ephemeral_\d+_\w+|swap_\d+)(\.qcow2)?")
_PART_AGE = 24 * 3600


@dataclasses.dataclass(frozen=True)
class Base:
    """A cached file: its `format` and the size in bytes of the disk in it."""

    path: pathlib.Path
    format: str
    virtual_size: int


@dataclasses.dataclass(frozen=True)
class Qcow2Header:
    """What is of interest in a qcow2 file's header."""

    virtual_size: int
    backing_file: str | None


def read_qcow2_header(path: pathlib.Path) -> Qcow2Header | None:
    """Return the header of a qcow2 file that we made; None when the file is none or is gone.

    https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.rst
    """
    try:
        with path.open("rb") as file:
            magic, version, offset, length, _bits, size = struct.unpack(">4sIQIIQ", file.read(32))
            if magic != b"QFI\xfb" or version not in (2, 3):
                return None
            backing = None
            if offset and 0 < length <= 1023:
                file.seek(offset)
                backing = file.read(length).decode(errors="surrogateescape")
    except (OSError, struct.error):
        return None
    return Qcow2Header(size, backing)


def base_name(image_id: str) -> str:
    """Return the name of an image's base (Nova's: the SHA-1 of its id)."""
    return hashlib.sha1(image_id.encode(), usedforsecurity=False).hexdigest()


class ImageCache:
    """The cache of one host.

    Args:
        image_api: has `download(context, image_id, path)`; nova_lite.image.api's when None.
    """

    def __init__(self, image_api=None):
        self._image_api = image_api

    @property
    def directory(self) -> pathlib.Path:
        """Where the bases are."""
        return pathlib.Path(CONF.instances_path) / CONF.image_cache.subdirectory_name

    @property
    def image_api(self):
        """The image service."""
        if self._image_api is None:
            from nova_lite.image import api

            self._image_api = api.get_api("glance")
        return self._image_api

    @contextlib.contextmanager
    def _lock(self, name: str) -> Iterator[None]:
        """One maker a file, over all processes of the host."""
        path = pathlib.Path(CONF.instances_path) / "locks"
        path.mkdir(parents=True, exist_ok=True)
        with lockutils.lock(name, lock_file_prefix="nova-", external=True, lock_path=str(path)):
            yield

    # -- images

    def _cached(self, image_id: str, *, raw: bool) -> Base | None:
        plain = self.directory / base_name(image_id)
        with contextlib.suppress(FileNotFoundError):
            size = plain.stat().st_size
            os.utime(plain)  # its age is counted from its last use
            return Base(plain, "raw", size)
        if raw:
            return None
        qcow2 = plain.with_suffix(".qcow2")
        header = read_qcow2_header(qcow2)
        if header is None:
            return None
        os.utime(qcow2)
        return Base(qcow2, "qcow2", header.virtual_size)

    def get(self, context, image_meta, *, raw: bool | None = None) -> Base:
        """Return the base of an image, downloading it when it is not here.

        `raw`: it must be raw; by default `force_raw_images`.

        Raises:
            ImageUnacceptable: its content is not what it says, damaged, or refers to other files.
            NovaException: the image service's errors.
        """
        raw = CONF.force_raw_images if raw is None else raw
        image_id = image_meta.id
        found = self._cached(image_id, raw=raw)
        if found is not None:
            return found
        with self._lock(base_name(image_id)):
            found = self._cached(image_id, raw=raw)  # another build may have fetched it meanwhile
            if found is None:
                self._fetch(context, image_meta, raw=raw)
                found = self._cached(image_id, raw=raw)
        if found is None:
            raise exception.ImageUnacceptable(image_id=image_id, reason="it vanished from the cache")
        return found

    def fetch_file(self, context, image_id: str, path: pathlib.Path) -> None:
        """Download an image as it is (a kernel or ramdisk)."""
        part = path.with_name(f"{path.name}.part")
        try:
            self.image_api.download(context, image_id, str(part))
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def _fetch(self, context, image_meta, *, raw: bool) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        target = self.directory / base_name(image_meta.id)
        part, made = target.with_name(f"{target.name}.part"), target.with_name(f"{target.name}.converted")
        start = time.monotonic()
        try:
            self.image_api.download(context, image_meta.id, str(part))
            content = self._inspect(image_meta, part)
            self._qemu_info(image_meta.id, part, content)
            if content == "raw":
                part.replace(target)
            elif raw or content not in KEPT_FORMATS:
                self._convert(image_meta.id, part, content, made)
                made.replace(target)
            else:
                part.replace(target.with_suffix(f".{content}"))
        finally:
            part.unlink(missing_ok=True)
            made.unlink(missing_ok=True)
        LOG.info("image %s is cached, after %.1f s", image_meta.id, time.monotonic() - start)

    @staticmethod
    def _inspect(image_meta, path: pathlib.Path) -> str:
        """Return QEMU's name of the format of a downloaded file.

        Raises:
            ImageUnacceptable: it is not the format that the image claims, or is not safe.
        """
        image_id, claimed = image_meta.id, image_meta.disk_format or "raw"

        def refuse(reason: str) -> exception.NovaException:
            return exception.ImageUnacceptable(image_id=image_id, reason=reason)

        if path.stat().st_size == 0:
            raise refuse("it is empty")
        if image_meta.size and path.stat().st_size != image_meta.size:
            raise refuse(f"it has {path.stat().st_size} bytes where {image_meta.size} were promised")
        if claimed not in FORMATS:
            raise refuse(f"disk_format {claimed!r} is none of {', '.join(FORMATS)}")
        try:
            inspector = format_inspector.detect_file_format(str(path))
            found = str(inspector) if inspector is not None else "raw"
            if found not in FORMATS[claimed]:
                raise refuse(f"its disk_format is {claimed}, but its content is {found}")
            if inspector is not None:
                inspector.safety_check()
        except format_inspector.SafetyCheckFailed as error:
            raise refuse(f"its content is not safe: {error}") from error
        except format_inspector.ImageFormatError as error:
            raise refuse(f"its content is damaged: {error}") from error
        return QEMU_FORMATS.get(found, found)

    @staticmethod
    def _qemu_info(image_id: str, path: pathlib.Path, content: str) -> None:
        """Let QEMU's own eyes look at it too.

        Raises:
            ImageUnacceptable: it cannot be read, or refers to another file.
        """
        if content == "raw":
            return
        command = ["qemu-img", "info", "--output=json", "-f", content, str(path)]
        try:
            info = json.loads(
                programs.run(command, timeout=INFO_TIMEOUT, cpu_seconds=INFO_CPU, memory=INFO_MEMORY)
            )
        except (programs.ProgramFailed, ValueError) as error:
            raise exception.ImageUnacceptable(
                image_id=image_id, reason=f"it cannot be read: {error}"
            ) from error
        details = (info.get("format-specific") or {}).get("data") or {}
        if info.get("backing-filename") or details.get("data-file"):
            raise exception.ImageUnacceptable(image_id=image_id, reason="it refers to another file")
        if info.get("encrypted"):
            raise exception.ImageUnacceptable(image_id=image_id, reason="it is encrypted")

    @staticmethod
    def _convert(image_id: str, source: pathlib.Path, content: str, target: pathlib.Path) -> None:
        command = [
            "qemu-img",
            "convert",
            "-f",
            content,
            "-O",
            "raw",
            "-t",
            "writeback",
            str(source),
            str(target),
        ]
        try:
            programs.run(command, timeout=CONVERT_TIMEOUT, cpu_seconds=CONVERT_CPU, memory=CONVERT_MEMORY)
        except programs.ProgramFailed as error:
            if "No space left" in str(error):
                raise  # this host's fault, not the image's: another host may have room
            raise exception.ImageUnacceptable(
                image_id=image_id, reason=f"it cannot be converted to raw: {error}"
            ) from error

    # -- disks without image

    def _blank(self, name: str, size: int, command: list[str]) -> Base:
        path = self.directory / name
        if not path.exists():
            with self._lock(name):
                if not path.exists():
                    self.directory.mkdir(parents=True, exist_ok=True)
                    part = path.with_name(f"{name}.part")
                    try:
                        with part.open("wb") as file:
                            file.truncate(size)
                        programs.run([*command, str(part)], timeout=MKFS_TIMEOUT)
                        part.replace(path)
                    finally:
                        part.unlink(missing_ok=True)
        os.utime(path)
        return Base(path, "raw", size)

    def ephemeral(self, size_gb: int, file_system: str, label: str) -> Base:
        """Return an empty file system of some GiB.

        Raises:
            InvalidInput: there is no such file system.
        """
        if file_system not in MKFS:
            raise exception.InvalidInput(
                reason=f"ephemeral disk: file system {file_system!r} is none of {', '.join(MKFS)}"
            )
        command = [word.format(label=label[:11]) for word in MKFS[file_system]]
        return self._blank(f"ephemeral_{size_gb}_{file_system}", size_gb << 30, command)

    def swap(self, size_mb: int) -> Base:
        """Return swap space of some MiB."""
        return self._blank(f"swap_{size_mb}", size_mb << 20, ["mkswap", "-L", "swap"])

    # -- clean-up

    def clean(self, used_image_ids: set[str], backing_files: set[str]) -> list[str]:
        """Remove bases that are neither of a used image nor below a disk, and old enough; return their names."""
        if not self.directory.is_dir():
            return []
        used = {base_name(image_id) for image_id in used_image_ids}

        def is_old(path: pathlib.Path) -> bool:
            age = self._age(path)
            if age is None:
                return False
            if path.suffix in (".part", ".converted"):
                # Left by a process that was killed; a download that still runs is younger, or grows.
                return age > _PART_AGE
            return (
                CONF.image_cache.remove_unused_base_images
                and _BASE_NAME.fullmatch(path.name) is not None
                and path.stem not in used
                and str(path) not in backing_files
                and age > CONF.image_cache.remove_unused_original_minimum_age_seconds
            )

        removed = []
        for path in sorted(filter(is_old, self.directory.iterdir())):
            with self._lock(path.stem):
                if is_old(path):  # nobody has taken it meanwhile
                    LOG.info("removing base %s from the image cache", path.name)
                    path.unlink(missing_ok=True)
                    removed.append(path.name)
        return removed

    @staticmethod
    def _age(path: pathlib.Path) -> float | None:
        try:
            return time.time() - path.stat().st_mtime
        except FileNotFoundError:
            return None


#: File system → the program that makes it; the file is appended.
MKFS = {
    "ext4": ["mkfs.ext4", "-q", "-F", "-L", "{label}"],
    "ext3": ["mkfs.ext3", "-q", "-F", "-L", "{label}"],
    "ext2": ["mkfs.ext2", "-q", "-F", "-L", "{label}"],
    "xfs": ["mkfs.xfs", "-q", "-f", "-L", "{label}"],
    "vfat": ["mkfs.vfat", "-n", "{label}"],
    "ntfs": ["mkfs.ntfs", "-q", "-F", "-f", "-L", "{label}"],
}
