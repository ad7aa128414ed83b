"""The contract of virt drivers on the fake driver; tests/integration/virt runs the same on libvirt."""

import pytest

from nova_lite.virt.fake import FakeDriver
from tests.support import virt


class TestFakeDriver(virt.DriverContract):
    @pytest.fixture
    def virt_driver(self):
        driver = FakeDriver("host")
        driver.init_host()
        yield driver
        driver.cleanup_host()

    @pytest.fixture
    def image(self):
        return virt.an_image()

    def test_a_guest_that_stops_is_reported(self, virt_driver, spawned):
        heard = []
        virt_driver.register_event_listener(heard.append)
        virt_driver.guest_does(spawned.uuid, "stopped")
        assert [(event.uuid, event.transition) for event in heard] == [(spawned.uuid, "stopped")]
