"""Which threads a test left behind."""

import sys
import threading
import time
import traceback

GRACE = 2.0  # seconds that threads get to end after their test


def leaked(before: set[threading.Thread], grace: float = GRACE) -> list[threading.Thread]:
    """Return the threads that run now and not `before`; they get `grace` seconds to end first."""
    deadline = time.monotonic() + grace
    new = [thread for thread in threading.enumerate() if thread not in before]
    for thread in new:
        if thread is not threading.current_thread():
            thread.join(max(0.0, deadline - time.monotonic()))
    return [thread for thread in new if thread.is_alive()]


def describe(threads: list[threading.Thread]) -> str:
    """Return the names of the threads and where each of them is."""
    frames = sys._current_frames()
    parts = []
    for thread in threads:
        frame = frames.get(thread.ident)
        stack = "".join(traceback.format_stack(frame, limit=-4)) if frame else "(no Python frame)\n"
        parts.append(f"{thread.name}{' (daemon)' if thread.daemon else ''}:\n{stack}")
    return "\n".join(parts)
