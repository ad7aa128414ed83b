"""Disks of new servers: from the API's words to rows."""

import contextlib

import pytest

from nova_lite import exception
from nova_lite.compute.api import block_devices
from nova_lite.conf import CONF

IMAGE = "11111111-1111-4111-8111-111111111111"
FLAVOR = {"ephemeral_gb": 0, "swap": 0}
BIG = {"ephemeral_gb": 10, "swap": 512}


def shapes(disks):
    return [
        (disk["source_type"], disk["boot_index"], disk["guest_format"], disk["volume_size"]) for disk in disks
    ]


@pytest.mark.parametrize(
    ("flavor", "asked", "form", "found"),
    [
        (FLAVOR, [], None, [("image", 0, None, None)]),
        (BIG, [], None, [("image", 0, None, None), ("blank", -1, None, 10), ("blank", -1, "swap", 512)]),
        # What the user splits is not added again.
        (BIG, [{"virtual_name": "ephemeral0", "volume_size": 4}, {"virtual_name": "ephemeral1", "volume_size": 6}],
         "legacy",
         [("image", 0, None, None), ("blank", -1, None, 4), ("blank", -1, None, 6), ("blank", -1, "swap", 512)]),
        (BIG, [{"virtual_name": "swap", "volume_size": 100}], "legacy",
         [("image", 0, None, None), ("blank", -1, "swap", 100), ("blank", -1, None, 10)]),
        (FLAVOR, [{"device_name": "vdb", "no_device": True}], "legacy", [("image", 0, None, None)]),
    ],
)  # fmt: skip
def test_complete(flavor, asked, form, found):
    given = [block_devices.from_legacy(each) for each in asked]
    disks = block_devices.complete(given, flavor, IMAGE, asked=form)
    assert shapes(disks) == [
        (source, index, kind, None if source == "image" else size) for source, index, kind, size in found
    ]
    assert {disk["delete_on_termination"] for disk in disks} == {True}


ROOT = {"uuid": IMAGE, "source_type": "image", "destination_type": "local", "boot_index": "0"}


def test_v2():
    given = [
        ROOT,
        {"source_type": "blank", "guest_format": "swap"},
        {"source_type": "blank", "volume_size": "3"},
    ]
    rows = [block_devices.from_api(each, with_image=True) for each in given]
    disks = block_devices.complete(rows, BIG, IMAGE, asked="v2")
    assert shapes(disks) == [("image", 0, None, None), ("blank", None, "swap", 512), ("blank", None, None, 3)]
    assert {disk["destination_type"] for disk in disks} == {"local"}
    block_devices.check(disks, BIG, IMAGE)


def test_defaults_of_v2():
    row = block_devices.from_api(
        {"source_type": "volume", "uuid": "v", "device_name": "vdb"}, with_image=True
    )
    assert (row["destination_type"], row["volume_id"], row["device_name"]) == ("volume", "v", "/dev/vdb")
    row = block_devices.from_api({"no_device": True}, with_image=True)
    assert row["no_device"]
    row = block_devices.from_api(
        ROOT | {"boot_index": "-99999999999"} | {"source_type": "blank", "uuid": None}, with_image=True
    )
    assert row["boot_index"] == -1


@pytest.mark.parametrize(
    ("indexes", "right"),
    [
        ([0], True),
        ([0, 1, None, -1], True),
        ([], False),
        ([1], False),
        ([0, 0], False),
        ([0, 2], False),
        ([None], False),
    ],
)
def test_boot_sequence(indexes, right):
    CONF.set_override("max_local_block_devices", -1)
    disks = [block_devices._image(IMAGE) | {"boot_index": index} for index in indexes]
    expected = contextlib.nullcontext() if right else pytest.raises(exception.InvalidBDMBootSequence)
    with expected:
        block_devices.check(disks, FLAVOR, IMAGE)
    CONF.clear_override("max_local_block_devices")


def test_local_limit():
    disks = [block_devices._image(IMAGE), *[block_devices._blank(0) for _ in range(3)]]
    with pytest.raises(exception.InvalidBDMLocalsLimit):
        block_devices.check(disks, FLAVOR, IMAGE)


def test_legacy_that_is_nothing():
    with pytest.raises(exception.InvalidBDMFormat, match="Unrecognized legacy format"):
        block_devices.from_legacy({"device_name": "vdb"})
