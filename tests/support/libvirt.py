"""A private libvirtd, the guest image, and machines of bare QEMU, for tests with real guests.

The work is done by tools/devstack: lib/libvirt.sh and guest/build.sh.
"""

import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import time
from collections.abc import Iterator

DEVSTACK = pathlib.Path(__file__).parents[2] / "tools" / "devstack"
COMMAND_TIMEOUT = 240  # seconds
BUILD_TIMEOUT = 1200  # seconds: a first build downloads 45 MB of packages


def cache_directory() -> pathlib.Path:
    """What outlives a test run: the guest image, QEMU's probed capabilities."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    path = pathlib.Path(base) / "nova-lite"
    path.mkdir(parents=True, exist_ok=True)
    return path


def build_guest_image(output: pathlib.Path, *words: str) -> pathlib.Path:
    """Build the guest image below `output` unless it is up to date; return its path."""
    _run([DEVSTACK / "guest" / "build.sh", "--output", output, *words], BUILD_TIMEOUT)
    suffix = "-generic" if "generic" in words else ""
    return output / f"nova-lite-guest{suffix}.qcow2"


def _run(argv: list, timeout: float) -> subprocess.CompletedProcess:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=timeout, input="")
    if done.returncode != 0:
        raise AssertionError(f"{argv[0]}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Libvirtd:
    """One private libvirtd, with all its state below `directory`."""

    def __init__(self, directory: pathlib.Path, *options: str) -> None:
        self.directory = directory
        self.options = options

    def command(self, name: str, *words: str) -> str:
        """Run a command of libvirt.sh and return its standard output."""
        return _run(
            [DEVSTACK / "lib/libvirt.sh", name, "--dir", self.directory, *words], COMMAND_TIMEOUT
        ).stdout

    def start(self) -> str:
        """Start it, or bring it back; return the connection URI."""
        cache = str(cache_directory() / "libvirt")
        return self.command("start", "--cache", cache, *self.options).splitlines()[-1]

    def kill(self) -> None:
        """End libvirtd as a crash would."""
        self.command("kill")

    def clean(self) -> None:
        """Destroy its guests, end it, and remove its directory."""
        self.command("stop", "--clean")

    def pid(self, name: str) -> int:
        """The process id of libvirtd, virtlogd or subreaper."""
        return int((self.directory / "pid" / f"{name}.pid").read_text())


class Machine:
    """A machine of bare QEMU (TCG), its disk an overlay over `image`.

    Args:
        directory: for the overlay, the console and the QMP socket.
        options: more of QEMU's arguments.
        disk_size: of the overlay, as qemu-img writes it; None: the image's own.
    """

    def __init__(
        self, directory: pathlib.Path, image: pathlib.Path, *options: str, memory: int = 96,
        machine: str = "pc", disk_size: str | None = None, disk_device: str = "virtio-blk-pci",
    ) -> None:  # fmt: skip
        self.console_file = directory / "console"
        self._qmp_path = directory / "qmp"
        disk = directory / "disk.qcow2"
        size = [disk_size] if disk_size else []
        _run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", image, "-F", "qcow2", disk, *size], 30)
        self._argv = [
            "qemu-system-x86_64", "-accel", "tcg", "-machine", machine, "-m", str(memory), "-nodefaults",
            "-display", "none", "-vga", "std", "-serial", f"file:{self.console_file}",
            "-qmp", f"unix:{self._qmp_path},server=on,wait=off",
            *options,  # before the disk, which may need a bus of theirs
            "-drive", f"file={disk},if=none,id=root", "-device", f"{disk_device},drive=root,bootindex=1",
        ]  # fmt: skip

    @contextlib.contextmanager
    def running(self) -> Iterator["Machine"]:
        """Run the machine; ends it if it still runs at the end of the block."""
        self._process = subprocess.Popen(self._argv, stdin=subprocess.DEVNULL)
        try:
            yield self
        finally:
            self._process.kill()
            self._process.wait()

    def console(self) -> str:
        """What the machine has written on its serial port."""
        return self.console_file.read_text(errors="replace") if self.console_file.exists() else ""

    def wait_for(self, pattern: str, timeout: float = 90) -> str:
        """Wait until the console matches the regular expression; return the whole console."""
        deadline = time.monotonic() + timeout
        while not re.search(pattern, self.console()):
            assert self._process.poll() is None, f"QEMU ended: {self._process.returncode}\n{self.console()}"
            assert time.monotonic() < deadline, f"no {pattern!r} in {timeout} s\n{self.console()}"
            time.sleep(0.05)
        return self.console()

    def wait_end(self, timeout: float = 30) -> None:
        """Wait until the guest has switched the machine off."""
        self._process.wait(timeout)

    def qmp(self, command: str, **arguments: object) -> object:
        """Send one QMP command (QEMU's machine protocol) and return its answer."""
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(20)
            channel.connect(str(self._qmp_path))
            stream = channel.makefile("rw")
            stream.readline()  # the greeting
            for execute, values in (("qmp_capabilities", {}), (command, arguments)):
                stream.write(json.dumps({"execute": execute, "arguments": values}) + "\n")
                stream.flush()
                while "event" in (answer := json.loads(stream.readline())):
                    pass
        assert "return" in answer, answer
        return answer["return"]
