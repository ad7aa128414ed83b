"""Real guests: they boot, read their config drive, hear ACPI, and leave nothing behind."""

import json
import pathlib
import queue
import subprocess
import time
from xml.etree import ElementTree as ET

import pytest

from nova_lite import exception
from nova_lite.compute import power_state
from nova_lite.conf import CONF
from nova_lite.virt import driver as contract
from tests.integration.virt.conftest import Console, libvirt_driver
from tests.support import virt

MEMORY = 96


@pytest.fixture
def image(image_files, guest_image):
    image = virt.an_image(disk_format="qcow2")
    image_files.files[image.id] = guest_image
    return image


@pytest.fixture
def ctx():
    return virt.a_context()


@pytest.fixture
def instance(image):
    return virt.an_instance(
        image,
        virt.a_flavor(memory_mb=MEMORY),
        hostname="guest-a",
        config_drive="True",
        metadata={"role": "test"},
    )


def _domain_xml(driver, instance) -> ET.Element:
    host = driver._host
    return ET.fromstring(host.ask("lookupByUUIDString", instance.uuid).XMLDesc(0))


def _events(driver) -> queue.Queue:
    heard = queue.Queue()
    driver.register_event_listener(heard.put)
    return heard


def test_life_of_a_guest(virt_driver, ctx, instance, image, instances_path, image_files):
    console = Console(virt_driver, instance)
    virt_driver.spawn(ctx, instance, image, [], [], admin_password="s3cret")
    text = console.wait_for("login:")
    assert instance.uuid in text
    assert "hostname: guest-a" in text
    assert "datasource: config-drive" in text
    assert "role: test" in text

    directory = instances_path / instance.uuid
    assert {"disk", "disk.config", "disk.info", "guest.json", "console.log"} == {
        path.name for path in directory.iterdir()
    }
    assert json.loads((directory / "disk.info").read_text())[str(directory / "disk")] == "qcow2"
    assert (directory / "disk.config").stat().st_mode & 0o077 == 0, (
        "the password is for its owner's eyes only"
    )
    assert b"s3cret" in (directory / "disk.config").read_bytes()

    heard = _events(virt_driver)
    started = time.monotonic()
    virt_driver.power_off(instance, timeout=60)
    assert virt_driver.get_info(instance).state == power_state.SHUTDOWN
    assert time.monotonic() - started < 50, "the guest did not hear ACPI"

    virt_driver.power_on(ctx, instance, [], [])
    console.wait_for("login:")
    virt_driver.reboot(ctx, instance, [], "SOFT", [])
    assert virt_driver.get_info(instance).state == power_state.RUNNING
    console.wait_for("login:")

    virt_driver.suspend(ctx, instance)
    virt_driver.resume(ctx, instance, [], [])
    assert virt_driver.get_info(instance).state == power_state.RUNNING
    assert heard.empty(), "our own operations are no news"

    virt_driver.destroy(ctx, instance)
    assert not directory.exists()
    assert not virt_driver.instance_exists(instance)
    assert image_files.downloads == [image.id], "the image is fetched once"


def test_guest_that_powers_itself_off_is_news(virt_driver, ctx, instance, image):
    virt_driver.spawn(ctx, instance, image, [], [])
    heard = _events(virt_driver)
    virt_driver._host.ask("lookupByUUIDString", instance.uuid).destroy()
    assert heard.get(timeout=10) == contract.LifecycleEvent(instance.uuid, contract.STOPPED)
    virt_driver._host.ask("lookupByUUIDString", instance.uuid).create()
    assert {heard.get(timeout=10).transition for _ in range(2)} == {contract.STARTED, contract.RESUMED}


