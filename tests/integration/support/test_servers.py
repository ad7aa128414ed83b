"""The libvirtd fixture's own promises."""

import pathlib

import libvirt

DOMAIN = """<domain type='qemu'><name>fixture</name><memory unit='MiB'>16</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type></os></domain>"""


def test_it_serves_guests_in_its_own_namespace_and_survives_a_crash(libvirtd, network_namespace):
    with libvirt.open(libvirtd.url) as connection:
        connection.createXML(DOMAIN)
    assert "fixture" in libvirtd.ctl("list", "--name")
    pid = int((libvirtd.directory / "run/qemu/fixture.pid").read_text())
    inode = pathlib.Path(f"/proc/{pid}/ns/net").stat().st_ino
    assert inode == pathlib.Path(f"/run/netns/{network_namespace}").stat().st_ino
    libvirtd.kill()
    assert not libvirtd.running()
    libvirtd.start()
    assert "fixture" in libvirtd.ctl("list", "--name")
    libvirtd.ctl("destroy", "fixture")
    assert "fixture" not in libvirtd.ctl("list", "--name", "--all")
