import pathlib

import pytest

from nova_lite import exception
from nova_lite.virt import hardware
from tests.support import virt

BAD = (exception.InvalidImagePropertyValue, exception.InvalidExtraSpecValue, exception.FlavorImageConflict)
FREE_TEXT = {"os_distro", "hv_type", "os_command_line"}


def check(properties=None, specs=None, **flavor):
    return hardware.check(
        virt.a_flavor(extra_specs=specs or {}, **flavor), virt.an_image(properties=properties)
    )


def test_defaults():
    values = check()
    assert (values.vif_model, values.rng_allowed, values.serial_port_count) == ("virtio", True, 1)
    assert (values.disk_bus, values.uefi, values.windows) == (None, False, False)


def test_names_are_unique():
    for column in ("name", "image", "spec"):
        names = [getattr(row, column) for row in hardware.TABLE if getattr(row, column) is not None]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("row", hardware.TABLE, ids=lambda row: row.name)
def test_each_row_refuses_what_it_cannot_be(row):
    """The error has code 400 and names the property and its value."""
    wrong = "a\nb" if row.name in FREE_TEXT else "\x01 nonsense"
    for name, arguments in ((row.image, "properties"), (row.spec, "specs"), (row.legacy, "properties")):
        if name is None or (name is row.legacy and row.name == "hide_hypervisor"):
            continue
        with pytest.raises(BAD) as caught:
            check(**{arguments: {name: wrong}})
        assert caught.value.code == 400
        assert name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("hw_disk_bus", "scsi", ("disk_bus", "scsi")),
        ("hw_boot_menu", "True", ("boot_menu", True)),
        ("hw_qemu_guest_agent", "yes", ("qemu_guest_agent", True)),
        ("hw_video_ram", "16", ("video_ram", 16)),
        ("os_shutdown_timeout", "30", ("os_shutdown_timeout", 30)),
        ("hw_machine_type", "pc-i440fx-7.2", ("machine_type", "pc-i440fx-7.2")),
        ("vm_mode", "hvm", ("vm_mode", "hvm")),
        ("architecture", "x86_64", ("architecture", "x86_64")),
        ("hypervisor_type", "kvm", ("hv_type", "kvm")),
    ],
)
def test_image_properties_are_typed(name, value, expected):
    assert getattr(check({name: value}), expected[0]) == expected[1]


@pytest.mark.parametrize(
    ("properties", "specs", "name", "expected"),
    [
        # the flavor's counts
        ({"hw_boot_menu": "true"}, {"hw:boot_menu": "false"}, "boot_menu", False),
        ({"hw_sound_model": "ac97"}, {"hw:sound_model": "ich9"}, "sound_model", "ich9"),
        # the image's counts
        ({"hw_watchdog_action": "pause"}, {"hw:watchdog_action": "reset"}, "watchdog_action", "pause"),
        # one of them is enough
        ({"img_hide_hypervisor_id": "false"}, {"hw:hide_hypervisor_id": "true"}, "hide_hypervisor", True),
        ({}, {"hide_hypervisor_id": "true"}, "hide_hypervisor", True),
        # the flavor limits the image
        ({"hw_video_ram": "8"}, {"hw_video:ram_max_mb": "16"}, "video_ram", 8),
        ({}, {"hw_video:ram_max_mb": "16"}, "video_ram", None),
        ({"hw_serial_port_count": "1"}, {"hw:serial_port_count": "2"}, "serial_port_count", 1),
        ({}, {"hw:serial_port_count": "2"}, "serial_port_count", 2),
        # they agree
        ({"hw_pmu": "on"}, {"hw:pmu": "true"}, "pmu", True),
    ],
)
def test_flavor_and_image(properties, specs, name, expected):
    assert getattr(check(properties, specs), name) == expected


