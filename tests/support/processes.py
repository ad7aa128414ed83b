"""Services as real processes: start, wait for readiness, end, show their logs with a failed test."""

import contextlib
import os
import pathlib
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence

READY_TIMEOUT = 60.0  # seconds
STOP_TIMEOUT = 30.0  # seconds between SIGTERM and SIGKILL
PORT_POLL = 0.05  # seconds


class ProcessError(AssertionError):
    """A process did not become ready, or did not end as asked."""


class Process:
    """A command with its output in a log file.

    The process says that it is ready as systemd's services do: a datagram `READY=1` to the socket in the
    environment variable NOTIFY_SOCKET (sd_notify(3)). A program that cannot is given a `port` instead.
    """

    #: All that run now; the test report attaches their logs.
    running: "list[Process]" = []

    def __init__(
        self,
        name: str,
        command: Sequence[str | pathlib.Path],
        directory: pathlib.Path,
        environment: Mapping[str, str] | None = None,
        port: int | None = None,
    ) -> None:
        """Describe the process.

        Args:
            name: for messages, and for the log file `directory`/`name`.log.
            command: the program and its arguments.
            directory: where it runs and logs.
            environment: added to this process's.
            port: TCP port on 127.0.0.1 whose answer means ready; None: the process notifies.
        """
        self.name = name
        self.command = [str(word) for word in command]
        self.directory = directory
        self.environment = dict(environment or {})
        self.port = port
        self.log_path = directory / f"{name}.log"
        self._process: subprocess.Popen | None = None

    @property
    def pid(self) -> int:
        """The process id. Raises ProcessError when the process was not started."""
        if self._process is None:
            raise ProcessError(f"{self.name} was not started")
        return self._process.pid

    def alive(self) -> bool:
        """Say whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self, ready_timeout: float = READY_TIMEOUT) -> "Process":
        """Start the process and return when it is ready.

        Raises:
            ProcessError: it ended, or was not ready within `ready_timeout` seconds; its log is in the text.
        """
        # A file, not an abstract name: the process may live in another network namespace. A short path, since
        # 107 characters are all that an address holds.
        with (
            tempfile.TemporaryDirectory(prefix="notify-") as place,
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifications,
        ):
            environment = {**os.environ, **self.environment, "PYTHONUNBUFFERED": "1"}
            environment["NOTIFY_SOCKET"] = f"{place}/socket"
            notifications.bind(environment["NOTIFY_SOCKET"])
            with self.log_path.open("ab") as log:
                self._process = subprocess.Popen(
                    self.command,
                    cwd=self.directory,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C goes to pytest, which ends the services in order
                )
            Process.running.append(self)
            wait = self._wait_for_port if self.port else self._wait_for_notification
            try:
                wait(notifications, time.monotonic() + ready_timeout)
            except ProcessError:
                self.kill()
                raise
        return self

    def _wait_for_notification(self, notifications: socket.socket, deadline: float) -> None:
        death = os.pidfd_open(self._process.pid)
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(notifications, selectors.EVENT_READ, "message")
                selector.register(death, selectors.EVENT_READ, "death")
                while True:
                    events = selector.select(max(0.0, deadline - time.monotonic()))
                    if not events:
                        raise ProcessError(f"{self.name} did not notify READY=1 in time\n{self.log()}")
                    happened = {key.data for key, _ in events}
                    if "message" in happened and b"READY=1" in notifications.recv(4096).split(b"\n"):
                        return
                    if "death" in happened:
                        code = self._process.wait()
                        raise ProcessError(f"{self.name} ended with {code} before it was ready\n{self.log()}")
        finally:
            os.close(death)

    def _wait_for_port(self, _notifications: socket.socket, deadline: float) -> None:
        while time.monotonic() < deadline:
            if not self.alive():
                code = self._process.returncode
                raise ProcessError(f"{self.name} ended with {code} before it was ready\n{self.log()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(PORT_POLL)  # a listening socket of another process announces itself in no way
            else:
                return
        raise ProcessError(f"{self.name} did not listen on port {self.port} in time\n{self.log()}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def wait(self, timeout: float = STOP_TIMEOUT) -> int:
        """Wait for the end and return the exit code.

        Raises:
            ProcessError: the process still runs after `timeout` seconds.
        """
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise ProcessError(f"{self.name} still runs after {timeout} s\n{self.log()}") from error
        if self in Process.running:
            Process.running.remove(self)
        return code

    def stop(self, timeout: float = STOP_TIMEOUT) -> int:
        """Send SIGTERM, wait for the end, and return the exit code.

        Raises:
            ProcessError: the process had to be killed after `timeout` seconds.
        """
        if self.alive():
            self.send(signal.SIGTERM)
        try:
            return self.wait(timeout)
        except ProcessError:
            self.kill()
            raise

    def kill(self) -> None:
        """End the process and all of its session with SIGKILL, as a crash of the host would."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):  # all of them have ended
                os.killpg(self._process.pid, signal.SIGKILL)
            self.wait()

    def log(self, start: int = 0, limit: int = 20_000) -> str:
        """Return the log from byte `start`, the last `limit` bytes of it at most."""
        with self.log_path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(start, size - limit))
            return file.read().decode(errors="replace")


def nova_service(
    binary: str,
    config_files: Sequence[pathlib.Path],
    directory: pathlib.Path,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    name: str | None = None,
) -> Process:
    """Return the process, not started, of a service: `nova-compute` is `python -m nova_lite.cmd.compute`.

    NOVA_LITE_CONCURRENCY in our environment reaches the service, so one suite serves both backends.
    """
    module = f"nova_lite.cmd.{binary.removeprefix('nova-').replace('-', '_')}"
    options = [word for path in config_files for word in ("--config-file", str(path))]
    repository = pathlib.Path(__file__).parents[2]
    path = os.pathsep.join(filter(None, [str(repository), os.environ.get("PYTHONPATH")]))
    return Process(
        name or binary,
        [sys.executable, "-m", module, *options, *arguments],
        directory,
        {"PYTHONPATH": path, **(environment or {})},
    )
