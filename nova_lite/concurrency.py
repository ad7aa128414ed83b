"""The one place that chooses how nova-lite runs things at the same time.

`select_backend()` must be the first statement of every entry point, before any other import: in `eventlet`
mode the standard library is patched in place, which only works on modules that nobody has used yet.
Everything else in nova_lite uses `threading`, `queue` and the executors made here, and never names a backend.

docs/decisions/0002-concurrency.md says why threads are the default.
"""

import contextlib
import os
import sys
import threading
import warnings
from typing import Any

THREADING = "threading"
EVENTLET = "eventlet"
BACKENDS = (THREADING, EVENTLET)

#: Environment variable that wins over the configuration file.
ENVIRONMENT = "NOVA_LITE_CONCURRENCY"

_selected: str | None = None
_executors: dict[str, Any] = {}
#: Made with the backend: a lock made before it would be the wrong kind.
_executors_lock: Any = None


class BackendError(SystemExit):
    """The concurrency backend is unknown: where nobody catches it, the program ends with this one line."""


def _from_config_files(argv: list[str]) -> str | None:
    """Return `[DEFAULT] concurrency_backend` from the files named on the command line.

    oslo.config cannot be imported yet (it would load modules before they are patched), so this reads just
    that one line.
    """
    files = []
    for position, word in enumerate(argv):
        if word == "--config-file" and position + 1 < len(argv):
            files.append(argv[position + 1])
        elif word.startswith("--config-file="):
            files.append(word.partition("=")[2])
    if not files:
        files = ["/etc/nova-lite/nova.conf", "/etc/nova/nova.conf"]
    value = None
    for name in files:
        try:
            with open(name, encoding="utf-8", errors="replace") as lines:
                section = "DEFAULT"
                for line in lines:
                    text = line.strip()
                    if text.startswith("["):
                        section = text.strip("[]")
                    elif section == "DEFAULT" and text.partition("=")[0].strip() == "concurrency_backend":
                        value = text.partition("=")[2].strip()
        except OSError:
            continue  # a missing file is oslo.config's to report, with its own words
    return value


def select_backend(argv: list[str] | None = None, default: str = THREADING) -> str:
    """Choose and install the concurrency backend; later calls return the first choice.

    The environment variable `NOVA_LITE_CONCURRENCY` wins, then `[DEFAULT] concurrency_backend` in the
    configuration files named by `--config-file`, then `default`.

    Raises:
        BackendError: the name is not one of `threading` and `eventlet`.
    """
    global _selected, _executors_lock  # noqa: PLW0603 - a process has one backend
    if _selected is not None:
        return _selected
    name = os.environ.get(ENVIRONMENT) or _from_config_files(sys.argv if argv is None else argv) or default
    if name == "auto":
        name = default
    if name not in BACKENDS:
        raise BackendError(f"concurrency_backend is {name!r}; it must be one of {', '.join(BACKENDS)}")
    if name == EVENTLET:
        # dnspython-based name resolution of eventlet ignores /etc/hosts rules that libvirt and tests rely on.
        os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")
        with warnings.catch_warnings():
            # Its makers' advice is known (docs/decisions/0002-concurrency.md), and the operator chose it.
            warnings.simplefilter("ignore")
            import eventlet

        eventlet.monkey_patch()
    else:
        # futurist imports eventlet when it can, which costs 10 MB and half a second; nothing may use it here.
        sys.modules.setdefault("eventlet", None)  # type: ignore[arg-type]
    from oslo_service import backend

    kind = backend.BackendType.EVENTLET if name == EVENTLET else backend.BackendType.THREADING
    backend.init_backend(kind)
    _selected = name
    _executors_lock = threading.Lock()
    return name


def selected() -> str:
    """Return the backend in use, choosing the default one when nothing chose before (tests, scripts)."""
    return select_backend()


def executor(purpose: str, max_workers: int):
    """Return the process's executor for `purpose`, made at the first call with `max_workers` threads.

    One executor a purpose (`build`, `power_sync`, …), so that a slow kind of work never starves another.
    """
    selected()
    import futurist

    with _executors_lock:
        if purpose not in _executors:
            _executors[purpose] = futurist.ThreadPoolExecutor(max_workers=max_workers)
        return _executors[purpose]


def shutdown_executors(wait: bool = True) -> None:
    """Stop all executors; with `wait`, after the work that they have begun."""
    while _executors:
        _, pool = _executors.popitem()
        pool.shutdown(wait=wait)


def native(function, *args, **kwargs):
    """Call a blocking function of a C library (libvirt) so that it cannot stall the other work.

    Under threads that is a plain call; under eventlet it runs in a native thread of eventlet's pool.
    """
    if selected() == EVENTLET:
        from eventlet import tpool

        return tpool.execute(function, *args, **kwargs)
    return function(*args, **kwargs)


def program_timeouts() -> tuple[type[Exception], ...]:
    """Return what `subprocess.run` raises when its timeout is over: green subprocesses have a class of their own."""
    import subprocess

    if selected() == EVENTLET:
        from eventlet import patcher

        return subprocess.TimeoutExpired, patcher.original("subprocess").TimeoutExpired
    return (subprocess.TimeoutExpired,)


def native_thread(target, name: str):
    """Start a real operating system thread (an event loop of a C library) and return it."""
    if selected() == EVENTLET:
        from eventlet import patcher

        real = patcher.original("threading")
    else:
        real = threading
    thread = real.Thread(target=target, name=name, daemon=True)
    thread.start()
    return thread


class GreenHttpServer:
    """eventlet's HTTP server, in the shape that `nova_lite.http_server` describes."""

    def __init__(
        self,
        address,
        port,
        application,
        *,
        backlog,
        reuse_port,
        connections,
        timeout,
        header_line,
        certificate,
    ):
        self._bind = (address, port)
        self._application = application
        self._listen = {"backlog": backlog, "reuse_port": reuse_port}
        self._options = {"max_size": connections, "socket_timeout": timeout, "url_length_limit": header_line}
        self._header_line = header_line
        self._certificate = certificate
        self._socket: Any = None
        self._greenlet: Any = None

    def prepare(self) -> None:
        """Open the port.

        Raises:
            OSError: it is taken, or the address is not this host's.
        """
        import eventlet

        self._socket = eventlet.listen(self._bind, **self._listen)
        if self._certificate:
            certfile, keyfile = self._certificate
            self._socket = eventlet.wrap_ssl(
                self._socket, certfile=certfile, keyfile=keyfile, server_side=True
            )

    def serve(self) -> None:
        """Answer requests until `stop`."""
        import eventlet
        from eventlet import wsgi

        # Two limits that it has for all servers of a process.
        wsgi.MAX_HEADER_LINE = wsgi.MAX_TOTAL_HEADER_SIZE = self._header_line
        self._greenlet = eventlet.getcurrent()
        with contextlib.suppress(eventlet.greenlet.GreenletExit):  # how `stop` ends it
            wsgi.server(self._socket, self._application, log_output=False, **self._options)

    def stop(self) -> None:
        """Close the port; `serve` returns when what has begun is answered."""
        import eventlet

        if self._greenlet is not None:
            eventlet.kill(self._greenlet)
