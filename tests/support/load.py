"""Many callers of a cloud at the same time, each over one kept connection, as clients of a REST API do."""

import http.client
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Self

from tests.support import booting
from tests.support.cloud import User

TIMEOUT = 120  # seconds


class Caller:
    """One kept HTTP connection to the compute API."""

    def __init__(self, user: User, face: str = "osapi_compute") -> None:
        url = urllib.parse.urlsplit(user.cloud.urls[face])
        self._connection = http.client.HTTPConnection(url.hostname, url.port, timeout=TIMEOUT)
        self._path = url.path
        self._headers = {
            "X-Auth-Token": user.token,
            "OpenStack-API-Version": f"compute {booting.MICROVERSION}",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self._connection.close()

    def request(self, method: str, path: str, body: dict | None = None) -> tuple[int, bytes]:
        """Send a request below the API's base URL; return status and body."""
        headers, data = self._headers, None
        if body is not None:
            data, headers = json.dumps(body), headers | {"Content-Type": "application/json"}
        self._connection.request(method, f"{self._path}{path}", data, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def run(user: User, callers: int, count: int, work: Callable[[Caller], object]) -> list[float]:
    """Have `callers` threads call `work` `count` times in all; return the seconds that each call took.

    Raises:
        AssertionError: whatever `work` raised first.
    """
    left: Iterator[int] = iter(range(count))
    lock = threading.Lock()
    times: list[float] = []
    failures: list[BaseException] = []

    def loop() -> None:
        try:
            with Caller(user) as caller:
                while not failures:
                    with lock:
                        if next(left, None) is None:
                            return
                    begun = time.perf_counter()
                    work(caller)
                    times.append(time.perf_counter() - begun)
        except (AssertionError, OSError, http.client.HTTPException) as error:
            failures.append(error)

    threads = [threading.Thread(target=loop, name=f"caller-{number}") for number in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise AssertionError(f"a caller failed: {failures[0]!r}") from failures[0]
    return times
