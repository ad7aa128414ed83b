"""Boots on the fake driver: how many a second, and what each costs, at 1, 10 and 50 callers and many servers."""

import json
import statistics

import pytest

from tests.perf.conftest import OPTIONS
from tests.support import load, measure

#: Callers → boots.
LOADS = {1: 50, 10: 150, 50: 250}
MANY = 1000
BOOTS_PER_SECOND = (">=", 25)
CPU_PER_BOOT = ("<=", 0.06)


@pytest.fixture(scope="module")
def bench(make_bench):
    return make_bench(OPTIONS)


def measure_boots(bench, figures, section, callers, count):
    """Boot `count` servers; the run ends when all are ACTIVE."""
    with measure.Meter(bench.pids) as meter:
        times = load.run(bench.user, callers, count, bench.boot)
        bench.watch.idle(timeout=180)
    assert bench.watch.broken() == 0
    figures.add(section, "boots a second", count / meter.wall, "/s", BOOTS_PER_SECOND)
    figures.add(section, "CPU a boot, all processes", meter.total / count, "s", CPU_PER_BOOT)
    for name, seconds in meter.cpu.items():
        figures.add(section, f"CPU a boot, {name}", 1000 * seconds / count, "ms")
    figures.add(section, "POST /servers, median", 1000 * statistics.median(times), "ms")
    figures.add(section, "POST /servers, slowest", 1000 * max(times), "ms")


def test_one_boot_after_the_other(bench, figures):
    """Seconds from the request to ACTIVE when nothing else happens."""

    def boot(caller):
        bench.boot(caller)
        bench.watch.idle()

    times = load.run(bench.user, 1, 20, boot)
    figures.add(
        "One boot after the other", "request to ACTIVE, median", 1000 * statistics.median(times), "ms"
    )


@pytest.mark.parametrize("callers", LOADS)
def test_boots(bench, figures, callers):
    title = f"Boots, {callers} caller{'s' if callers > 1 else ''}"
    measure_boots(bench, figures, title, callers, LOADS[callers])


def test_boots_among_many(bench, figures):
    have = len(servers(bench))
    load.run(bench.user, 10, max(0, MANY - have), bench.boot)
    bench.watch.idle(timeout=300)
    measure_boots(bench, figures, f"Boots, 10 callers, {MANY:,} servers there", 10, LOADS[10])


def servers(bench):
    """Return ids of all servers."""
    found, marker = [], ""
    with load.Caller(bench.user) as caller:
        while True:
            _, body = caller.request("GET", f"/servers?limit=1000{marker}")
            page = [each["id"] for each in json.loads(body)["servers"]]
            found += page
            if len(page) < 1000:
                return found
            marker = f"&marker={page[-1]}"
