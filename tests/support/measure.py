"""What things cost: CPU seconds, memory, start time, messages and SQL statements of a cloud's processes.

CPU and memory come from /proc, messages and statements from the services' logs, so nothing is patched: what is
measured is what runs. Logs say each message and statement only when `TALKATIVE` is among a cloud's options.
"""

import os
import pathlib
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Self

import sqlalchemy as sa

from tests.support import booting
from tests.support.cloud import Cloud
from tests.support.servers import RabbitMQ

_TICKS = os.sysconf("SC_CLK_TCK")

#: Options of a cloud whose logs can be counted: no state reports and periodic tasks between the operations.
TALKATIVE = {
    "DEFAULT": {
        "debug": False,
        "default_log_levels": "oslo_messaging=DEBUG,oslo.messaging=DEBUG,sqlalchemy.engine=INFO,"
        "amqp=WARN,kombu=WARN,stevedore=WARN",
        "report_interval": 3600,
        "periodic_enable": False,
    }
}
#: What oslo.messaging says at debug of each message that it sends.
_MESSAGE = re.compile(r"CALL msg_id|CAST unique_id|sending reply msg_id", re.IGNORECASE)
#: SQLAlchemy logs each statement's parameters on a line of their own that begins with how the statement was
#: compiled. BEGIN and PRAGMA are `[raw sql]` and do not count.
_STATEMENT = re.compile(r"\[(?:generated in|cached since|no key|caching disabled|dialect )")

#: A count that has not changed for this long (seconds) is final.
_CALM = 0.5


# -- CPU and memory


def cpu_seconds(pid: int) -> float:
    """Return the CPU time, user and system, that a process has used."""
    # proc(5): after the name, which may hold spaces and parentheses, the fields from the third on.
    values = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(values[11]) + int(values[12])) / _TICKS


def pss_megabytes(pid: int) -> float:
    """Return the memory of a process, shared pages divided among those who share them (MB, 10^6 bytes)."""
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise AssertionError(f"/proc/{pid}/smaps_rollup has no Pss")


def processes(cloud: Cloud, broker: RabbitMQ) -> dict[str, int]:
    """Return name → pid of the cloud's services and of the broker's Erlang machine."""
    broker_pid = int((broker.directory / "rabbitmq.pid").read_text().split()[0])
    return {name: service.pid for name, service in cloud.services.items()} | {"rabbitmq": broker_pid}


class Meter:
    """Time and CPU seconds between `with` and its end: `wall`, `cpu` (name → seconds), `total`."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = pids
        self.wall = 0.0
        self.cpu: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._before = {name: cpu_seconds(pid) for name, pid in self._pids.items()}
        self._begun = time.perf_counter()
        return self

    def __exit__(self, *_) -> None:
        self.wall = time.perf_counter() - self._begun
        self.cpu = {name: cpu_seconds(pid) - self._before[name] for name, pid in self._pids.items()}

    @property
    def total(self) -> float:
        """CPU seconds of all processes."""
        return sum(self.cpu.values())


# -- messages and statements


class Costs:
    """How many messages each service sends, and how many SQL statements it runs, for an operation."""

    def __init__(self, cloud: Cloud) -> None:
        """Take a cloud that was started with TALKATIVE options."""
        self._cloud = cloud
        self._known: Counter = Counter()

    def _count(self) -> Counter:
        found: Counter = Counter()
        for name, service in self._cloud.services.items():
            text = service.log_path.read_text(errors="replace")
            found["messages", name] = len(_MESSAGE.findall(text))
            found["queries", name] = len(_STATEMENT.findall(text))
        return found

    def _settled(self) -> Counter:
        """Return the counts when nothing is said any more: an operation's last reply follows its last state."""
        counts, since = self._count(), time.monotonic()
        while time.monotonic() - since < _CALM:
            time.sleep(booting.POLL)
            now = self._count()
            if now != counts:
                counts, since = now, time.monotonic()
        return counts

    def of(self, operation: Callable[[], object]) -> dict[str, Counter]:
        """Run an operation; return `messages` and `queries`, each service → count. Zero counts are left out."""
        before = self._settled()
        operation()
        spent = self._settled() - before
        made: dict[str, Counter] = {"messages": Counter(), "queries": Counter()}
        for (kind, name), count in spent.items():
            made[kind][name] = count
        return made


# -- waiting without asking the API, whose answers would be counted, too


class Watch:
    """Sees servers in the database itself."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url, poolclass=sa.NullPool)

    def _count(self, table: str, condition: str) -> int:
        with self._engine.connect() as connection:
            query = f"SELECT count(*) FROM {table} WHERE deleted = 0 AND {condition}"
            return connection.execute(sa.text(query)).scalar()

    def reported(self, services: int) -> None:
        """Wait until so many services have said for the first time, seconds after their start, that they live.

        Raises:
            AssertionError: they have not within the usual time.
        """
        booting.wait_for(lambda: self._count("services", "report_count > 0") >= services, "state reports")

    def idle(self, timeout: float = booting.TIMEOUT) -> None:
        """Wait until no server is built or has something done to it.

        Raises:
            AssertionError: some still are after `timeout` seconds.
        """
        end = time.monotonic() + timeout
        while left := self._count("instances", "(task_state IS NOT NULL OR vm_state = 'building')"):
            assert time.monotonic() < end, f"{left} servers are busy after {timeout} s"
            time.sleep(0.01)

    def broken(self) -> int:
        """Return how many servers are in ERROR."""
        return self._count("instances", "vm_state = 'error'")
