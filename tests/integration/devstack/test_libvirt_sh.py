"""tools/devstack/lib/libvirt.sh and subreaper.py: a libvirtd of one's own."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from tests.support.libvirt import DEVSTACK

libvirt = pytest.importorskip("libvirt")

DOMAIN = """\
<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>32</memory>
  <vcpu>1</vcpu>
  <os><type>hvm</type></os>
  <devices><serial type='pty'><log file='{log}' append='off'/></serial></devices>
</domain>
"""


@contextlib.contextmanager
def connected(daemon):
    connection = libvirt.open((daemon.directory / "uri").read_text().strip())
    try:
        yield connection
    finally:
        connection.close()


def create_guest(connection, daemon, name="guest"):
    # A directory of instances below DIR: outside libvirtd's mount namespace, and seen by QEMU inside.
    instances = daemon.directory / "instances"
    instances.mkdir(exist_ok=True)
    return connection.createXML(DOMAIN.format(name=name, log=instances / f"{name}.log"))


def alive(pid):
    with contextlib.suppress(FileNotFoundError):
        return "\nState:\tZ" not in pathlib.Path(f"/proc/{pid}/status").read_text()
    return False


def test_start_again_changes_nothing(own_libvirtd):
    pid = own_libvirtd.pid("libvirtd")
    uri = own_libvirtd.start()
    assert uri == f"qemu+unix:///system?socket={own_libvirtd.directory}/run/libvirt-sock"
    assert own_libvirtd.pid("libvirtd") == pid
    assert f"libvirtd: pid {pid}\n" in own_libvirtd.command("status")


def test_guests_survive_a_killed_libvirtd_and_a_stop(own_libvirtd):
    with connected(own_libvirtd) as connection:
        create_guest(connection, own_libvirtd)
    for end in ("kill", "stop"):
        own_libvirtd.command(end)
        with pytest.raises(AssertionError, match="exit 3"):
            own_libvirtd.command("status")
        own_libvirtd.start()
        with connected(own_libvirtd) as connection:
            assert connection.lookupByName("guest").isActive()
            assert (own_libvirtd.directory / "instances" / "guest.log").exists()


def test_destroy_does_not_wait_for_the_first_process_to_reap(own_libvirtd):
    with connected(own_libvirtd) as connection:
        guest = create_guest(connection, own_libvirtd)
        pid = int((own_libvirtd.directory / "run/qemu/guest.pid").read_text())
        parent = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        assert parent == own_libvirtd.pid("subreaper")
        guest.destroy()
        assert not pathlib.Path(f"/proc/{pid}").exists()  # not even a zombie


def test_clean_ends_and_removes_everything(own_libvirtd):
    with connected(own_libvirtd) as connection:
        create_guest(connection, own_libvirtd)
    pids = [own_libvirtd.pid(name) for name in ("libvirtd", "virtlogd", "subreaper")]
    pids.append(int((own_libvirtd.directory / "run/qemu/guest.pid").read_text()))
    own_libvirtd.clean()
    assert not [pid for pid in pids if alive(pid)]
    assert not own_libvirtd.directory.exists()
    assert str(own_libvirtd.directory) not in pathlib.Path("/proc/self/mountinfo").read_text()


def test_refuses_an_absent_network_namespace(tmp_path):
    command = [DEVSTACK / "lib/libvirt.sh", "start", "--dir", "/tmp/nova-lite-never", "--netns", "nl-absent"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "no network namespace 'nl-absent'" in done.stderr
    assert not pathlib.Path("/tmp/nova-lite-never").exists()


def test_subreaper_adopts_restarts_and_ends_all(tmp_path):
    # A daemon that orphans a child of its own, as QEMU does.
    daemon = tmp_path / "daemon.sh"
    daemon.write_text(
        f"#!/bin/sh\n(sh -c 'echo $$ >>{tmp_path}/orphans; exec sleep 300' &)\nexec sleep 300\n"
    )
    daemon.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, DEVSTACK / "lib/subreaper.py", "--dir", tmp_path, f"one={daemon}"]
    )
    try:
        wait_until(lambda: (tmp_path / "orphans").exists() and (tmp_path / "subreaper.pid").exists())
        first = int((tmp_path / "one.pid").read_text())
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: not (tmp_path / "one.pid").exists())
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: len((tmp_path / "orphans").read_text().split()) == 2)
        orphans = [int(pid) for pid in (tmp_path / "orphans").read_text().split()]
        assert all(alive(pid) for pid in orphans)
        assert int((tmp_path / "one.pid").read_text()) != first
        process.terminate()
        assert process.wait(20) == 0
        assert not [pid for pid in orphans if alive(pid)]
        assert not list(tmp_path.glob("*.pid"))
    finally:
        process.kill()
        process.wait()


def wait_until(condition, timeout=10):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
