import json
import os
import shutil
import subprocess
import time

import pytest

from nova_lite import exception
from nova_lite.virt.libvirt import images
from tests.support import virt

pytestmark = pytest.mark.skipif(not shutil.which("qemu-img"), reason="needs qemu-img")


def _qemu_img(*words):
    return subprocess.run(["qemu-img", *map(str, words)], check=True, capture_output=True, timeout=60).stdout


@pytest.fixture
def service(tmp_path):
    return virt.ImageFiles()


@pytest.fixture
def cache(instances_path, service):
    return images.ImageCache(service)


@pytest.fixture
def image(tmp_path, service):
    """Makes an image: image(disk_format, content or qemu-img's arguments)."""

    def make(disk_format, content=None, *create, **values):
        made = virt.an_image(disk_format=disk_format, **values)
        path = tmp_path / made.id
        if content is not None:
            path.write_bytes(content)
        else:
            _qemu_img("create", "-q", "-f", disk_format, *create[:-1], path, create[-1])
        service.files[made.id] = path
        return made

    return make


def test_qcow2_becomes_a_raw_base(cache, image, service, instances_path):
    made = image("qcow2", None, "8M")
    base = cache.get(None, made)
    assert base.path == instances_path / "_base" / images.base_name(made.id)
    assert (base.format, base.virtual_size, base.path.stat().st_size) == ("raw", 8 << 20, 8 << 20)
    assert cache.get(None, made) == base
    assert service.downloads == [made.id]
    assert [path.name for path in base.path.parent.iterdir()] == [base.path.name]


def test_qcow2_is_kept_without_force_raw_images(cache, image, option):
    option("force_raw_images", False)
    made = image("qcow2", None, "8M")
    base = cache.get(None, made)
    assert (base.path.suffix, base.format, base.virtual_size) == (".qcow2", "qcow2", 8 << 20)
    assert cache.get(None, made) == base
    assert cache.get(None, made, raw=True).format == "raw", "the flat backend needs a raw one"


def test_raw_disk_that_looks_like_qcow2_stays_raw(cache, image, option, tmp_path):
    """What a guest's first sector holds must never choose the format of a cached base."""
    inner = tmp_path / "inner.qcow2"
    _qemu_img("create", "-q", "-f", "qcow2", inner, "1M")
    made = virt.an_image(disk_format="qcow2")
    _qemu_img("convert", "-f", "raw", "-O", "qcow2", inner, tmp_path / made.id)
    cache.image_api.files[made.id] = tmp_path / made.id
    assert cache.get(None, made).path.read_bytes()[:4] == b"QFI\xfb"
    option("force_raw_images", False)
    assert cache.get(None, made).format == "raw"


@pytest.mark.parametrize("disk_format", ["vmdk", "vdi"])
def test_other_formats_become_raw(cache, image, option, disk_format):
    option("force_raw_images", False)
    options = ["-o", "subformat=monolithicSparse"] if disk_format == "vmdk" else []
    base = cache.get(None, image(disk_format, None, *options, "8M"))
    assert (base.format, base.virtual_size) == ("raw", 8 << 20)


@pytest.mark.parametrize(
    ("disk_format", "content", "reason"),
    [
        ("qcow2", b"not a disk at all" * 100, "content is raw"),
        ("qcow2", b"QFI\xfb" + b"\xff" * 4096, "damaged|not safe|cannot be read"),
        ("raw", b"QFI\xfb\x00\x00\x00\x03" + b"\x00" * 4096, "content is qcow2|damaged"),
        ("raw", b"", "empty"),
        ("ploop", b"x", "disk_format 'ploop'"),
    ],
)
def test_refused(cache, image, disk_format, content, reason):
    made = image(disk_format, content)
    with pytest.raises(exception.ImageUnacceptable, match=reason) as caught:
        cache.get(None, made)
    assert made.id in str(caught.value)
    assert list(cache.directory.iterdir()) == [], "nothing of it is left"


