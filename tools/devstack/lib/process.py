#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starts a nova-lite service where systemd does not, and knows it again.

A service says that it is ready as systemd's do: `READY=1` to the socket in NOTIFY_SOCKET (sd_notify(3)). The pid
file holds the pid and the start time (clock ticks, proc(5)), which tells the process from a later one that got its
pid. Uses the standard library only: it runs under the system's Python.

Exit codes of `status`: 0 running, 3 not (as the LSB says for init scripts).
"""

from __future__ import annotations

import argparse
import os
import pathlib
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time

NOT_RUNNING = 3
#: Lines of the log that are shown when a service does not start.
LOG_LINES = 15


def start_time(pid: int) -> str | None:
    """The start time of a process in clock ticks; None when it has ended, zombies too."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]


def running(pid_file: pathlib.Path) -> int | None:
    """The pid of the process of a pid file, if it runs."""
    try:
        pid, ticks = pid_file.read_text().split()
    except (FileNotFoundError, ValueError):
        return None
    return int(pid) if start_time(int(pid)) == ticks else None


def tail(log: pathlib.Path, start: int) -> str:
    """The end of what a log holds after `start` bytes."""
    with log.open("rb") as file:
        file.seek(start)
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-LOG_LINES:])


def start(args: argparse.Namespace) -> str | None:
    """Start the service and wait until it is ready; return what went wrong, or None."""
    if running(args.pid_file):
        return None
    args.log.touch(mode=0o640)
    log_start = args.log.stat().st_size
    # A file, not an abstract name: the service may live in another network namespace.
    with (
        tempfile.TemporaryDirectory(prefix="nova-lite-") as place,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifications,
        args.log.open("ab") as log,
    ):
        address = f"{place}/notify"
        notifications.bind(address)
        pathlib.Path(place).chmod(0o711)
        pathlib.Path(address).chmod(0o666)
        environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "HOME": "/",
            "NOTIFY_SOCKET": address,
        }
        process = subprocess.Popen(
            args.command, cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=log,
            stderr=subprocess.STDOUT, start_new_session=True, umask=int(args.umask, 8),
        )  # fmt: skip
        args.pid_file.write_text(f"{process.pid} {start_time(process.pid)}\n")
        problem = _wait_ready(process, notifications, args.timeout)
        if problem:
            process.kill()
            process.wait()
            args.pid_file.unlink()
            return f"{problem}; the end of {args.log}:\n{tail(args.log, log_start)}"
    # The process is to outlive this one; without this, its end would be waited for.
    process.returncode = 0
    return None


def _wait_ready(process: subprocess.Popen, notifications: socket.socket, timeout: float) -> str | None:
    deadline = time.monotonic() + timeout
    death = os.pidfd_open(process.pid)
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(notifications, selectors.EVENT_READ, "message")
            selector.register(death, selectors.EVENT_READ, "death")
            while events := selector.select(max(0.0, deadline - time.monotonic())):
                happened = {key.data for key, _ in events}
                if "message" in happened and b"READY=1" in notifications.recv(4096).split(b"\n"):
                    return None
                if "death" in happened:
                    return f"ended with code {process.wait()} before it was ready"
    finally:
        os.close(death)
    return f"was not ready within {timeout:.0f} s"


def stop(args: argparse.Namespace) -> str | None:
    """SIGTERM, and SIGKILL after `--timeout` seconds; return what went wrong, or None."""
    pid = running(args.pid_file)
    if pid is not None:
        end = os.pidfd_open(pid)
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(end, selectors.EVENT_READ)
                for number in (signal.SIGTERM, signal.SIGKILL):
                    # By the descriptor: the pid cannot have been reused.
                    signal.pidfd_send_signal(end, number)
                    if selector.select(args.timeout):
                        break
                else:
                    return f"pid {pid} survives SIGKILL"
        except ProcessLookupError:
            pass  # it ended by itself meanwhile
        finally:
            os.close(end)
    args.pid_file.unlink(missing_ok=True)
    return None


def main() -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("action", choices=["start", "stop", "status"])
    parser.add_argument("--pid-file", type=pathlib.Path, required=True)
    parser.add_argument("--log", type=pathlib.Path, help="with start: where its output goes")
    parser.add_argument("--umask", default="0027", help="with start: octal (default: %(default)s)")
    parser.add_argument(
        "--timeout", type=float, default=120, help="seconds to start or stop in (default: 120)"
    )
    parser.epilog = "start: after --, the command"
    words, command = sys.argv[1:], []
    if "--" in words:
        command = words[words.index("--") + 1 :]
        words = words[: words.index("--")]
    args = parser.parse_args(words)
    args.command = command
    if args.action == "status":
        return 0 if running(args.pid_file) else NOT_RUNNING
    if args.action == "start" and not (args.log and args.command):
        parser.error("start needs --log and a command")
    problem = (start if args.action == "start" else stop)(args)
    if problem:
        sys.stderr.write(f"{args.pid_file.stem} {problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
