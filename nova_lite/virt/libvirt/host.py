"""The connection to libvirt: opened when needed, opened again when lost, and every call bounded in time.

Calls go through `Host.call`, which runs them in a thread of their own pool, waits `[libvirt] call_timeout`
seconds at most, and turns a lost connection into HypervisorUnavailable. Keep-alive messages notice a daemon
that no longer answers.
"""

import concurrent.futures
import logging
import os
import shutil
import threading
from collections.abc import Callable
from typing import Any
from urllib import parse

from nova_lite import concurrency, exception
from nova_lite.conf import CONF
from nova_lite.virt import driver
from nova_lite.virt.libvirt import events
from nova_lite.virt.libvirt.capabilities import Capabilities, DomainCapabilities

LOG = logging.getLogger(__name__)

#: Oldest versions that can work (Nova's).
MINIMUM_LIBVIRT = (8, 0, 0)
MINIMUM_QEMU = (6, 2, 0)
#: A daemon that leaves this many keep-alive messages, one each so many seconds, unanswered is lost.
KEEPALIVE_INTERVAL, KEEPALIVE_COUNT = 5, 5
#: Seconds that opening a connection may take.
CONNECT_TIMEOUT = 15.0
#: libvirt calls at a time; the build and rpc pools bound them anyway, this bounds what hangs.
CALL_THREADS = 64
DEFAULT_URI = "qemu:///system"

#: virErrorNumber of a connection that is no more.
_LOST = {1, 38, 39}  # INTERNAL_ERROR, SYSTEM_ERROR, RPC: only together with _LOST_DOMAINS
_LOST_DOMAINS = {7, 13}  # VIR_FROM_RPC, VIR_FROM_REMOTE


class LibvirtError(exception.NovaException):
    """libvirt refused a call; `error_code` is its virErrorNumber."""

    def __init__(self, message: str | None = None, error_code: int | None = None):
        super().__init__(f"libvirt: {message}")
        self.error_code = error_code


