"""Console, programs, probe, capabilities, events: what needs no libvirt."""

import builtins
import threading
import time

import pytest

from nova_lite import exception
from nova_lite.virt import driver
from nova_lite.virt.libvirt import capabilities, console, events, host, probe, programs

# -- console


def test_console_is_the_end_of_the_log(tmp_path):
    (tmp_path / "console.log.0").write_bytes(b"a" * 200_000)
    (tmp_path / "console.log").write_bytes(b"b" * 1000)
    text = console.read(tmp_path / "console.log", "u")
    assert len(text) == console.MAX_CONSOLE_BYTES
    assert (text[:1], text[-1000:]) == (b"a", b"b" * 1000)
    (tmp_path / "console.log").write_bytes(b"c" * 200_000)
    assert console.read(tmp_path / "console.log", "u") == b"c" * console.MAX_CONSOLE_BYTES


def test_console_of_a_guest_that_wrote_nothing(tmp_path):
    assert console.read(tmp_path / "console.log", "u") == b""


def test_console_of_a_server_that_is_not_here(tmp_path):
    with pytest.raises(exception.ConsoleLogNotFound, match="server-1"):
        console.read(tmp_path / "none" / "console.log", "server-1")


# -- programs


def test_program_with_limits():
    assert programs.run(["echo", "hi"], timeout=10, cpu_seconds=5, memory=1 << 30) == "hi\n"
    with pytest.raises(programs.ProgramFailed):
        programs.run(["python3", "-c", "'x' * (1 << 30)"], timeout=10, memory=256 << 20)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (["sh", "-c", "echo broken >&2; exit 3"], "exit code 3.: broken"),
        (["no-such-program"], "not started"),
        (["sleep", "10"], "timeout"),
    ],
)
def test_program_that_fails(command, reason):
    with pytest.raises(programs.ProgramFailed, match=reason):
        programs.run(command, timeout=0.3)


# -- KVM


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("fpu vmx sse", True), ("fpu svm", True), ("fpu hypervisor", False), ("svmx", False)],
)
def test_hardware_virtualisation(flags, expected):
    assert probe.has_hardware_virtualisation(f"processor : 0\nflags\t\t: {flags}\n") is expected


def test_probe_guest_ends_with_its_code_under_emulation(monkeypatch):
    """The boot sector itself is right: under TCG, which runs anywhere, it leaves with the code that means yes."""
    if not programs.find("qemu-system-x86_64"):
        pytest.skip("no QEMU here")
    codes = []

    def emulated(command, stdin=""):
        command[command.index("kvm")] = "tcg"
        command[command.index("host")] = "qemu64"
        codes.append(real(command, stdin))
        return codes[-1]

    real = probe._run
    monkeypatch.setattr(probe, "_run", emulated)
    monkeypatch.setattr(probe.pathlib.Path, "exists", lambda _path: True)
    monkeypatch.setattr(probe, "has_hardware_virtualisation", lambda _text: True)
    probe.kvm_works.cache_clear()
    assert probe.kvm_works("x86_64") is True
    assert codes == [33]
    probe.kvm_works.cache_clear()


@pytest.mark.parametrize("code", [None, 0, 1])
def test_probe_guest_that_does_not_run(monkeypatch, code):
    monkeypatch.setattr(probe, "_run", lambda *_args, **_more: code)
    monkeypatch.setattr(probe.pathlib.Path, "exists", lambda _path: True)
    monkeypatch.setattr(probe, "has_hardware_virtualisation", lambda _text: True)
    probe.kvm_works.cache_clear()
    assert probe.kvm_works("x86_64") is False
    probe.kvm_works.cache_clear()


# -- capabilities

CAPABILITIES = """<capabilities><host><uuid>u</uuid><cpu><arch>x86_64</arch><model>EPYC</model><vendor>AMD</vendor>
<topology sockets='1' dies='1' cores='2' threads='1'/><feature name='avx'/><feature name='aes'/></cpu></host>
<guest><os_type>hvm</os_type><arch name='x86_64'><machine maxCpus='255'>pc-i440fx-7.2</machine>
<machine canonical='pc-i440fx-7.2' maxCpus='255'>pc</machine><domain type='qemu'/><domain type='kvm'/></arch></guest>
</capabilities>"""
DOMAIN = """<domainCapabilities><machine>pc-i440fx-7.2</machine><vcpu max='255'/><os supported='yes'>
<enum name='firmware'><value>efi</value></enum><loader supported='yes'><enum name='secure'><value>no</value></enum>
</loader></os><cpu><mode name='host-passthrough' supported='no'/><mode name='maximum' supported='yes'/></cpu><devices>
<disk supported='yes'><enum name='bus'><value>ide</value><value>virtio</value></enum></disk>
<tpm supported='yes'><enum name='backendModel'><value>emulator</value></enum></tpm></devices></domainCapabilities>"""


