"""libvirt's events: one native thread runs libvirt's loop, one ordinary thread hands the events on.

libvirt calls back in the native thread, which under green threads may touch nothing of theirs. So the callback
only appends to a deque and writes a byte to a socket; the dispatcher, an ordinary thread of the chosen
concurrency backend, reads it and does the rest.
"""

import collections
import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator

from nova_lite import concurrency
from nova_lite.virt import driver

LOG = logging.getLogger(__name__)

#: Seconds that an event which our own call must cause may be late before it no longer counts as ours.
OWN_EVENT_GRACE = 10.0

#: libvirt's virDomainEventType → transition of a LifecycleEvent; others are of no interest.
TRANSITIONS = {
    2: driver.STARTED,
    3: driver.PAUSED,
    4: driver.RESUMED,
    5: driver.STOPPED,
    7: driver.SUSPENDED,
    8: driver.STOPPED,  # crashed
}


class NativeLoop:
    """libvirt's default event loop; a process has one, so this is shared by all connections.

    It must be registered before the first connection is opened.
    """

    _lock = threading.Lock()
    _registered = False
    _users = 0
    _thread = None
    _stop = False
    _timer = None

    @classmethod
    def start(cls, libvirt) -> None:
        """Run the loop; each start needs a stop."""
        with cls._lock:
            cls._users += 1
            if not cls._registered:
                libvirt.virEventRegisterDefaultImpl()
                cls._registered = True
            if cls._thread is not None:
                return
            cls._stop = False

            def run() -> None:
                while not cls._stop:
                    libvirt.virEventRunDefaultImpl()

            # A timer that never fires keeps the loop waiting when there is nothing else, and ends its wait in stop.
            cls._timer = libvirt.virEventAddTimeout(-1, lambda _timer, _opaque: None, None)
            cls._thread = concurrency.native_thread(run, "libvirt-events")

    @classmethod
    def stop(cls, libvirt) -> None:
        """End the loop when the last user has gone."""
        with cls._lock:
            cls._users -= 1
            if cls._users > 0 or cls._thread is None:
                return
            cls._stop = True
            libvirt.virEventUpdateTimeout(cls._timer, 0)
            concurrency.native(cls._thread.join, 5.0)
            libvirt.virEventRemoveTimeout(cls._timer)
            cls._thread = None


class Dispatcher:
    """Takes events from the native thread and hands them to `emit`, our own doings left out.

    Args:
        emit: called with each LifecycleEvent that a guest caused by itself.
        disconnected: called with the connection that libvirt says is closed.
    """

    def __init__(self, emit: Callable[[driver.LifecycleEvent], None], disconnected: Callable[[object], None]):
        self._emit = emit
        self._disconnected = disconnected
        self._queue: collections.deque[tuple] = collections.deque()
        self._signalled = self._stopped = False
        self._lock = threading.Lock()
        self._expected: dict[tuple[str, str], collections.deque[float]] = {}
        self._waiters: dict[tuple[str, str], set[threading.Event]] = collections.defaultdict(set)
        self._reader, self._writer = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="libvirt-dispatch", daemon=True)
        self._thread.start()

    # -- in libvirt's thread

    def _signal(self, item: tuple) -> None:
        if self._stopped:
            return  # libvirt may still deliver what it had queued when the connection was closed
        self._queue.append(item)
        if not self._signalled:
            self._signalled = True
            self._writer.send(b"!")

    def lifecycle(self, _connection, domain, event: int, detail: int, _opaque) -> None:
        """Callback of virConnectDomainEventRegisterAny."""
        transition = TRANSITIONS.get(event)
        if transition is not None:
            self._signal(("event", domain.UUIDString(), transition, detail))

    def closed(self, connection, reason: int, _opaque) -> None:
        """Callback of virConnectRegisterCloseCallback."""
        self._signal(("closed", connection, reason))

    # -- in ours

    def _run(self) -> None:
        while True:
            if not self._reader.recv(64):
                return
            self._signalled = False
            while self._queue:
                item = self._queue.popleft()
                if item[0] == "stop":
                    return
                try:
                    self._handle(item)
                except Exception:
                    # The thread must outlive a listener's fault, or all later events would be lost.
                    LOG.exception("libvirt event %s could not be handled", item[0])

    def _handle(self, item: tuple) -> None:
        if item[0] == "closed":
            LOG.warning("libvirt closed the connection (reason %s)", item[2])
            self._disconnected(item[1])
            return
        _, uuid, transition, _detail = item
        key = (uuid, transition)
        with self._lock:
            waiters = list(self._waiters.get(key, ()))
            ours = self._take_expected(key)
        for waiter in waiters:
            waiter.set()
        if not ours:
            self._emit(driver.LifecycleEvent(uuid, transition))

    def _take_expected(self, key: tuple[str, str]) -> bool:
        deadlines = self._expected.get(key)
        now = time.monotonic()
        while deadlines:
            deadline = deadlines.popleft()
            if not deadlines:
                self._expected.pop(key, None)
            if deadline >= now:
                return True
        return False

    def expect(self, uuid: str, *transitions: str, within: float = OWN_EVENT_GRACE) -> None:
        """Say that our next call on this guest causes these events, which then are not emitted."""
        deadline = time.monotonic() + within
        with self._lock:
            for transition in transitions:
                self._expected.setdefault((uuid, transition), collections.deque()).append(deadline)

    def unexpect(self, uuid: str, *transitions: str) -> None:
        """Say that the call failed, so that the events will not come."""
        with self._lock:
            for transition in transitions:
                deadlines = self._expected.get((uuid, transition))
                if deadlines:
                    deadlines.pop()

    @contextlib.contextmanager
    def waiter(self, uuid: str, transition: str) -> Iterator[threading.Event]:
        """Give an event that is set when the guest makes the transition; look at its state after entering."""
        happened = threading.Event()
        key = (uuid, transition)
        with self._lock:
            self._waiters[key].add(happened)
        try:
            yield happened
        finally:
            with self._lock:
                self._waiters[key].discard(happened)
                if not self._waiters[key]:
                    del self._waiters[key]

    def stop(self) -> None:
        """End the dispatcher's thread."""
        self._signal(("stop",))
        self._stopped = True
        if self._thread is not threading.current_thread():
            self._thread.join(5.0)
        self._reader.close()
        self._writer.close()
