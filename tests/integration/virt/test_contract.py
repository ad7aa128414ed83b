"""The contract of virt drivers on libvirt."""

import pytest

from tests.support import virt


class TestLibvirtDriver(virt.DriverContract):
    @pytest.fixture
    def virt_driver(self, virt_driver):
        return virt_driver

    @pytest.fixture
    def image(self, image_files, tmp_path):
        image = virt.an_image()
        (tmp_path / "image").write_bytes(b"\0" * (1 << 20))
        image_files.files[image.id] = tmp_path / "image"
        return image

    @pytest.fixture(autouse=True)
    def _nothing_is_left(self, virt_driver, instances_path):
        yield
        for record in virt_driver.list_domains():
            virt_driver.destroy(None, virt.an_instance(uuid=record.uuid))
        assert {path.name for path in instances_path.iterdir()} <= {"_base", "locks"}
