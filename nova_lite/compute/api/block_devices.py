"""The disks that a new server asks for: from the API's words to rows of `block_device_mapping`, checked.

Behaviour: https://docs.openstack.org/nova/latest/user/block-device-mapping.html.
"""

from collections.abc import Iterable

from oslo_utils import strutils

from nova_lite import exception
from nova_lite.conf import CONF

_KEYS = (
    "source_type", "destination_type", "guest_format", "device_type", "disk_bus", "boot_index", "device_name",
    "delete_on_termination", "snapshot_id", "volume_id", "volume_size", "volume_type", "image_id", "no_device", "tag",
)  # fmt: skip

#: Buses that a disk may name: those of the image property hw_disk_bus.
DISK_BUSES = ("fdc", "ide", "nvme", "sata", "scsi", "usb", "virtio")


def _row(**values) -> dict:
    return dict.fromkeys(_KEYS) | {"delete_on_termination": False, "no_device": False} | values


def _blank(size: int, guest_format: str | None = None) -> dict:
    return _row(
        source_type="blank",
        destination_type="local",
        delete_on_termination=True,
        device_type="disk",
        boot_index=-1,
        volume_size=size,
        guest_format=guest_format,
    )


def _image(image_id: str) -> dict:
    return _row(
        source_type="image",
        destination_type="local",
        delete_on_termination=True,
        device_type="disk",
        boot_index=0,
        image_id=image_id,
    )


def _is_blank(disk: dict) -> bool:
    return disk["source_type"] == "blank" and disk["destination_type"] == "local"


def is_swap(disk: dict) -> bool:
    """Return whether a disk is swap space."""
    return _is_blank(disk) and disk["guest_format"] == "swap"


def is_ephemeral(disk: dict) -> bool:
    """Return whether a disk is an empty local one."""
    return _is_blank(disk) and disk["guest_format"] != "swap"


#: Characters of a device's name with its directory: what the column holds.
_LONGEST_NAME = 255


def _device_name(given: str | None) -> str | None:
    if given is None:
        return None
    if " " in given:
        raise exception.InvalidBDMFormat(details="Device name contains spaces.")
    name = given if given.startswith("/dev/") else f"/dev/{given}"
    if len(name) > _LONGEST_NAME:
        raise exception.InvalidBDMFormat(details=f"Device name is longer than {_LONGEST_NAME} characters.")
    return name


def _numbers(given: dict) -> dict:
    made: dict = {}
    if given.get("volume_size") is not None:
        made["volume_size"] = int(given["volume_size"])
    if given.get("boot_index") is not None:
        made["boot_index"] = max(int(given["boot_index"]), -1)  # every negative number means the same
    return made


def from_api(given: dict, *, with_image: bool) -> dict:
    """Return the row of an item of `block_device_mapping_v2`.

    `with_image`: whether the request names an `imageRef`.

    Raises:
        InvalidBDMFormat: it contradicts itself.
    """
    made = _row(
        **{
            key: given[key]
            for key in ("guest_format", "device_type", "disk_bus", "volume_type", "tag")
            if key in given
        },
        **_numbers(given),
        device_name=_device_name(given.get("device_name")),
        delete_on_termination=strutils.bool_from_string(given.get("delete_on_termination", False)),
        no_device=bool(given.get("no_device")),
    )
    if made["no_device"]:
        return made
    source, target, uuid = given.get("source_type"), given.get("destination_type"), given.get("uuid")
    if source is None:
        raise exception.InvalidBDMFormat(details="Invalid source_type field.")
    if source == "blank" and uuid:
        raise exception.InvalidBDMFormat(details="Invalid device UUID.")
    if source != "blank":
        if not uuid:
            raise exception.InvalidBDMFormat(details="Missing device UUID.")
        made[f"{source}_id"] = uuid
    target = target or ("local" if source == "blank" else "volume")
    if source == "image" and target == "local" and (not with_image or made["boot_index"] != 0):
        raise exception.InvalidBDMFormat(details="Mapping image to local is not supported.")
    if source in ("volume", "snapshot") and target == "local":
        raise exception.InvalidBDMFormat(details=f"Mapping {source} to local is not supported.")
    if target == "local" and made["volume_type"]:
        raise exception.InvalidBDMFormat(
            details="Specifying a volume_type with destination_type=local is not supported."
        )
    return made | {"source_type": source, "destination_type": target}


