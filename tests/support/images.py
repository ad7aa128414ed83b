"""The image API in this process, and data that is, or is not, a disk image."""

import contextlib
import pathlib
import struct
from collections.abc import Iterator

from nova_lite import policy
from nova_lite.api import body, urlmap
from nova_lite.api.image.app import ImageFace
from nova_lite.api.image.versions import Versions
from nova_lite.api.openstack import auth, faults
from nova_lite.conf import CONF
from tests.support import face

TOKENS = {
    "ADMIN": "admin:root:operators",
    "MEMBER": "member:alice:demo",
    "READER": "reader:bob:demo",
    "OTHER": "member:eve:elsewhere",
}


def application():
    """Return the image API with its version list, wired as api-paste.ini does, with the tests' tokens."""
    images = face.Tokens(auth.KeystoneContext(ImageFace()))
    return urlmap.URLMap({"/": Versions(), "/v2": body.BoundedBody(faults.FaultWrapper(images))})


@contextlib.contextmanager
def store(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Use an empty directory as the store, and the default policies."""
    CONF([], project="nova", default_config_files=[], default_config_dirs=[])
    CONF.set_override("store_path", str(path), group="image")
    policy.reset()
    try:
        yield path
    finally:
        CONF.reset()
        CONF.clear_override("store_path", group="image")
        policy.reset()


def qcow2(*, size: int = 1 << 30, backing: int = 0, features: int = 0) -> bytes:
    """Return the header of a qcow2 (version 3) of `size` bytes, and some more."""
    header = struct.pack(">4sIQIIQ", b"QFI\xfb", 3, backing, 16 if backing else 0, 16, size)
    return (header.ljust(72, b"\0") + struct.pack(">Q", features)).ljust(70000, b"\0")


def vmdk(extents: str) -> bytes:
    """Return a monolithic sparse VMDK whose descriptor has these extent lines."""
    kind = 'createType="monolithicSparse"'
    text = f"# Disk DescriptorFile\nversion=1\n{kind}\n# Extent description\n{extents}\n".encode()
    header = struct.pack("<4sIIQQQQIQQ", b"KDMV", 1, 3, 2048, 128, 1, 20, 512, 0, 0)
    return header.ljust(512, b"\0") + text.ljust(20 * 512, b"\0") + bytes(65536)