def test_guest_sees_the_hardware_that_was_asked_for(virt_driver, ctx, image, image_files, guest_image):
    """One guest with most devices at once: libvirt and QEMU take the XML, and it boots."""
    properties = {
        "hw_qemu_guest_agent": "yes",
        "hw_watchdog_action": "reset",
        "hw_rng_model": "virtio",
        "hw_boot_menu": "false",
        "hw_cpu_cores": "2",
        "hw_cpu_sockets": "1",
        "hw_virtio_packed_ring": "true",
        "hw_sound_model": "ich6",
        "hw_input_bus": "virtio",
        "hw_scsi_model": "virtio-scsi",
    }
    specs = {
        "quota:disk_total_iops_sec": "5000",
        "hw_rng:rate_bytes": "100000",
        "hw_rng:rate_period": "1000",
        "hw_video:ram_max_mb": "16",
    }
    image = virt.an_image(disk_format="qcow2", properties=properties)
    image_files.files[image.id] = guest_image
    flavor = virt.a_flavor(memory_mb=MEMORY, vcpus=2, extra_specs=specs, ephemeral_gb=1, swap=16)
    instance = virt.an_instance(image, flavor, config_drive="True")
    disks = [
        virt.a_disk(),
        virt.a_disk(source_type="blank", boot_index=-1, volume_size=1, disk_bus="scsi"),
        virt.a_disk(source_type="blank", boot_index=-1, volume_size=16, guest_format="swap"),
    ]
    virt_driver.spawn(ctx, instance, image, [], disks)
    assert instance.uuid in Console(virt_driver, instance).wait_for("login:")
    before = _domain_xml(virt_driver, instance)
    # nova-compute does not ask for the block devices again.
    virt_driver.reboot(ctx, instance, [], "HARD", [])
    xml = _domain_xml(virt_driver, instance)
    assert before.find("os/type").get("machine") == xml.find("os/type").get("machine") != "pc"
    assert {node.get("dev"): node.get("bus") for node in xml.iterfind("devices/disk/target")} == {
        "vda": "virtio", "sda": "scsi", "vdb": "virtio", "hda": "ide",
    }  # fmt: skip
    assert xml.find("devices/watchdog").get("action") == "reset"
    assert xml.find("devices/channel/target").get("name") == "org.qemu.guest_agent.0"


@pytest.mark.parametrize(
    "properties",
    [
        {
            "hw_machine_type": "q35",
            "hw_viommu_model": "intel",
            "hw_video_model": "vga",
            "hw_usb_model": "qemu-xhci",
        },
        {"hw_firmware_type": "uefi"},
        {"hw_firmware_type": "uefi", "hw_machine_type": "q35"},
        {"os_secure_boot": "required"},
        {"hw_tpm_version": "2.0", "hw_tpm_model": "tpm-crb"},
        {"hw_disk_bus": "sata", "hw_cdrom_bus": "usb", "hw_pointer_model": "usbtablet"},
        {"hw_vif_model": "e1000", "hw_time_hpet": "true", "os_type": "windows", "hw_serial_port_count": "2"},
    ],
    ids=lambda properties: "-".join(properties.values()),
)
def test_machines_that_qemu_must_take(virt_driver, ctx, image_files, tmp_path, instances_path, properties):
    """The guest runs and goes again, with its firmware's and TPM's state."""
    CONF.set_override("swtpm_enabled", True, "libvirt")
    (tmp_path / "image").write_bytes(b"\0" * (1 << 20))
    image = virt.an_image(properties=properties)
    image_files.files[image.id] = tmp_path / "image"
    instance = virt.an_instance(image, virt.a_flavor(memory_mb=128))
    try:
        virt_driver.spawn(ctx, instance, image, [], [])
        assert virt_driver.get_info(instance).state == power_state.RUNNING
        virt_driver.reboot(ctx, instance, [], "HARD", [])
        assert virt_driver.get_info(instance).state == power_state.RUNNING
        virt_driver.destroy(ctx, instance)
    finally:
        CONF.clear_override("swtpm_enabled", "libvirt")
    assert not (instances_path / instance.uuid).exists()


