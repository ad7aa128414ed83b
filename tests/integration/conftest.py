"""Fixtures of tests with real guests."""

import contextlib
import pathlib
import tempfile
from collections.abc import Callable, Iterator

import pytest

from tests.support import libvirt


@pytest.fixture(scope="session")
def guest_image() -> pathlib.Path:
    """The nova-lite guest image (qcow2), built when it is not up to date."""
    return libvirt.build_guest_image(libvirt.cache_directory() / "guest")


@pytest.fixture(scope="session")
def libvirtd() -> Iterator[libvirt.Libvirtd]:
    """This run's libvirtd; its guests are destroyed at the end."""
    with private_libvirtd() as daemon:
        yield daemon


@pytest.fixture
def own_libvirtd() -> Iterator[libvirt.Libvirtd]:
    """A libvirtd of the test's own, to kill and stop."""
    with private_libvirtd() as daemon:
        yield daemon


@pytest.fixture(scope="session")
def libvirt_uri(libvirtd: libvirt.Libvirtd) -> str:
    """Where this run's libvirtd is reached."""
    return (libvirtd.directory / "uri").read_text().strip()


@pytest.fixture
def machine(tmp_path: pathlib.Path, guest_image: pathlib.Path) -> Iterator[Callable[..., libvirt.Machine]]:
    """Boots machines of bare QEMU from the guest image: `machine(*qemu_options, memory=...)`."""
    with contextlib.ExitStack() as stack:

        def boot(*options: str, image: pathlib.Path = guest_image, **settings: object) -> libvirt.Machine:
            directory = pathlib.Path(tempfile.mkdtemp(dir=tmp_path))
            return stack.enter_context(libvirt.Machine(directory, image, *options, **settings).running())

        yield boot


@contextlib.contextmanager
def private_libvirtd(*options: str) -> Iterator[libvirt.Libvirtd]:
    """Run a libvirtd for the block. Not below pytest's directories: socket paths have 107 bytes at most."""
    daemon = libvirt.Libvirtd(pathlib.Path(tempfile.mkdtemp(prefix="nova-lite-libvirt-")), *options)
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.clean()