def test_capabilities():
    found = capabilities.Capabilities.parse(CAPABILITIES)
    assert found.cpu["model"] == "EPYC"
    assert found.cpu["topology"] == {"sockets": 1, "dies": 1, "cores": 2, "threads": 1, "cells": 1}
    assert found.cpu["features"] == ["aes", "avx"]
    assert found.guest("x86_64").machines == {"pc", "pc-i440fx-7.2"}
    assert found.guest("s390x") is None
    assert found.supported_instances({"qemu"}) == [["x86_64", "qemu", "hvm"]]


def test_domain_capabilities_and_traits():
    found = capabilities.DomainCapabilities.parse(DOMAIN)
    assert (found.max_vcpus, found.cpu_modes, found.firmware) == (255, {"maximum"}, {"efi"})
    assert (found.secure_boot, found.has("disk/bus", "sata"), found.has("video/x", "y")) == (
        False,
        False,
        True,
    )
    traits = capabilities.traits(found, ["avx", "aes"], "x86_64", tpm=True)
    assert {
        "COMPUTE_STORAGE_BUS_IDE",
        "HW_CPU_X86_AVX",
        "HW_CPU_X86_AESNI",
        "COMPUTE_SECURITY_TPM_2_0",
    } <= set(traits)
    assert "COMPUTE_STORAGE_BUS_SATA" not in traits
    assert "COMPUTE_SECURITY_TPM_2_0" not in capabilities.traits(found, [], "x86_64", tpm=False)


# -- events


class _Domain:
    def UUIDString(self):
        return "uuid-1"


@pytest.fixture
def dispatcher():
    heard, lost, arrived = [], [], threading.Semaphore(0)

    def listen(event):
        heard.append(event.transition)
        arrived.release()
        if event.transition == driver.SUSPENDED:
            raise RuntimeError("a listener's fault")

    made = events.Dispatcher(listen, lost.append)
    made.heard, made.lost = heard, lost
    made.wait = lambda: arrived.acquire(timeout=5)
    yield made
    made.stop()


def test_events_of_guests_are_handed_on(dispatcher):
    dispatcher.lifecycle(None, _Domain(), 7, 0, None)  # a listener that fails must not end the thread
    dispatcher.lifecycle(None, _Domain(), 0, 0, None)  # defined: of no interest
    dispatcher.lifecycle(None, _Domain(), 5, 0, None)
    assert dispatcher.wait()
    assert dispatcher.wait()
    assert dispatcher.heard == [driver.SUSPENDED, driver.STOPPED]


def test_our_own_doings_are_not(dispatcher):
    dispatcher.expect("uuid-1", driver.STOPPED, driver.STARTED)
    dispatcher.unexpect("uuid-1", driver.STARTED)
    for number in (5, 2, 5):
        dispatcher.lifecycle(None, _Domain(), number, 0, None)
    assert dispatcher.wait()
    assert dispatcher.wait()
    assert dispatcher.heard == [driver.STARTED, driver.STOPPED], "one stop was ours, the other not"


def test_an_event_that_never_came_hides_no_later_one(dispatcher):
    dispatcher.expect("uuid-1", driver.STOPPED, within=-1)
    dispatcher.lifecycle(None, _Domain(), 5, 0, None)
    assert dispatcher.wait()


def test_waiter(dispatcher):
    with dispatcher.waiter("uuid-1", driver.STOPPED) as stopped:
        dispatcher.lifecycle(None, _Domain(), 2, 0, None)
        assert dispatcher.wait()
        assert not stopped.is_set()
        dispatcher.lifecycle(None, _Domain(), 5, 0, None)
        assert stopped.wait(5)


def test_closed_connection_is_told(dispatcher):
    dispatcher.closed("connection", 1, None)
    deadline = time.monotonic() + 5
    while not dispatcher.lost and time.monotonic() < deadline:
        time.sleep(0.01)
    assert dispatcher.lost == ["connection"]


# -- the host


def test_missing_module_is_explained(monkeypatch):
    real = builtins.__import__

    def without_libvirt(name, *args, **more):
        if name == "libvirt":
            raise ImportError("No module named 'libvirt'")
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without_libvirt)
    with pytest.raises(exception.ConfigurationError, match="python3-libvirt"):
        host.import_libvirt()


def test_uri_of_another_hypervisor(option):
    option("connection_uri", "xen:///system", "libvirt")
    with pytest.raises(exception.ConfigurationError, match="connection_uri"):
        host.Host("h", lambda _event: None).open()
