"""The process fixture's own promises, on real processes."""

import os
import signal
import socket
import sys

import pytest

from tests.support import booting
from tests.support.processes import Process, ProcessError

NOTIFY = """
import os, socket, signal, sys
print("started", flush=True)
{before}
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
    s.connect(os.environ["NOTIFY_SOCKET"]); s.send(b"STATUS=up\\nREADY=1")
signal.pause()
"""


@pytest.fixture
def process(tmp_path):
    made = []

    def make(before="", port=None):
        made.append(
            Process(
                "thing",
                [sys.executable, "-c", NOTIFY.format(before=before)],
                tmp_path,
                {"COLOUR": "blue"},
                port,
            )
        )
        return made[-1]

    yield make
    for one in made:
        one.kill()


def test_ready_by_notification(process):
    service = process('print(os.environ["COLOUR"])').start()
    assert service.alive()
    assert service.log() == "started\nblue\n"
    assert service.stop() == -signal.SIGTERM
    assert not service.alive()
    assert service not in Process.running


def test_early_death_ends_the_wait_at_once_and_shows_the_log(process):
    with pytest.raises(ProcessError, match=r"ended with 7 before it was ready\nstarted"):
        process("sys.exit(7)").start(ready_timeout=60)


def test_silence_is_bounded(process):
    service = process("signal.pause()")
    with pytest.raises(ProcessError, match="did not notify"):
        service.start(ready_timeout=0.5)
    assert not service.alive()


def test_ready_by_port(process):
    with socket.create_server(("127.0.0.1", 0)) as chosen:
        port = chosen.getsockname()[1]
    listen = f"listening = socket.create_server(('127.0.0.1', {port})); signal.pause()"
    service = process(listen, port=port).start(ready_timeout=10)
    assert service.alive()


def test_closed_port_is_bounded(process):
    with pytest.raises(ProcessError, match="did not listen"):
        process("signal.pause()", port=1).start(ready_timeout=0.3)


def test_deaf_process_is_killed_and_reported(process):
    service = process("signal.signal(signal.SIGTERM, signal.SIG_IGN)").start()
    with pytest.raises(ProcessError, match="still runs"):
        service.stop(timeout=0.3)
    assert not service.alive()


def _runs(pid: int) -> bool:
    """Say whether a process runs: not gone, and not waiting for init to reap it."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_kill_takes_the_children_too(process):
    service = process("import subprocess; print(subprocess.Popen(['sleep', '600']).pid, flush=True)").start()
    child = int(service.log().split()[1])
    service.kill()
    booting.wait_for(lambda: not _runs(child), "the child's end", timeout=10)


def test_running_is_listed_for_reports(process):
    service = process().start()
    assert service in Process.running
    os.kill(service.pid, signal.SIGKILL)
    assert service.wait() == -signal.SIGKILL
    assert service not in Process.running