@pytest.mark.parametrize(
    ("group", "name", "value", "properties"),
    [
        ("vnc", "enabled", False, {}),
        ("libvirt", "num_pcie_ports", 4, {"hw_machine_type": "q35"}),
        ("libvirt", "cpu_mode", "maximum", {}),
        ("libvirt", "mem_stats_period_seconds", 0, {"hw_disk_bus": "scsi"}),
        ("libvirt", "sysinfo_serial", "none", {"hw_video_model": "none"}),
        (None, "config_drive_format", "vfat", {"img_config_drive": "mandatory"}),
        (None, "preallocate_images", "space", {}),
    ],
)
def test_options_that_change_the_guest(
    virt_driver, ctx, image_files, tmp_path, instances_path, group, name, value, properties
):
    (tmp_path / "image").write_bytes(b"\0" * (1 << 20))
    image = virt.an_image(properties=properties)
    image_files.files[image.id] = tmp_path / "image"
    instance = virt.an_instance(image, virt.a_flavor(root_gb=0))
    CONF.set_override(name, value, group)
    try:
        virt_driver.spawn(ctx, instance, image, [], [])
    finally:
        CONF.clear_override(name, group)
    assert virt_driver.get_info(instance).state == power_state.RUNNING
    if name == "preallocate_images":
        assert (instances_path / instance.uuid / "disk").stat().st_blocks * 512 >= 1 << 20


@pytest.mark.parametrize(("images_type", "expected"), [("flat", "raw"), ("qcow2", "qcow2")])
def test_backends(virt_driver, ctx, instance, image, instances_path, images_type, expected):
    CONF.set_override("images_type", images_type, "libvirt")
    try:
        virt_driver.spawn(ctx, instance, image, [], [])
        assert instance.uuid in Console(virt_driver, instance).wait_for("login:")
    finally:
        CONF.clear_override("images_type", "libvirt")
    info = json.loads(
        subprocess.run(
            ["qemu-img", "info", "-U", "--output=json", instances_path / instance.uuid / "disk"],
            capture_output=True, check=True, timeout=60,
        ).stdout
    )  # fmt: skip
    assert (info["format"], info["virtual-size"]) == (expected, 1 << 30)


class TestFailedSpawns:
    """All that was made is removed, and the error says what to do."""

    @pytest.fixture(autouse=True)
    def _nothing_is_left(self, virt_driver, instance, instances_path):
        yield
        assert not virt_driver.instance_exists(instance)
        assert {path.name for path in instances_path.iterdir()} <= {"_base", "locks"}
        base = instances_path / "_base"
        assert not [path for path in (base.iterdir() if base.exists() else []) if path.suffix]

    def test_image_larger_than_the_flavors_disk(
        self, virt_driver, ctx, instance, image, tmp_path, image_files
    ):
        large = tmp_path / "large.qcow2"
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", large, "2G"], check=True, timeout=60)
        image_files.files[image.id] = large
        with pytest.raises(exception.BuildAbortException, match="Flavor's disk is too small"):
            virt_driver.spawn(ctx, instance, image, [], [])

    def test_corrupt_image(self, virt_driver, ctx, instance, image, tmp_path, image_files):
        (tmp_path / "bad").write_bytes(b"QFI\xfb" + b"\xff" * 4096)
        image_files.files[image.id] = tmp_path / "bad"
        with pytest.raises(exception.BuildAbortException, match=image.id):
            virt_driver.spawn(ctx, instance, image, [], [])

    def test_image_that_reads_the_hosts_files(self, virt_driver, ctx, instance, image, tmp_path, image_files):
        (tmp_path / "secret").write_bytes(b"x" * 1024)
        spy = tmp_path / "spy.qcow2"
        command = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", tmp_path / "secret", spy]
        subprocess.run(command, check=True, timeout=60)
        image_files.files[image.id] = spy
        with pytest.raises(exception.BuildAbortException, match="not safe"):
            virt_driver.spawn(ctx, instance, image, [], [])

    def test_image_that_is_gone(self, virt_driver, ctx, instance, image, image_files):
        image_files.files.clear()
        with pytest.raises(exception.BuildAbortException, match="could not be found"):
            virt_driver.spawn(ctx, instance, image, [], [])

    def test_machine_that_this_host_has_not(self, virt_driver, ctx, instance, image):
        image.properties = {"hw_machine_type": "pc-i440fx-99.9"}
        with pytest.raises(exception.UnsupportedHardware, match=r"pc-i440fx-99\.9"):
            virt_driver.spawn(ctx, instance, image, [], [])

    def test_guest_that_libvirt_refuses(self, virt_driver, ctx, instance, image):
        image.properties = {"hw_usb_model": "none", "hw_cdrom_bus": "usb"}
        with pytest.raises(exception.InstanceDeployFailure):
            virt_driver.spawn(ctx, instance, image, [], [])


