import shutil
import subprocess

import pytest

from nova_lite import exception, metadata
from nova_lite.virt.libvirt import configdrive, programs
from tests.support import virt

FILES = {
    "openstack/latest/meta_data.json": b'{"uuid": "x"}',
    "openstack/2012-08-10/meta_data.json": b'{"uuid": "x"}',
    "openstack/content/0000": b"\x00binary\xff",
    "ec2/2009-04-04/meta-data.json": b"{}",
}


def _read_iso(path, target):
    subprocess.run(
        ["xorriso", "-osirrox", "on", "-indev", path, "-extract", "/", target],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip


def _contents(directory):
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


@pytest.mark.skipif(not shutil.which("xorriso"), reason="reads the image with xorriso")
@pytest.mark.parametrize("program", configdrive.ISO_PROGRAMS)
def test_iso9660(tmp_path, monkeypatch, program):
    if not programs.find(program):
        pytest.skip(f"no {program} here")
    monkeypatch.setattr(configdrive, "ISO_PROGRAMS", {program: configdrive.ISO_PROGRAMS[program]})
    configdrive.make(FILES, tmp_path / "disk.config")
    assert (tmp_path / "disk.config").read_bytes()[0x8028:0x8048].rstrip() == b"config-2"
    assert (tmp_path / "disk.config").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["disk.config"], "no temporary files are left"
    _read_iso(tmp_path / "disk.config", tmp_path / "out")
    assert _contents(tmp_path / "out") == FILES


@pytest.mark.skipif(not shutil.which("mcopy"), reason="needs mtools")
def test_vfat(tmp_path, option):
    option("config_drive_format", "vfat")
    configdrive.make(FILES, tmp_path / "disk.config")
    (tmp_path / "out").mkdir()
    subprocess.run(
        ["mcopy", "-s", "-i", tmp_path / "disk.config", "::*", tmp_path / "out"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    assert _contents(tmp_path / "out") == FILES
    label = subprocess.run(["blkid", "-p", "-o", "value", "-s", "LABEL", tmp_path / "disk.config"],
                           capture_output=True, text=True, check=True, timeout=60)  # fmt: skip
    assert label.stdout.strip().lower() == "config-2"


def test_a_whole_servers_drive(tmp_path):
    instance = virt.an_instance(metadata={"a": "b"}, key_name="k", key_data="ssh-rsa AAAA")
    configdrive.make(metadata.InstanceMetadata(instance, [virt.a_vif()]).files(), tmp_path / "disk.config")
    assert (tmp_path / "disk.config").stat().st_size > 100_000


def test_without_any_program(tmp_path, monkeypatch):
    monkeypatch.setattr(configdrive, "ISO_PROGRAMS", {"no-such-program": []})
    with pytest.raises(exception.ConfigDriveMountFailed, match="none of no-such-program is installed"):
        configdrive.make(FILES, tmp_path / "disk.config")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wish", "of_image", "forced", "expected"),
    [
        ("True", "optional", False, True),
        ("", "optional", False, False),
        (None, "mandatory", False, True),
        ("False", "optional", True, True),
    ],
)
def test_who_gets_one(option, wish, of_image, forced, expected):
    option("force_config_drive", forced)
    assert configdrive.required_by(virt.an_instance(config_drive=wish), of_image) is expected
