#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the flavors and the image that a new cloud has, through its APIs, as admin. What is there stays.

Prints one line for each thing made.
"""

from __future__ import annotations

import io
import pathlib

import api

#: Names and ids are DevStack's: name → (id, MiB of memory, GiB of disk, VCPUs). m1.nano and m1.micro have less
#: memory than DevStack's of today (192 and 256 MiB): the nova-lite guest boots in 96 MiB.
FLAVORS = {
    "m1.nano": ("42", 128, 1, 1),
    "m1.micro": ("84", 192, 1, 1),
    "m1.tiny": ("1", 512, 1, 1),
    "m1.small": ("2", 2048, 20, 1),
    "m1.medium": ("3", 4096, 40, 2),
    "m1.large": ("4", 8192, 80, 4),
    "m1.xlarge": ("5", 16384, 160, 8),
}

IMAGE = "nova-lite-guest"
#: What tools/devstack/guest makes. Its kernel drives no SATA, which a CD-ROM of a q35 machine has by default.
GUEST = {
    "disk_format": "qcow2",
    "min_ram": 96,
    "min_disk": 1,
    "os_type": "linux",
    "os_distro": "debian",
    "hw_disk_bus": "virtio",
    "hw_scsi_model": "virtio-scsi",
    "hw_cdrom_bus": "scsi",
    "hw_vif_model": "virtio",
    "hw_rng_model": "virtio",
    "hw_qemu_guest_agent": "yes",
}
#: For the fake driver, which reads no image: an empty disk of the same name.
FAKE = {"disk_format": "raw", "min_disk": 0, "description": "An empty disk, for the fake driver."}
FAKE_SIZE = 1 << 20


def make_flavors(cloud: api.Cloud) -> None:
    """Make the flavors that are missing."""
    listed = cloud.compute.get("/flavors?is_public=None").json()["flavors"]
    there = {flavor["name"] for flavor in listed} | {flavor["id"] for flavor in listed}
    for name, (flavor_id, ram, disk, vcpus) in FLAVORS.items():
        if name not in there and flavor_id not in there:
            body = {"id": flavor_id, "name": name, "ram": ram, "disk": disk, "vcpus": vcpus}
            cloud.compute.post("/flavors", json={"flavor": body})
            print(f"flavor {name}")


def make_image(cloud: api.Cloud, path: str) -> None:
    """Upload the image unless there is an active public one of its name."""
    listed = cloud.image.get(f"/v2/images?name={IMAGE}&visibility=public").json()["images"]
    for image in listed:
        if image["status"] in ("active", "deactivated"):
            return
        # An upload that was cut off.
        cloud.image.delete(f"/v2/images/{image['id']}")
    properties = FAKE if path == "fake" else GUEST
    body = {"name": IMAGE, "container_format": "bare", "visibility": "public", **properties}
    image = cloud.image.post("/v2/images", json=body).json()
    with io.BytesIO(bytes(FAKE_SIZE)) if path == "fake" else pathlib.Path(path).open("rb") as data:
        cloud.image.put(
            f"/v2/images/{image['id']}/file",
            data=data,
            headers={"Content-Type": "application/octet-stream"},
        )
    print(f"image {IMAGE}")


def main() -> None:
    """Entry point."""
    parser = api.parser(__doc__)
    parser.add_argument("--image", required=True, help="file of the guest image (qcow2), or fake")
    args = parser.parse_args()
    cloud = api.Cloud(args, "admin")
    make_flavors(cloud)
    make_image(cloud, args.image)


if __name__ == "__main__":
    api.run(main)
