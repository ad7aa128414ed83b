#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs daemons in the foreground, and is the parent of every process that they orphan.

libvirt lets QEMU daemonise itself and then polls until its pid is gone. In a container whose first process
reaps orphans only now and then, each virDomainDestroy waits for that. Below a child subreaper (prctl(2),
PR_SET_CHILD_SUBREAPER) an ended process is gone at once.

Signals: SIGHUP starts again those daemons that have ended (they are not restarted by themselves, so that a
test can keep one down); SIGTERM and SIGINT end the daemons in reverse order, then every other child, and
then this.

Uses the standard library only: it runs under the system's Python.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import pathlib
import shlex
import signal
import sys
import time

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
TERM_TIMEOUT = 5.0  # seconds from SIGTERM to SIGKILL
HANDLED = {signal.SIGCHLD, signal.SIGHUP, signal.SIGTERM, signal.SIGINT}


def children() -> list[int]:
    """The pids of this process's children, adopted ones too, zombies not."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            # proc(5): pid (comm) state ppid ...; comm may hold blanks and brackets.
            state, ppid = stat.read_text().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended while we looked
        if int(ppid) == os.getpid() and state != "Z":
            found.append(int(stat.parent.name))
    return found


class Subreaper:
    """The daemons that one subreaper runs.

    Args:
        directory: where NAME.pid files are written, and subreaper.pid.
        daemons: name to argument list, in the order of their start.
    """

    def __init__(self, directory: pathlib.Path, daemons: dict[str, list[str]]) -> None:
        self.directory = directory
        self.daemons = daemons
        self.running: dict[str, int] = {}

    def _pid_file(self, name: str) -> pathlib.Path:
        return self.directory / f"{name}.pid"

    def _write_pid(self, name: str, pid: int) -> None:
        part = self.directory / f".{name}.pid.part"
        part.write_text(f"{pid}\n")
        part.replace(self._pid_file(name))

    def start(self) -> None:
        """Starts the daemons that are not running.

        Raises:
            OSError: a program cannot be executed.
        """
        for name, argv in self.daemons.items():
            if name in self.running:
                continue
            # Our own signal mask, and Python's ignored SIGPIPE, would be inherited.
            pid = os.posix_spawn(
                argv[0], argv, os.environ, setsigmask=(), setsigdef=(signal.SIGPIPE, signal.SIGXFSZ)
            )
            self.running[name] = pid
            self._write_pid(name, pid)

    def reap(self) -> None:
        """Collects every child that has ended."""
        names = {pid: name for name, pid in self.running.items()}
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in names:
                name = names[pid]
                sys.stderr.write(f"subreaper: {name} ended, exit code {os.waitstatus_to_exitcode(status)}\n")
                del self.running[name]
                self._pid_file(name).unlink(missing_ok=True)

    def _end(self, pids: list[int]) -> None:
        """Ends these children: SIGTERM, and SIGKILL for those left after TERM_TIMEOUT seconds."""
        for number, timeout in ((signal.SIGTERM, TERM_TIMEOUT), (signal.SIGKILL, TERM_TIMEOUT)):
            left = set(pids) & set(children())
            for pid in left:
                os.kill(pid, number)  # cannot have been reused: only we reap our children
            deadline = time.monotonic() + timeout
            while left and (rest := deadline - time.monotonic()) > 0:
                signal.sigtimedwait({signal.SIGCHLD}, rest)
                self.reap()
                left &= set(children())
            if not left:
                return

    def stop(self) -> None:
        """Ends the daemons, the last started first, then whatever they have left behind."""
        for name in reversed(self.daemons):
            if name in self.running:
                self._end([self.running[name]])
        # Again, because an ending QEMU orphans its helpers (swtpm).
        for _ in range(3):
            self._end(children())

    def run(self) -> None:
        """Starts the daemons and serves signals until SIGTERM or SIGINT."""
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")
        try:
            self.start()
            self._write_pid("subreaper", os.getpid())
            while (number := signal.sigwait(HANDLED)) not in {signal.SIGTERM, signal.SIGINT}:
                self.reap()
                if number == signal.SIGHUP:
                    self.start()
        finally:
            self.stop()
            self._pid_file("subreaper").unlink(missing_ok=True)


def main() -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--dir", type=pathlib.Path, required=True, help="directory for the pid files")
    parser.add_argument(
        "daemons",
        nargs="+",
        metavar="NAME=COMMAND",
        help="a daemon that stays in the foreground; COMMAND is split into words as by a shell",
    )
    args = parser.parse_args()
    daemons = {}
    for daemon in args.daemons:
        name, _, command = daemon.partition("=")
        if not name or not command:
            parser.error(f"{daemon!r} is not NAME=COMMAND")
        daemons[name] = shlex.split(command)
    if not args.dir.is_dir():
        parser.error(f"--dir {args.dir} is not a directory")
    Subreaper(args.dir, daemons).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
