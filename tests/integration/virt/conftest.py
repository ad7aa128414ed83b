"""A libvirt driver on this run's libvirtd."""

import contextlib
import pathlib
import tempfile
import time
from collections.abc import Iterator

import pytest

from nova_lite import concurrency
from nova_lite.conf import CONF
from nova_lite.virt.libvirt.driver import LibvirtDriver
from tests.support import virt

_OVERRIDDEN = (("instances_path", None), ("connection_uri", "libvirt"), ("tb_cache_mb", "libvirt"))


@pytest.fixture
def image_files() -> virt.ImageFiles:
    """The image service."""
    return virt.ImageFiles()


@pytest.fixture
def instances_path() -> Iterator[pathlib.Path]:
    """`instances_path` of the test; at its end nothing may be left in it but the cache."""
    with tempfile.TemporaryDirectory(prefix="nova-lite-instances-") as directory:
        yield pathlib.Path(directory)


@contextlib.contextmanager
def libvirt_driver(uri: str, instances_path: pathlib.Path, image_api) -> Iterator[LibvirtDriver]:
    """A driver after init_host; its guests are destroyed at the end."""
    CONF.set_override("instances_path", str(instances_path))
    CONF.set_override("connection_uri", uri, "libvirt")
    CONF.set_override("tb_cache_mb", 32, "libvirt")
    driver = LibvirtDriver("host", image_api)
    try:
        driver.init_host()
        yield driver
        for record in driver.list_domains():
            if record.ours:
                driver.destroy(None, virt.an_instance(uuid=record.uuid))
    finally:
        driver.cleanup_host()
        concurrency.shutdown_executors()
        for name, group in _OVERRIDDEN:
            CONF.clear_override(name, group)


@pytest.fixture
def virt_driver(libvirt_uri, instances_path, image_files):
    """A driver of the test's own."""
    with libvirt_driver(libvirt_uri, instances_path, image_files) as driver:
        yield driver


class Console:
    """The console log of a server."""

    def __init__(self, driver, instance):
        self._driver, self._instance = driver, instance

    def text(self) -> str:
        """What it holds now."""
        return self._driver.get_console_output(None, self._instance).decode(errors="replace")

    def wait_for(self, pattern: str, timeout: float = 90) -> str:
        """Wait until it holds `pattern`; return it all. (virtlogd tells nobody when it writes.)"""
        deadline = time.monotonic() + timeout
        while pattern not in (text := self.text()):
            assert time.monotonic() < deadline, f"no {pattern!r} within {timeout} s:\n{text}"
            time.sleep(0.1)
        return text
