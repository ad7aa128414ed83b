"""How long choosing and claiming take with 10,000 hosts. Prints milliseconds; never fails on time."""

import statistics
import time
import uuid as uuid_module

import pytest
import sqlalchemy as sa

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.db import allocations, api
from nova_lite.db.models import ComputeNode, Service, utcnow
from nova_lite.scheduler import filter_scheduler
from tests.support import specs, tables

HOSTS = 10_000
RUNS = 20


@api.writer
def fill(conn, count: int) -> None:
    """Add hosts of three sizes, each used a little differently."""
    now = utcnow()
    about = {"binary": "nova-compute", "topic": "compute", "last_seen_up": now}
    conn.execute(
        sa.insert(Service),
        [{"uuid": str(uuid_module.uuid4()), "host": f"host-{number}"} | about for number in range(count)],
    )
    conn.execute(
        sa.insert(ComputeNode),
        [
            {
                "uuid": str(uuid_module.uuid4()), "host": f"host-{number}", "hypervisor_hostname": f"host-{number}",
                "vcpus": 64, "memory_mb": 65536 << number % 3, "local_gb": 2000, "hypervisor_type": "QEMU",
                "hypervisor_version": 8002002, "supported_instances": [["x86_64", "kvm", "hvm"]],
                "cpu_info": {"arch": "x86_64", "model": "EPYC", "features": [f"f{each}" for each in range(80)]},
            }
            for number in range(count)
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def many_hosts(database):
    """A database with HOSTS hosts."""
    with tables.made(database):
        fill(HOSTS)
        CONF.set_override("service_down_time", 3600)
        yield
        CONF.clear_override("service_down_time")


CASES = {
    "one small server": ({}, 1),
    "image and flavor with wishes": (
        {"image": {"hw_architecture": "x86_64"}, "extra_specs": {"capabilities:cpu_info:arch": "x86_64"}},
        1,
    ),
    "20 servers": ({}, 20),
}


@pytest.mark.parametrize("case", CASES)
def test_select(many_hosts, database_backend, case, capsys):
    fields, count = CASES[case]
    scheduler = filter_scheduler.FilterScheduler()
    times, busy = [], time.process_time()
    for _ in range(RUNS):
        uuids = [str(uuid_module.uuid4()) for _ in range(count)]
        started = time.perf_counter()
        selections = scheduler.select_destinations(specs.make(**fields), uuids)
        times.append(1000 * (time.perf_counter() - started))
        assert len(selections) == count
        assert all(len(each) == CONF.scheduler.max_attempts for each in selections)
    busy = 1000 * (time.process_time() - busy) / RUNS
    assert allocations.drifted() == []
    report(capsys, database_backend, case, times, busy)


def test_explain(many_hosts, database_backend, capsys):
    scheduler = filter_scheduler.FilterScheduler()
    times = []
    for _ in range(5):
        started = time.perf_counter()
        with pytest.raises(exception.NoValidHost, match="10000 hosts: 10000 without enough free memory"):
            scheduler.select_destinations(specs.make(memory_mb=1 << 24), [str(uuid_module.uuid4())])
        times.append(1000 * (time.perf_counter() - started))
    report(capsys, database_backend, "no valid host", times, None)


def report(capsys, backend, case, times, busy):
    """Print one line."""
    with capsys.disabled():
        cpu = f", {busy:.1f} ms CPU here" if busy is not None else ""
        print(
            f"\n{HOSTS} hosts, {backend}, {case}: median {statistics.median(times):.1f} ms,"
            f" slowest {max(times):.1f} ms{cpu}"
        )
