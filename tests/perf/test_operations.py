"""Messages and SQL statements of each operation. tests/functional/services/test_costs.py holds their bounds."""

import pytest

from tests.perf.conftest import OPTIONS
from tests.support import measure
from tests.support.operations import OPERATIONS, Run


@pytest.fixture(scope="module")
def run(make_bench):
    options = measure.TALKATIVE | {"quota": OPTIONS["quota"]}
    bench = make_bench(options)
    run = Run(bench.cloud, bench.watch, bench.body["server"])
    run.server = run.boot()
    run.watch.reported(3)
    return run


@pytest.mark.parametrize("name", OPERATIONS)
def test_costs(run, figures, name):
    costs = measure.Costs(run.cloud).of(lambda: OPERATIONS[name](run))
    for kind in ("messages", "queries"):
        by = ", ".join(f"{service} {count}" for service, count in sorted(costs[kind].items()))
        figures.add(
            "Messages and SQL statements", f"{name}, {kind}", costs[kind].total(), f"({by})" if by else ""
        )
