"""What the libvirt driver adds to libvirt: spawn, against define and create of the same XML."""

import os
import shutil
import statistics
import time

import pytest

from tests.integration.conftest import private_libvirtd
from tests.integration.virt.conftest import libvirt_driver
from tests.support import virt

ROUNDS = 8
RATIO = ("<=", 1.1)
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])


def _measured(work) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _bare(connection, xml: str) -> None:
    connection.defineXML(xml).create()


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("libvirtd", path=PATH), reason="needs root and libvirtd"
)
def test_spawn_against_bare_libvirt(figures, tmp_path):
    """Both in turns, so that other load meets both; the disks are made by spawn and used again."""
    pytest.importorskip("libvirt")
    image = virt.an_image()
    (tmp_path / "image").write_bytes(b"\0" * (64 << 20))
    files = virt.ImageFiles({image.id: tmp_path / "image"})
    ctx, spawns, creates = virt.a_context(), [], []
    with private_libvirtd() as daemon:
        uri = (daemon.directory / "uri").read_text().strip()
        with libvirt_driver(uri, tmp_path / "instances", files) as driver:
            connection = driver._host.connection()
            for number in range(ROUNDS + 1):
                server = virt.an_instance(image, virt.a_flavor(memory_mb=64), config_drive="True")
                spawned = _measured(
                    lambda server=server: driver.spawn(ctx, server, image, [], [], admin_password="secret")
                )
                domain = connection.lookupByUUIDString(server.uuid)
                xml = domain.XMLDesc(2)  # VIR_DOMAIN_XML_INACTIVE
                driver.destroy(ctx, server, destroy_disks=False)
                created = _measured(lambda xml=xml: _bare(connection, xml))
                driver.destroy(ctx, server)
                if number:  # the first one fetches the image
                    spawns.append(spawned)
                    creates.append(created)
    section = "One guest (libvirt driver, QEMU)"
    figures.add(section, "spawn with config drive, median", 1000 * statistics.median(spawns), "ms")
    figures.add(
        section, "bare define and create of the same XML, median", 1000 * statistics.median(creates), "ms"
    )
    figures.add(section, "spawn / bare, of the quickest", min(spawns) / min(creates), "", RATIO)
    figures.add(
        section,
        "spawn / bare, of the medians",
        statistics.median(spawns) / statistics.median(creates),
        "",
        RATIO,
    )