def import_libvirt():
    """Return the libvirt module, which only hosts with the libvirt driver need.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        import libvirt
    except ImportError as error:
        raise exception.ConfigurationError(
            reason="compute_driver = libvirt.LibvirtDriver needs the Python module libvirt, which cannot be"
            f" imported ({error}). Install the package python3-libvirt, or pip install nova-lite[libvirt]."
        ) from error
    return libvirt


def _version(number: int) -> tuple[int, int, int]:
    return number // 1_000_000, number // 1000 % 1000, number % 1000


def _text(version: tuple[int, int, int]) -> str:
    return ".".join(map(str, version))


class Host:
    """This host's libvirt.

    Args:
        name: name of the nova-compute service, for errors.
        emit: called with the lifecycle events that guests cause by themselves.
    """

    def __init__(self, name: str, emit: Callable[[driver.LifecycleEvent], None]):
        self.name = name
        self.uri = CONF.libvirt.connection_uri or DEFAULT_URI
        self._emit = emit
        self._libvirt: Any = None
        self._connection: Any = None
        self._lock = threading.Lock()
        self._events: events.Dispatcher | None = None
        self._opening: Any = None
        self._callback: int | None = None
        self._hostname: str | None = None
        self._capabilities: Capabilities | None = None
        self._domain_capabilities: dict[tuple, DomainCapabilities] = {}

    # -- life

    def open(self) -> None:
        """Import libvirt, start its events, connect, and check versions.

        Raises:
            ConfigurationError: the module or the daemon is not installed, or too old.
            HypervisorUnavailable: the daemon does not answer.
        """
        if self._libvirt is None:
            if parse.urlsplit(self.uri).scheme.partition("+")[0] != "qemu":
                raise exception.ConfigurationError(
                    reason=f"[libvirt] connection_uri = {self.uri!r} must be a URI of QEMU, such as {DEFAULT_URI}"
                )
            libvirt = import_libvirt()
            # Errors are raised; libvirt would print them to stderr as well.
            libvirt.registerErrorHandler(lambda _context, _error: None, None)
            events.NativeLoop.start(libvirt)
            self._libvirt = libvirt
            self._events = events.Dispatcher(self._emit, self._disconnected)
        connection = self.connection()
        library, qemu = (
            _version(self.call(connection.getLibVersion)),
            _version(self.hypervisor_version()),
        )
        for what, found, least in (("libvirt", library, MINIMUM_LIBVIRT), ("QEMU", qemu, MINIMUM_QEMU)):
            if found < least:
                raise exception.ConfigurationError(
                    reason=f"{what} {_text(found)} on this host is too old; nova-lite needs {_text(least)} or newer"
                )
        LOG.info("connected to %s: libvirt %s, QEMU %s", self.uri, _text(library), _text(qemu))

    def close(self) -> None:
        """Leave libvirt; guests stay as they are."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            self._quietly(connection.unregisterCloseCallback)
            self._quietly(connection.domainEventDeregisterAny, self._callback)
            self._quietly(connection.close)
        if self._events is not None:
            self._events.stop()
            self._events = None
            events.NativeLoop.stop(self._libvirt)
            self._libvirt = None

    def _quietly(self, function: Callable, *args) -> None:
        """Call what may fail on a connection that is gone already."""
        try:
            self._bounded(function, *args, timeout=5)
        except (self._libvirt.libvirtError, concurrent.futures.TimeoutError) as error:
            LOG.debug("%s while the connection was closed: %s", function.__name__, error)

    def _disconnected(self, connection) -> None:
        # libvirt-python hands callbacks the very object that registered them.
        with self._lock:
            if connection is self._connection:
                self._connection = None

    # -- calls

    def _bounded(self, function: Callable, *args, timeout: float) -> Any:
        pool = concurrency.executor("libvirt", CALL_THREADS)
        return pool.submit(concurrency.native, function, *args).result(timeout)

    def connection(self) -> Any:
        """Return the open connection, opening it when there is none.

        Raises:
            HypervisorUnavailable: libvirt does not answer.
        """
        if not self._lock.acquire(timeout=CONNECT_TIMEOUT):
            raise self._unavailable("another call waits for the connection")
        try:
            if self._connection is None:
                self._connection, self._callback = self._connect()
            return self._connection
        finally:
            self._lock.release()

    def _unavailable(self, reason: object) -> exception.NovaException:
        return exception.HypervisorUnavailable(
            f"Connection to the hypervisor is broken on host: {self.name}: {self.uri}: {reason}"
        )

    def _connect(self) -> tuple[Any, int]:
        libvirt = self._libvirt
        if libvirt is None:
            raise exception.HypervisorUnavailable(host=self.name)

        def connect() -> tuple[Any, int]:
            connection = libvirt.open(self.uri)
            connection.setKeepAlive(KEEPALIVE_INTERVAL, KEEPALIVE_COUNT)
            connection.registerCloseCallback(self.events.closed, None)
            kind = libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE
            return connection, connection.domainEventRegisterAny(None, kind, self.events.lifecycle, None)

        if self._opening is None:
            pool = concurrency.executor("libvirt", CALL_THREADS)
            self._opening = pool.submit(concurrency.native, connect)
        opening = self._opening
        try:
            made = opening.result(CONNECT_TIMEOUT)
        except concurrent.futures.TimeoutError as error:
            # It cannot be cancelled: a daemon that hangs keeps one thread, which the next caller waits for.
            raise self._unavailable(f"no answer within {CONNECT_TIMEOUT} s") from error
        except libvirt.libvirtError as error:
            self._opening = None
            self._explain_missing_daemon(error)
            raise self._unavailable(error) from error
        self._opening = None
        return made

    def _explain_missing_daemon(self, error: Exception) -> None:
        """Raise ConfigurationError where waiting for the daemon is in vain: none is installed."""
        uri = parse.urlsplit(self.uri)
        local = not uri.netloc and "socket=" not in uri.query
        search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
        if local and not any(shutil.which(name, path=search) for name in ("libvirtd", "virtqemud")):
            raise exception.ConfigurationError(
                reason=f"{self.uri}: no libvirt daemon is installed on this host. Install libvirt-daemon-system"
                f" (or set [libvirt] connection_uri): {error}"
            ) from error

    def call(self, function: Callable, *args, timeout: float | None = None) -> Any:
        """Call a method of libvirt; `timeout` seconds, by default `[libvirt] call_timeout`.

        Raises:
            HypervisorUnavailable: the connection was lost, or there was no answer in time.
            LibvirtError: libvirt refused.
        """
        limit = timeout or CONF.libvirt.call_timeout
        try:
            return self._bounded(function, *args, timeout=limit)
        except concurrent.futures.TimeoutError as error:
            LOG.error("libvirt did not answer %s within %s s", function.__name__, limit)
            raise self._unavailable(f"{function.__name__} took more than {limit} s") from error
        except self._libvirt.libvirtError as error:
            if error.get_error_code() in _LOST and error.get_error_domain() in _LOST_DOMAINS:
                with self._lock:
                    self._connection = None
                raise self._unavailable(error) from error
            raise LibvirtError(str(error), error.get_error_code()) from error

    def ask(self, name: str, *args, timeout: float | None = None) -> Any:
        """Call the connection's method `name`; as `call`, but once more on a new connection if it is lost."""
        connection = self.connection()
        try:
            return self.call(getattr(connection, name), *args, timeout=timeout)
        except exception.HypervisorUnavailable:
            if self._connection is connection:
                raise  # it is there and slow: a second try would only double the wait
            return self.call(getattr(self.connection(), name), *args, timeout=timeout)

    def is_alive(self) -> bool:
        """Return whether libvirt answers now, connecting anew if need be."""
        try:
            self.ask("getLibVersion", timeout=10)
        except (exception.HypervisorUnavailable, exception.ConfigurationError) as error:
            LOG.debug("libvirt cannot be reached: %s", error)
            return False
        return True

    @property
    def events(self) -> events.Dispatcher:
        """What hands on the guests' events.

        Raises:
            HypervisorUnavailable: libvirt is not open.
        """
        if self._events is None:
            raise exception.HypervisorUnavailable(host=self.name)
        return self._events

    @property
    def libvirt(self):
        """The module libvirt."""
        return self._libvirt

    # -- what the host is

    def hostname(self) -> str:
        """Return the host's name as libvirt has it; asked once, since libvirt may look it up in DNS."""
        if self._hostname is None:
            self._hostname = self.ask("getHostname")
        return self._hostname

    def hypervisor_version(self) -> int:
        """Return QEMU's version as a number, 7002022 for 7.2.22."""
        return self.ask("getVersion")

    def memory_mb(self) -> int:
        """Return the host's memory in MiB.

        Not virNodeGetInfo's: that counts the pages which the kernel has initialised so far.
        """
        return self.ask("getMemoryStats", -1)["total"] // 1024

    def cpus(self) -> int:
        """Return the number of CPUs that are online."""
        return self.ask("getInfo")[2]

    def capabilities(self) -> Capabilities:
        """Return what the host can do; read once."""
        if self._capabilities is None:
            self._capabilities = Capabilities.parse(self.ask("getCapabilities"))
        return self._capabilities

    def domain_capabilities(self, virt_type: str, arch: str, machine: str | None) -> DomainCapabilities:
        """Return what a kind of guest can have on this host; read once each.

        Raises:
            UnsupportedHardware: the host cannot have such guests.
        """
        key = (virt_type, arch, machine)
        if key not in self._domain_capabilities:
            try:
                text = self.ask("getDomainCapabilities", None, arch, machine, virt_type, 0)
            except LibvirtError as error:
                raise exception.UnsupportedHardware(
                    f"Requested hardware '{machine or arch}' is not supported by the 'libvirt' virt driver: {error}"
                ) from error
            self._domain_capabilities[key] = DomainCapabilities.parse(text)
        return self._domain_capabilities[key]