def test_images_that_refer_to_other_files_are_refused(cache, image, tmp_path):
    (tmp_path / "secret").write_bytes(b"x" * 1024)
    with_backing = image("qcow2", None, "-F", "raw", "-b", tmp_path / "secret", "1M")
    with_data = image("qcow2", None, "-o", f"data_file={tmp_path}/data", "1M")
    for made in (with_backing, with_data):
        with pytest.raises(exception.ImageUnacceptable, match="not safe"):
            cache.get(None, made)


def test_length_that_was_not_promised(cache, image):
    made = image("raw", b"x" * 1024, size=2048)
    with pytest.raises(exception.ImageUnacceptable, match="1024 bytes where 2048"):
        cache.get(None, made)


def test_failed_download_leaves_nothing(cache):
    with pytest.raises(exception.ImageNotFound):
        cache.get(None, virt.an_image())
    assert list(cache.directory.iterdir()) == []


def test_qcow2_header(tmp_path):
    (tmp_path / "base").write_bytes(b"\0" * 512)
    _qemu_img("create", "-q", "-f", "qcow2", "-F", "raw", "-b", tmp_path / "base", tmp_path / "disk", "3G")
    assert images.read_qcow2_header(tmp_path / "disk") == images.Qcow2Header(3 << 30, str(tmp_path / "base"))
    assert images.read_qcow2_header(tmp_path / "base") is None
    assert images.read_qcow2_header(tmp_path / "none") is None


@pytest.mark.parametrize("file_system", ["ext4", "ext3", "vfat"])
def test_ephemeral_file_systems(cache, file_system):
    base = cache.ephemeral(1, file_system, "ephemeral0")
    assert (base.path.name, base.virtual_size) == (f"ephemeral_1_{file_system}", 1 << 30)
    found = subprocess.run(
        ["blkid", "-p", "-o", "export", base.path], capture_output=True, text=True, check=True
    )
    assert f"TYPE={file_system}" in found.stdout
    assert "LABEL=ephemeral0" in found.stdout.replace("EPHEMERAL0", "ephemeral0")
    assert base.path.stat().st_blocks * 512 < 1 << 28, "it is sparse"


def test_unknown_file_system(cache):
    with pytest.raises(exception.InvalidInput, match="reiserfs"):
        cache.ephemeral(1, "reiserfs", "ephemeral0")


def test_swap(cache):
    base = cache.swap(16)
    assert base.virtual_size == 16 << 20
    assert b"SWAPSPACE2" in base.path.read_bytes()[:8192]


def test_clean_up(cache, image, option):
    option("remove_unused_original_minimum_age_seconds", 3600, "image_cache")
    used, below_a_disk, old, young = (image("raw", b"\1" * 1024) for _ in range(4))
    bases = {made.id: cache.get(None, made).path for made in (used, below_a_disk, old, young)}
    swap = cache.swap(1).path
    part = cache.directory / f"{'a' * 40}.part"
    part.touch()
    (cache.directory / "note").touch()
    ago = time.time() - 7200
    for path in (bases[used.id], bases[below_a_disk.id], bases[old.id], swap, part, cache.directory / "note"):
        os.utime(path, (ago, ago))
    removed = cache.clean({used.id}, {str(bases[below_a_disk.id])})
    assert sorted(removed) == sorted([bases[old.id].name, swap.name])
    assert part.exists(), "a download may still run"
    os.utime(part, (ago - 86400, ago - 86400))
    option("remove_unused_base_images", False, "image_cache")
    assert cache.clean(set(), set()) == [part.name]


def test_disk_info_is_json(tmp_path, instances_path):
    from nova_lite.virt.libvirt import disks
    from nova_lite.virt.libvirt.xml.guest import Disk

    directory = disks.InstanceDirectory("u")
    directory.make()
    directory.write_info([Disk("disk", "/x/disk", "qcow2", "virtio", "vda")])
    assert json.loads((instances_path / "u" / "disk.info").read_text()) == {"/x/disk": "qcow2"}
    assert directory.read_info() == {"/x/disk": "qcow2"}
