"""Servers for virt drivers, and the tests that every driver passes."""

import itertools
import pathlib
import shutil
import uuid as uuid_module

import pytest

from nova_lite import context, exception
from nova_lite.compute import power_state
from nova_lite.objects.block_device import BlockDeviceMapping
from nova_lite.objects.flavor import Flavor
from nova_lite.objects.image_meta import ImageMeta
from nova_lite.objects.instance import Instance
from nova_lite.virt import driver

_numbers = itertools.count(1)


def a_flavor(**values) -> Flavor:
    """A small flavor: 1 VCPU, 64 MiB, 1 GiB."""
    settings = {"id": 1, "name": "tiny", "flavorid": "1", "vcpus": 1, "memory_mb": 64, "root_gb": 1}
    settings |= {"ephemeral_gb": 0, "swap": 0, "extra_specs": {}}
    return Flavor(**(settings | values))


def an_image(image_id: str | None = "", properties: dict | None = None, **values) -> ImageMeta:
    """A raw image; `image_id` None is an empty one (boot from a volume)."""
    made = str(uuid_module.uuid4()) if image_id == "" else image_id
    settings = {"id": made, "disk_format": "raw", "container_format": "bare", "properties": properties or {}}
    return ImageMeta.from_dict(settings | values)


def an_instance(image: ImageMeta | None = None, flavor: Flavor | None = None, **values) -> Instance:
    """A server as nova-compute gets it."""
    image = image or an_image()
    number = next(_numbers)
    settings = {
        "id": number,
        "uuid": str(uuid_module.uuid4()),
        "user_id": "user-1",
        "project_id": "project-1",
        "image_ref": image.id,
        "display_name": f"server {number}",
        "hostname": f"server-{number}",
        "flavor": flavor or a_flavor(),
        "metadata": {},
        "system_metadata": image.to_system_metadata(),
        "root_device_name": "/dev/vda",
        "availability_zone": "nova",
        "launch_index": 0,
        "config_drive": "",
        "security_groups": [],
    }
    nothing = (
        "kernel_id",
        "ramdisk_id",
        "key_name",
        "key_data",
        "user_data",
        "reservation_id",
        "node",
        "os_type",
    )
    return Instance(**(dict.fromkeys(nothing) | settings | values))


def a_disk(**values) -> BlockDeviceMapping:
    """A block device mapping: the root disk of an image, unless said otherwise."""
    names = ("device_name", "disk_bus", "device_type", "guest_format", "volume_id", "volume_size", "image_id")
    settings = {"source_type": "image", "destination_type": "local", "boot_index": 0, "no_device": False}
    return BlockDeviceMapping(**(dict.fromkeys(names) | settings | values))


def a_vif(**values) -> dict:
    """A NIC in Nova's network model."""
    settings = {
        "id": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "address": "fa:16:3e:00:00:01",
        "type": "bridge",
        "devname": "tapaaaaaaaa-bb",
        "network": {
            "id": "99999999-0000-0000-0000-000000000000",
            "bridge": "br100",
            "label": "private",
            "meta": {"mtu": 1450},
            "subnets": [
                {
                    "cidr": "10.0.0.0/24",
                    "dns": [{"address": "10.0.0.2", "type": "dns", "version": 4}],
                    "gateway": {"address": "10.0.0.1"},
                    "ips": [{"address": "10.0.0.5", "floating_ips": [{"address": "192.0.2.9"}]}],
                    "routes": [],
                    "meta": {},
                }
            ],
        },
    }
    return settings | values


def a_context() -> context.RequestContext:
    """A member's context."""
    return context.RequestContext(
        "user-1", "project-1", user_name="alice", project_name="demo", roles=["member"]
    )


class ImageFiles:
    """An image service of files: image id → path; `downloads` counts them."""

    def __init__(self, files: dict[str, pathlib.Path] | None = None) -> None:
        self.files = files or {}
        self.downloads: list[str] = []

    def download(self, context, image_id, path) -> None:
        """Copy the file."""
        self.downloads.append(image_id)
        if image_id not in self.files:
            raise exception.ImageNotFound(image_id=image_id)
        shutil.copy(self.files[image_id], path)


