import shutil
import subprocess

import pytest

from nova_lite.virt import hardware
from nova_lite.virt.libvirt import disks, images
from nova_lite.virt.libvirt.xml.guest import Disk
from tests.support import virt


def _plan(flavor=None, bdms=(), image=None, config_drive=False, machine="pc", arch="x86_64"):
    image = image or virt.an_image()
    flavor = virt.a_flavor(**(flavor or {}))
    planned = disks.plan(
        virt.an_instance(image, flavor), image, hardware.check(flavor, image), bdms,
        arch=arch, machine=machine, config_drive=config_drive,
    )  # fmt: skip
    return [
        (disk.name, disk.size, target) for disk, target in zip(planned, disks.targets(planned), strict=True)
    ]


def test_disks_of_a_flavor():
    planned = _plan({"root_gb": 5, "ephemeral_gb": 2, "swap": 64}, config_drive=True)
    assert planned == [
        ("disk", 5, "vda"), ("disk.eph0", 2, "vdb"), ("disk.swap", 64, "vdc"), ("disk.config", 0, "hda"),
    ]  # fmt: skip


def test_disks_of_a_request_win():
    bdms = [
        virt.a_disk(),
        virt.a_disk(source_type="blank", boot_index=-1, volume_size=1),
        virt.a_disk(source_type="blank", boot_index=-1, volume_size=1, disk_bus="scsi"),
    ]
    assert _plan({"root_gb": 5, "ephemeral_gb": 2, "swap": 64}, bdms) == [
        ("disk", 5, "vda"), ("disk.eph0", 1, "vdb"), ("disk.eph1", 1, "sda"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arch", "machine", "target"),
    [("x86_64", "pc-i440fx-7.2", "hda"), ("x86_64", "pc-q35-7.2", "sda"), ("aarch64", "virt", "sda")],
)
def test_config_drives_bus(arch, machine, target):
    assert _plan(arch=arch, machine=machine, config_drive=True)[-1][2] == target


def test_many_disks():
    planned = [disks.Planned(disks.EPHEMERAL, "x", "disk", "virtio")] * 28
    names = disks.targets(planned)
    assert (names[0], names[25], names[26], names[27]) == ("vda", "vdz", "vdaa", "vdab")


@pytest.mark.skipif(not shutil.which("qemu-img"), reason="needs qemu-img")
@pytest.mark.parametrize(("kind", "expected"), [("default", "qcow2"), ("flat", "raw"), ("raw", "raw")])
def test_backend(instances_path, option, tmp_path, kind, expected):
    option("images_type", kind, "libvirt")
    (tmp_path / "base").write_bytes(b"\1" * 4096)
    backend = disks.Backend(images.ImageCache(None))
    base = images.Base(tmp_path / "base", "raw", 4096)
    backend.make(base, tmp_path / "disk", 1 << 20)
    command = ["qemu-img", "convert", "-f", expected, "-O", "raw", tmp_path / "disk", tmp_path / "out"]
    subprocess.run(command, check=True, timeout=60)
    content = (tmp_path / "out").read_bytes()
    assert content[:4096] == b"\1" * 4096
    assert len(content) == 1 << 20
    backend.make(base, tmp_path / "disk", 2 << 20)
    assert not list(tmp_path.glob("*.part")), "made once, and no part is left"


def test_use_cow_images_off_is_flat(option):
    option("use_cow_images", False)
    assert disks.Backend(images.ImageCache(None)).format == "raw"


@pytest.mark.skipif(not shutil.which("qemu-img"), reason="needs qemu-img")
def test_usage_counts_what_overlays_may_grow(instances_path, tmp_path):
    (tmp_path / "base").write_bytes(b"\0" * 4096)
    before = disks.usage()
    for number in range(2):
        directory = disks.InstanceDirectory(f"server-{number}")
        directory.make()
        disk = directory.path / "disk"
        disks.Backend(images.ImageCache(None)).make(
            images.Base(tmp_path / "base", "raw", 4096), disk, 3 << 30
        )
        directory.write_info([Disk("disk", str(disk), "qcow2", "virtio", "vda")])
    after = disks.usage()
    assert before.over_committed == 0
    assert 6 * (1 << 30) - (8 << 20) < after.over_committed <= 6 * (1 << 30)
    assert after.backing_files == {str(tmp_path / "base")}
    assert after.total == shutil.disk_usage(instances_path).total


def test_plan_outlives_the_block_devices(instances_path):
    directory = disks.InstanceDirectory("server")
    assert directory.read_plan() == (None, [])
    directory.make()
    planned = [disks.Planned(disks.ROOT, "disk", "disk", "virtio", 1, boot_order=1)]
    directory.write_plan("pc-i440fx-7.2", planned)
    assert directory.read_plan() == ("pc-i440fx-7.2", planned)
    (instances_path / "server" / "guest.json").write_text('{"machine": "pc"}')
    assert directory.read_plan() == (None, [])


def test_directory_is_removed_by_way_of_another_name(instances_path, monkeypatch):
    directory = disks.InstanceDirectory("server")
    directory.make()
    monkeypatch.setattr(shutil, "rmtree", lambda *_args, **_more: None)  # as if killed in the middle
    assert directory.remove() is False
    assert not directory.path.exists()
    assert (instances_path / "server_del").exists()
    monkeypatch.undo()
    assert directory.remove() is True
    assert list(instances_path.iterdir()) == []
    assert directory.remove() is True