def from_legacy(given: dict) -> dict | None:
    """Return the row of an item of `block_device_mapping` (the older form); None where it says "no device".

    Raises:
        InvalidBDMFormat: it is nothing that the older form knows.
    """
    made = _row(
        **_numbers(given),
        device_name=_device_name(given.get("device_name")),
        delete_on_termination=strutils.bool_from_string(given.get("delete_on_termination", False)),
    )
    name = given.get("virtual_name") or ""
    if given.get("no_device"):
        return None
    if name == "swap" or (name.startswith("ephemeral") and name[9:].isdigit()):
        swap = {"guest_format": "swap"} if name == "swap" else {}
        return made | _blank(made["volume_size"] or 0) | {"device_name": made["device_name"]} | swap
    for source in ("snapshot", "volume"):
        if given.get(f"{source}_id"):
            return made | {
                "source_type": source,
                "destination_type": "volume",
                f"{source}_id": given[f"{source}_id"],
            }
    raise exception.InvalidBDMFormat(details="Unrecognized legacy format.")


def complete(disks: Iterable[dict], flavor: dict, image_id: str | None, *, asked: str | None) -> list[dict]:
    """Return all disks of a server: those asked for, the image's, and what the flavor adds.

    `asked`: `v2`, `legacy`, or None when the request has no block devices. A request in the newer form names its
    root disk itself.
    """
    found = [disk for disk in disks if disk and not disk["no_device"]]
    if asked != "v2":
        if image_id:
            found.insert(0, _image(image_id))
        else:
            bootable = [disk for disk in found if disk["destination_type"] == "volume"]
            for disk in bootable[:1]:
                disk["boot_index"] = 0
    for disk in found:
        if disk["boot_index"] is None and asked == "legacy":
            disk["boot_index"] = -1
    if flavor["ephemeral_gb"] and not any(is_ephemeral(disk) for disk in found):
        found.append(_blank(flavor["ephemeral_gb"]))
    if flavor["swap"] and not any(is_swap(disk) for disk in found):
        found.append(_blank(flavor["swap"], "swap"))
    for disk in found:
        if is_ephemeral(disk) and not disk["volume_size"]:
            disk["volume_size"] = flavor["ephemeral_gb"]
        if is_swap(disk) and not disk["volume_size"]:
            disk["volume_size"] = flavor["swap"]
    return found


def check(disks: list[dict], flavor: dict, image_id: str | None) -> None:
    """Check all disks of a server together.

    Raises:
        InvalidBDM: one of its subclasses says what is wrong.
    """
    indexes = sorted(
        disk["boot_index"] for disk in disks if disk["boot_index"] is not None and disk["boot_index"] >= 0
    )
    if not indexes or indexes != list(range(len(indexes))):
        raise exception.InvalidBDMBootSequence
    for disk in disks:
        if disk["disk_bus"] and disk["disk_bus"] not in DISK_BUSES:
            raise exception.InvalidBDMFormat(details=f"Unknown disk bus {disk['disk_bus']!r}.")
        if disk["destination_type"] == "volume":
            _check_volume(disk)
        elif disk["image_id"] and disk["image_id"] != image_id:
            raise exception.InvalidBDMImage(id=disk["image_id"])
    if sum(disk["volume_size"] for disk in disks if is_ephemeral(disk)) > flavor["ephemeral_gb"]:
        raise exception.InvalidBDMEphemeralSize
    swaps = [disk for disk in disks if is_swap(disk)]
    if len(swaps) > 1:
        raise exception.InvalidBDMFormat(details="More than one swap drive requested.")
    if swaps and swaps[0]["volume_size"] > flavor["swap"]:
        raise exception.InvalidBDMSwapSize
    local = sum(disk["destination_type"] == "local" for disk in disks)
    if 0 <= CONF.max_local_block_devices < local:
        raise exception.InvalidBDMLocalsLimit


def _check_volume(disk: dict) -> None:
    """Refuse a volume: this cloud has no volume service, so there is none to be found."""
    if disk["volume_id"]:
        raise exception.InvalidBDMVolume(id=disk["volume_id"])
    if disk["snapshot_id"]:
        raise exception.InvalidBDMSnapshot(id=disk["snapshot_id"])
    if not disk["volume_size"]:
        raise exception.InvalidBDM(
            "Images with destination_type 'volume' need to have a non-zero size specified"
            if disk["image_id"]
            else "Blank volumes (source: 'blank', dest: 'volume') need to have non-zero size"
        )
    raise exception.InvalidBDM("Block Device Mapping is Invalid: this cloud has no volume service.")
