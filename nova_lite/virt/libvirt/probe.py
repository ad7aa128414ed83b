"""Does KVM really run guests here? A probe guest says it.

A /dev/kvm that opens proves nothing, nor does libvirt's list of domain types: some kernels offer KVM without
hardware virtualisation, and ordinary guests hang in it. So kvm is chosen only where the CPU has vmx or svm (or
is no x86), and a guest of a few instructions runs to its end.
"""

import functools
import logging
import pathlib
import platform
import subprocess
import tempfile

from nova_lite import concurrency

LOG = logging.getLogger(__name__)

PROBE_TIMEOUT = 15.0  # seconds; the guest needs a fraction of one
#: A boot sector that writes 0x10 to the port of QEMU's isa-debug-exit device: exit code (0x10 << 1) | 1.
_CODE = bytes.fromhex("ba0105 b010 ee f4 ebfd")
_EXIT_CODE = 33
_X86 = ("x86_64", "i686", "i386")


def has_hardware_virtualisation(cpuinfo: str) -> bool:
    """Return whether the text of /proc/cpuinfo shows vmx or svm."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "flags":
            return bool({"vmx", "svm"} & set(value.split()))
    return False


def _run(command: list[str], stdin: str = "") -> int | None:
    try:
        return subprocess.run(
            command, input=stdin, text=True, capture_output=True, check=False, timeout=PROBE_TIMEOUT
        ).returncode
    except concurrency.program_timeouts():
        LOG.info("the probe guest did not end within %s s", PROBE_TIMEOUT)
    except OSError as error:
        LOG.info("the probe guest could not be started: %s", error)
    return None


@functools.cache
def kvm_works(arch: str = platform.machine()) -> bool:
    """Return whether a guest runs under KVM; asked once a process."""
    qemu = f"qemu-system-{'x86_64' if arch in _X86 else arch}"
    common = [qemu, "-accel", "kvm", "-cpu", "host", "-nodefaults", "-no-user-config", "-display", "none"]
    if not pathlib.Path("/dev/kvm").exists():
        return False
    if arch not in _X86:
        machine = "virt" if arch in ("aarch64", "riscv64") else "none"
        return _run([*common, "-M", machine, "-S", "-monitor", "stdio"], stdin="quit\n") == 0
    if not has_hardware_virtualisation(pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")):
        LOG.info("/dev/kvm is there, but the CPU has neither vmx nor svm: guests are emulated")
        return False
    with tempfile.NamedTemporaryFile(prefix="nova-kvm-probe-") as disk:
        disk.write(_CODE.ljust(510, b"\0") + b"\x55\xaa")
        disk.flush()
        options = ["-M", "pc", "-m", "16", "-device", "isa-debug-exit,iobase=0x501,iosize=0x1"]
        code = _run([*common, *options, "-drive", f"file={disk.name},format=raw,if=ide"])
    if code != _EXIT_CODE:
        LOG.warning("a probe guest did not run under KVM (exit code %s): guests are emulated", code)
    return code == _EXIT_CODE
