"""Spawn on libvirt against what libvirt alone takes to create a guest from the same XML."""

import importlib.util
import shutil
import statistics
import time
import uuid as uuid_module

import pytest

from tests.support import libvirt, virt

RUNS = 5
MEMORY = 96  # MiB
RATIO = ("<=", 1.1)
NEEDED = ("libvirtd", "qemu-system-x86_64", "qemu-img")


@pytest.fixture(scope="module")
def parts(figures):
    """The parts of a spawn; skipped, with a line in the table, where there is no libvirt."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if importlib.util.find_spec("libvirt") is None:
        missing.append("python's libvirt")
    if missing:
        reason = f"Spawn was not measured, missing: {', '.join(missing)}"
        figures.note(reason)
        pytest.skip(reason)
    from tests.integration import conftest as integration
    from tests.integration.virt.conftest import libvirt_driver

    return integration.private_libvirtd, libvirt_driver


def test_spawn(parts, figures, tmp_path):
    """Medians of RUNS spawns; each is destroyed, and its very XML and disks are started by libvirt alone.

    Bare libvirt is given what a spawn makes before it calls libvirt (disks, directories): what is compared is
    `defineXML` + `create` with all of `spawn`.
    """
    private_libvirtd, libvirt_driver = parts
    image = virt.an_image(disk_format="qcow2")
    files = virt.ImageFiles()
    files.files[image.id] = libvirt.build_guest_image(libvirt.cache_directory() / "guest")
    context, spawns, creates = virt.a_context(), [], []
    with private_libvirtd() as daemon:
        uri = (daemon.directory / "uri").read_text().strip()
        with libvirt_driver(uri, tmp_path, files) as driver:
            for turn in range(RUNS + 1):
                instance = virt.an_instance(
                    image, virt.a_flavor(memory_mb=MEMORY), uuid=str(uuid_module.uuid4())
                )
                begun = time.perf_counter()
                driver.spawn(context, instance, image, [], [])
                spawned = time.perf_counter() - begun
                created = _create_bare(uri, instance.uuid)
                driver.destroy(context, instance, [])
                if turn:  # the first one copies the image and probes QEMU
                    spawns.append(spawned)
                    creates.append(created)
    spawn, create = statistics.median(spawns), statistics.median(creates)
    figures.add("Spawn on libvirt", "spawn, median", 1000 * spawn, "ms")
    figures.add("Spawn on libvirt", "libvirt's create of the same XML, median", 1000 * create, "ms")
    figures.add("Spawn on libvirt", "spawn / create", spawn / create, "times", RATIO)


def _create_bare(uri: str, uuid: str) -> float:
    """End a guest, forget it, and make it again from its own XML with nothing but libvirt; return the seconds."""
    import libvirt as bindings

    connection = bindings.open(uri)
    try:
        domain = connection.lookupByUUIDString(uuid)
        xml = domain.XMLDesc(bindings.VIR_DOMAIN_XML_INACTIVE)
        domain.destroy()
        domain.undefineFlags(
            bindings.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | bindings.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM
        )
        begun = time.perf_counter()
        connection.defineXML(xml).create()
        return time.perf_counter() - begun
    finally:
        connection.close()
