"""What operations may cost: messages and SQL statements, as upper bounds. `make bench` prints the counts."""

import json

import pytest

from tests.support import booting, measure
from tests.support.cloud import Cloud
from tests.support.load import Caller
from tests.support.operations import OPERATIONS, Run

#: Operation → (most messages, most SQL statements), replies included. Design: 10 messages a boot, 4 a power action.
#: MariaDB and PostgreSQL take one statement more than SQLite for a boot: the lock of the quota.
BOUNDS = {
    "boot": (8, 36),
    "show": (0, 7),
    "list": (0, 3),
    "detail": (0, 6),
    "stop": (3, 11),
    "start": (3, 11),
    "reboot": (3, 11),
    "pause": (3, 11),
    "unpause": (3, 11),
    "delete": (3, 18),
    "flavors": (0, 3),
    "limits": (0, 6),
}
#: Statements more that any request may cost: the list of revoked tokens is read again every few seconds.
REVOKED = 1
FEW, MANY = 10, 200


@pytest.fixture(scope="module")
def run(service_directory, rabbitmq, database_server, tmp_path_factory):
    quota = {"quota": dict.fromkeys(("instances", "cores", "ram"), -1)}
    url = database_server.create_database()
    cloud = Cloud(tmp_path_factory.mktemp("costs"), rabbitmq.new_vhost(), url, measure.TALKATIVE | quota)
    try:
        cloud.prepare()
        cloud.start()
        wanted = {"flavorRef": booting.make_flavor(cloud, "m1.nano"), "imageRef": booting.make_image(cloud)}
        made = Run(cloud, measure.Watch(url), wanted | {"name": "costs", "networks": "none"})
        # What is looked up once a process is looked up now.
        for name in ("boot", "list", "flavors"):
            OPERATIONS[name](made)
        made.server = made.boot()
        made.watch.reported(3)
        yield made
    finally:
        cloud.kill()


def test_operations_keep_to_their_bounds(run):
    spent, over = {}, {}
    for name, operation in OPERATIONS.items():
        costs = measure.Costs(run.cloud).of(lambda operation=operation: operation(run))
        spent[name] = (costs["messages"].total(), costs["queries"].total())
        messages, queries = BOUNDS[name]
        if spent[name][0] > messages or spent[name][1] > queries + REVOKED:
            over[name] = costs
    assert not over, f"{over}, bounds {BOUNDS}"
    assert all(queries > 0 for _, queries in spent.values()), f"the logs were not understood: {spent}"
    assert spent["boot"][0] > 0


def test_details_cost_the_same_statements_for_ten_servers_and_for_two_hundred(run):
    costs = {}
    with Caller(run.cloud.admin) as caller:
        for count in (FEW, MANY):
            have = len(servers(caller))
            if count > have:
                run.boot(min_count=count - have, max_count=count - have)
            found = measure.Costs(run.cloud).of(lambda: servers(caller, "/servers/detail"))
            costs[count] = found["queries"].total()
        assert len(servers(caller)) >= MANY
    assert costs[FEW] == costs[MANY] > 0


def servers(caller, path="/servers") -> list[dict]:
    status, body = caller.request("GET", path)
    assert status == 200, body
    return json.loads(body)["servers"]