@pytest.mark.parametrize(
    ("properties", "specs", "error"),
    [
        ({"hw_pmu": "true"}, {"hw:pmu": "false"}, exception.FlavorImageConflict),
        ({"hw_tpm_version": "1.2"}, {"hw:tpm_version": "2.0"}, exception.FlavorImageConflict),
        ({"os_secure_boot": "required"}, {"os:secure_boot": "disabled"}, exception.FlavorImageConflict),
        ({"hw_video_ram": "32"}, {"hw_video:ram_max_mb": "16"}, exception.InvalidImagePropertyValue),
        ({"hw_serial_port_count": "3"}, {"hw:serial_port_count": "2"}, exception.InvalidImagePropertyValue),
        # combinations that no machine can be
        ({"os_secure_boot": "required", "hw_machine_type": "pc"}, {}, exception.InvalidImagePropertyValue),
        ({"os_secure_boot": "required", "hw_firmware_type": "bios"}, {}, exception.InvalidImagePropertyValue),
        ({"hw_firmware_stateless": "true"}, {}, exception.InvalidImagePropertyValue),
        ({"hw_tpm_model": "tpm-crb", "hw_tpm_version": "1.2"}, {}, exception.InvalidImagePropertyValue),
        ({"hw_tpm_model": "tpm-crb"}, {}, exception.InvalidImagePropertyValue),
        ({"hw_machine_type": "q35", "hw_disk_bus": "ide"}, {}, exception.InvalidImagePropertyValue),
        ({"hw_disk_bus": "fdc"}, {}, exception.InvalidImagePropertyValue),
        ({"hw_cdrom_bus": "virtio"}, {}, exception.InvalidImagePropertyValue),
        ({"hw_viommu_model": "intel", "hw_machine_type": "pc"}, {}, exception.InvalidImagePropertyValue),
        ({}, {"hw_rng:rate_period": "1000"}, exception.InvalidExtraSpecValue),
        ({}, {"quota:cpu_quota": "500"}, exception.InvalidExtraSpecValue),
        ({}, {"hw:maxphysaddr_bits": "42"}, BAD),
        (
            {},
            {"quota:disk_total_bytes_sec": "1", "quota:disk_read_bytes_sec": "1"},
            exception.InvalidExtraSpecValue,
        ),
        (
            {},
            {"quota:disk_total_iops_sec": "1", "quota:disk_write_iops_sec": "1"},
            exception.InvalidExtraSpecValue,
        ),
        ({}, {"quota:vif_inbound_peak": "1"}, BAD),
        # what this driver does not do
        ({"hw_cpu_policy": "dedicated"}, {}, exception.InvalidImagePropertyValue),
        ({}, {"hw:mem_page_size": "large"}, exception.InvalidExtraSpecValue),
        ({}, {"hw:numa_cpus.0": "0"}, exception.InvalidExtraSpecValue),
        ({"hw_numa_mem.0": "64"}, {}, exception.InvalidImagePropertyValue),
        ({}, {"pci_passthrough:alias": "gpu:1"}, exception.InvalidExtraSpecValue),
        ({}, {"accel:device_profile": "x"}, exception.InvalidExtraSpecValue),
    ],
)
def test_refused(properties, specs, error):
    with pytest.raises(error) as caught:
        check(properties, specs)
    assert caught.value.code == 400


@pytest.mark.parametrize(
    ("properties", "specs"),
    [
        ({"hw_cpu_policy": "shared", "hw_numa_nodes": "1", "hw_mem_page_size": "small"}, {}),
        (
            {"my_own": "<anything>", "hw_something_new": "x"},
            {"capabilities:cpu_info": "x", "trait:A": "required"},
        ),
        ({"hw_disk_bus": ""}, {"quota:cpu_quota": "-1"}),
    ],
)
def test_left_alone(properties, specs):
    check(properties, specs)


@pytest.mark.parametrize(
    ("vcpus", "properties", "specs", "expected"),
    [
        (4, {}, {}, (4, 1, 1)),
        (4, {"hw_cpu_sockets": "1"}, {}, (1, 4, 1)),
        (4, {"hw_cpu_cores": "2"}, {}, (2, 2, 1)),
        (8, {"hw_cpu_threads": "2"}, {"hw:cpu_sockets": "2"}, (2, 2, 2)),
        (6, {"hw_cpu_max_sockets": "2"}, {}, (2, 3, 1)),
        (4, {"hw_cpu_cores": "4"}, {"hw:cpu_cores": "2"}, (2, 2, 1)),
    ],
)
def test_topology(vcpus, properties, specs, expected):
    flavor, image = virt.a_flavor(vcpus=vcpus, extra_specs=specs), virt.an_image(properties=properties)
    found = hardware.topology(flavor, image)
    assert (found.sockets, found.cores, found.threads) == expected


@pytest.mark.parametrize(
    ("properties", "specs"),
    [
        ({"hw_cpu_sockets": "3"}, {}),
        ({"hw_cpu_sockets": "2", "hw_cpu_max_sockets": "1"}, {}),
        ({"hw_cpu_max_sockets": "8"}, {"hw:cpu_max_sockets": "2"}),
        ({"hw_cpu_max_sockets": "1", "hw_cpu_max_cores": "1", "hw_cpu_max_threads": "1"}, {}),
    ],
)
def test_topology_that_cannot_be(properties, specs):
    with pytest.raises(exception.InvalidImagePropertyValue):
        check(properties, specs, vcpus=4)


def test_the_page_about_properties_knows_all_of_them():
    page = (pathlib.Path(__file__).parents[3] / "docs" / "image-properties.md").read_text(encoding="utf-8")
    for row in hardware.TABLE:
        for name in filter(None, (row.image, row.spec)):
            assert f"`{name}`" in page, name