def test_guest_of_somebody_else_is_left_alone(virt_driver, libvirt_uri):
    xml = "<domain type='qemu'><name>foreign</name><memory>16384</memory><os><type>hvm</type></os></domain>"
    domain = virt_driver._host.ask("defineXML", xml)
    try:
        records = {record.name: record for record in virt_driver.list_domains()}
        assert records["foreign"].ours is False
    finally:
        domain.undefine()


def test_libvirtd_that_dies_and_comes_back(own_libvirtd, instances_path, image_files, ctx, instance, image):
    with libvirt_driver(
        (own_libvirtd.directory / "uri").read_text().strip(), instances_path, image_files
    ) as driver:
        driver.spawn(ctx, instance, image, [], [])
        own_libvirtd.kill()
        assert not driver.is_available()
        with pytest.raises(exception.HypervisorUnavailable):
            driver.get_info(instance)
        own_libvirtd.start()
        assert driver.is_available()
        assert driver.get_info(instance).state == power_state.RUNNING
        heard = _events(driver)
        driver._host.ask("lookupByUUIDString", instance.uuid).destroy()
        assert heard.get(timeout=10).transition == contract.STOPPED
        driver.destroy(ctx, instance)


def test_daemon_that_is_not_there(instances_path, image_files):
    with (
        pytest.raises(exception.HypervisorUnavailable, match="no-such-socket"),
        libvirt_driver("qemu+unix:///system?socket=/no-such-socket", instances_path, image_files),
    ):
        pass
    with (
        pytest.raises(exception.ConfigurationError, match="connection_uri"),
        libvirt_driver("nonsense://", instances_path, image_files),
    ):
        pass


@pytest.mark.parametrize(
    ("group", "name", "value"),
    [
        ("libvirt", "cpu_mode", "host-passthrough"),
        ("libvirt", "cpu_mode", "custom"),
        ("libvirt", "hw_machine_type", "pdp11"),
        ("libvirt", "cpu_models", ["Nehalem"]),
    ],
)
def test_options_that_do_not_fit_this_host(libvirt_uri, instances_path, image_files, group, name, value):
    CONF.set_override("virt_type", "qemu", "libvirt")
    CONF.set_override(name, value, group)
    try:
        with (
            pytest.raises(exception.ConfigurationError, match=r"\[libvirt\]"),
            libvirt_driver(libvirt_uri, instances_path, image_files),
        ):
            pass
    finally:
        CONF.clear_override(name, group)
        CONF.clear_override("virt_type", "libvirt")


def test_image_cache_forgets_old_bases(virt_driver, ctx, instance, image, instances_path):
    CONF.set_override("remove_unused_original_minimum_age_seconds", 0, "image_cache")
    try:
        virt_driver.spawn(ctx, instance, image, [], [])
        base = instances_path / "_base"
        assert len(list(base.iterdir())) == 1
        virt_driver.manage_image_cache(set())
        assert len(list(base.iterdir())) == 1, "a disk is an overlay over it"
        virt_driver.destroy(ctx, instance)
        virt_driver.manage_image_cache({image.id})
        assert len(list(base.iterdir())) == 1, "it is in use elsewhere"
        virt_driver.manage_image_cache(set())
        assert list(base.iterdir()) == []
    finally:
        CONF.clear_override("remove_unused_original_minimum_age_seconds", "image_cache")


def test_builds_at_once_fetch_an_image_once(virt_driver, ctx, image, image_files, instances_path):
    from nova_lite import concurrency

    pool = concurrency.executor("test-builds", 3)
    servers = [virt.an_instance(image, virt.a_flavor(memory_mb=32)) for _ in range(3)]
    for future in [pool.submit(virt_driver.spawn, ctx, server, image, [], []) for server in servers]:
        future.result(timeout=120)
    assert image_files.downloads == [image.id]
    resources = virt_driver.get_available_resource(virt_driver.get_available_nodes()[0])
    free = pathlib.Path(instances_path).stat() and resources.disk_available_least
    assert free is not None
    for server in servers:
        virt_driver.destroy(ctx, server)
    after = virt_driver.get_available_resource(virt_driver.get_available_nodes()[0])
    assert after.disk_available_least >= resources.disk_available_least + 2, (
        "three disks of 1 GiB may grow no more"
    )