class DriverContract:
    """What nova-compute may rely on, whatever the driver. Subclasses give `virt_driver` and `image`.

    The guests have empty disks: what they boot is the matter of other tests.
    """

    @pytest.fixture
    def virt_driver(self) -> driver.ComputeDriver:
        """A driver after init_host; its guests are gone at the end."""
        raise NotImplementedError

    @pytest.fixture
    def image(self) -> ImageMeta:
        """An image that the driver can boot."""
        raise NotImplementedError

    @pytest.fixture
    def ctx(self):
        return a_context()

    @pytest.fixture
    def instance(self, image):
        return an_instance(image)

    @pytest.fixture
    def spawned(self, virt_driver, ctx, instance, image):
        virt_driver.spawn(ctx, instance, image, [], [])
        return instance

    @staticmethod
    def state(virt_driver, instance) -> int:
        return virt_driver.get_info(instance).state

    def test_resources_of_each_node(self, virt_driver):
        nodes = virt_driver.get_available_nodes()
        assert nodes
        for node in nodes:
            resources = virt_driver.get_available_resource(node)
            assert resources.hypervisor_hostname == node
            assert resources.vcpus > 0
            assert resources.memory_mb > 0
            assert resources.local_gb > 0
            assert isinstance(resources.hypervisor_version, int)
            assert isinstance(resources.cpu_info["features"], list)
            assert all(len(each) == 3 for each in resources.supported_instances)
        assert "load average" in virt_driver.get_host_uptime()
        assert virt_driver.is_available()

    def test_spawn_runs_a_guest(self, virt_driver, spawned):
        assert virt_driver.instance_exists(spawned)
        assert self.state(virt_driver, spawned) == power_state.RUNNING
        record = next(each for each in virt_driver.list_domains() if each.uuid == spawned.uuid)
        assert record == driver.DomainRecord(spawned.uuid, spawned.name, power_state.RUNNING, ours=True)

    def test_spawn_twice(self, virt_driver, ctx, spawned, image):
        virt_driver.spawn(ctx, spawned, image, [], [])
        assert self.state(virt_driver, spawned) == power_state.RUNNING
        assert len([each for each in virt_driver.list_domains() if each.uuid == spawned.uuid]) == 1

    def test_destroy_leaves_nothing(self, virt_driver, ctx, spawned):
        for _ in range(2):
            virt_driver.destroy(ctx, spawned)
            assert not virt_driver.instance_exists(spawned)
            assert virt_driver.cleanup_instance_files(spawned)
        assert spawned.uuid not in [each.uuid for each in virt_driver.list_domains()]

    def test_unknown_guest(self, virt_driver, ctx, instance):
        assert not virt_driver.instance_exists(instance)
        for operation in (
            lambda: virt_driver.get_info(instance),
            lambda: virt_driver.power_off(instance),
            lambda: virt_driver.power_on(ctx, instance, [], []),
            lambda: virt_driver.reboot(ctx, instance, [], "SOFT", []),
            lambda: virt_driver.reboot(ctx, instance, [], "HARD", []),
            lambda: virt_driver.pause(instance),
            lambda: virt_driver.unpause(instance),
            lambda: virt_driver.suspend(ctx, instance),
            lambda: virt_driver.resume(ctx, instance, [], []),
        ):
            with pytest.raises(exception.InstanceNotFound):
                operation()
        virt_driver.destroy(ctx, instance)

    def test_power(self, virt_driver, ctx, spawned):
        for _ in range(2):
            virt_driver.power_off(spawned)
            assert self.state(virt_driver, spawned) == power_state.SHUTDOWN
        assert virt_driver.instance_exists(spawned)
        for _ in range(2):
            virt_driver.power_on(ctx, spawned, [], [])
            assert self.state(virt_driver, spawned) == power_state.RUNNING

    def test_hard_reboot(self, virt_driver, ctx, spawned):
        virt_driver.reboot(ctx, spawned, [], "HARD", [])
        assert self.state(virt_driver, spawned) == power_state.RUNNING
        virt_driver.power_off(spawned)
        virt_driver.reboot(ctx, spawned, [], "HARD", [])
        assert self.state(virt_driver, spawned) == power_state.RUNNING

    def test_soft_reboot_of_a_guest_that_is_off_starts_it(self, virt_driver, ctx, spawned):
        virt_driver.power_off(spawned)
        virt_driver.reboot(ctx, spawned, [], "SOFT", [])
        assert self.state(virt_driver, spawned) == power_state.RUNNING

    def test_pause(self, virt_driver, spawned):
        for _ in range(2):
            virt_driver.pause(spawned)
            assert self.state(virt_driver, spawned) == power_state.PAUSED
        for _ in range(2):
            virt_driver.unpause(spawned)
            assert self.state(virt_driver, spawned) == power_state.RUNNING

    def test_pause_of_a_guest_that_is_off_is_refused(self, virt_driver, spawned):
        virt_driver.power_off(spawned)
        for operation in (virt_driver.pause, virt_driver.unpause):
            with pytest.raises(exception.InstanceInvalidState):
                operation(spawned)
        assert self.state(virt_driver, spawned) == power_state.SHUTDOWN

    def test_paused_guest_can_be_stopped_and_rebooted(self, virt_driver, ctx, spawned):
        virt_driver.pause(spawned)
        virt_driver.reboot(ctx, spawned, [], "HARD", [])
        assert self.state(virt_driver, spawned) == power_state.RUNNING
        virt_driver.pause(spawned)
        virt_driver.power_off(spawned, timeout=5)
        assert self.state(virt_driver, spawned) == power_state.SHUTDOWN

    def test_suspend(self, virt_driver, ctx, spawned):
        for _ in range(2):
            virt_driver.suspend(ctx, spawned)
            assert self.state(virt_driver, spawned) == power_state.SHUTDOWN
        for _ in range(2):
            virt_driver.resume(ctx, spawned, [], [])
            assert self.state(virt_driver, spawned) == power_state.RUNNING

    def test_suspend_of_a_guest_that_is_off_is_refused(self, virt_driver, ctx, spawned):
        virt_driver.power_off(spawned)
        with pytest.raises(exception.InstanceInvalidState):
            virt_driver.suspend(ctx, spawned)

    def test_suspended_guest_can_be_destroyed(self, virt_driver, ctx, spawned):
        virt_driver.suspend(ctx, spawned)
        virt_driver.destroy(ctx, spawned)
        assert not virt_driver.instance_exists(spawned)

    def test_resume_state_on_host_boot(self, virt_driver, ctx, spawned):
        virt_driver.power_off(spawned)
        virt_driver.resume_state_on_host_boot(ctx, spawned, [], [])
        assert self.state(virt_driver, spawned) == power_state.RUNNING

    def test_console_output_is_bytes(self, virt_driver, ctx, spawned):
        assert isinstance(virt_driver.get_console_output(ctx, spawned), bytes)

    def test_own_operations_cause_no_events(self, virt_driver, ctx, spawned):
        heard = []
        virt_driver.register_event_listener(heard.append)
        virt_driver.pause(spawned)
        virt_driver.unpause(spawned)
        virt_driver.reboot(ctx, spawned, [], "HARD", [])
        virt_driver.power_off(spawned)
        virt_driver.power_on(ctx, spawned, [], [])
        virt_driver.destroy(ctx, spawned)
        assert heard == []

    def test_image_cache_is_managed(self, virt_driver, spawned, image):
        virt_driver.manage_image_cache({image.id})
        virt_driver.manage_image_cache(set())
        assert self.state(virt_driver, spawned) == power_state.RUNNING
