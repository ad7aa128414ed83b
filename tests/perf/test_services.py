"""How long each service takes to start and to stop, and the memory that it has."""

import concurrent.futures
import time

from tests.support import measure, processes
from tests.support.cloud import SERVICES

READY = ("<=", 5)
MEMORY = ("<=", 300)


def test_start_memory_stop(make_bench, figures):
    bench = make_bench()
    cloud = bench.cloud
    memory = {name: measure.pss_megabytes(bench.pids[name]) for name in SERVICES}
    stops = {}
    for name in reversed(SERVICES):
        begun = time.perf_counter()
        cloud.stop(name)
        stops[name] = time.perf_counter() - begun
    # One after the other, then all at once: nova-conductor is waited for by the others.
    alone = {}
    for name in SERVICES:
        begun = time.perf_counter()
        cloud.start(name)
        alone[name] = (time.perf_counter() - begun, measure.cpu_seconds(cloud.services[name].pid))
    cloud.stop()
    begun = time.perf_counter()
    together = [processes.nova_service(name, [cloud.config_file(name)], cloud.directory) for name in SERVICES]
    with concurrent.futures.ThreadPoolExecutor(len(together)) as pool:
        cloud.services.update(zip(SERVICES, pool.map(processes.Process.start, together), strict=True))
    ready = time.perf_counter() - begun
    for name in SERVICES:
        figures.add("Services", f"{name}: ready after", alone[name][0], "s")
        figures.add("Services", f"{name}: CPU to start", alone[name][1], "s")
        figures.add("Services", f"{name}: memory (PSS)", memory[name], "MB")
        figures.add("Services", f"{name}: SIGTERM to exit", stops[name], "s")
    figures.add("Services", "all four started at once: ready after", ready, "s", READY)
    figures.add("Services", "all four: memory (PSS)", sum(memory.values()), "MB", MEMORY)
    figures.add("Services", "rabbitmq: memory (PSS)", measure.pss_megabytes(bench.pids["rabbitmq"]), "MB")
    cloud.stop()
