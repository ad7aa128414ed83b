import threading

from nova_lite import concurrency
from tests.support import threads


def test_finished_and_old_threads_are_no_leak():
    before = set(threading.enumerate())
    threading.Thread(target=lambda: None).start()
    assert threads.leaked(before) == []


def test_running_thread_is_named_with_its_place():
    before = set(threading.enumerate())
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, name="forgotten")
    thread.start()
    try:
        assert threads.leaked(before, grace=0.05) == [thread]
        assert "forgotten:" in threads.describe([thread])
        if concurrency.selected() == concurrency.THREADING:  # green threads have no frame of their own
            assert "wait" in threads.describe([thread])
    finally:
        stop.set()
        thread.join()
