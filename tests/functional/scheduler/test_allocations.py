"""Claims: exact under competition, freed once, on every database."""

import subprocess
import sys
import threading
import uuid as uuid_module

import pytest
import sqlalchemy as sa

from nova_lite.db import allocations, api, compute_nodes
from nova_lite.db.allocations import Claim, GroupRule
from nova_lite.db.models import ComputeNode
from tests.support import tables

pytestmark = pytest.mark.usefixtures("db")


def new_uuid() -> str:
    return str(uuid_module.uuid4())


@api.reader
def node(conn, node_id: int) -> tuple:
    """Return what is counted: VCPUs, memory, disk, servers."""
    columns = (ComputeNode.vcpus_used, ComputeNode.memory_mb_used, ComputeNode.local_gb_used,
               ComputeNode.running_vms)  # fmt: skip
    return tuple(conn.execute(sa.select(*columns).where(ComputeNode.id == node_id)).one())


def at_once(*functions) -> list:
    """Run functions in threads that begin together; return their results."""
    results = [None] * len(functions)
    barrier = threading.Barrier(len(functions))

    def run(position, function):
        barrier.wait(30)
        results[position] = function()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    return results


def test_twenty_claims_for_ten_places_give_ten():
    host = tables.add_host("one", vcpus=10, cpu_allocation_ratio=1.0)
    done = at_once(*[lambda: allocations.claim(host, new_uuid(), 1, 1024, 2)] * 20)
    assert sorted(done) == [False] * 10 + [True] * 10
    assert node(host) == (10, 10240, 20, 10)
    assert allocations.drifted() == []


CLAIMER = """
import sys, uuid
from nova_lite import concurrency
concurrency.select_backend(argv=[])
from nova_lite.conf import CONF
from nova_lite.db import allocations
CONF.set_override("connection", sys.argv[1], group="database")
print("ready", flush=True)
sys.stdin.readline()
print(sum(allocations.claim(int(sys.argv[2]), str(uuid.uuid4()), 1, 1024, 2) for _ in range(5)))
"""


def test_four_processes_with_twenty_claims_for_ten_places_get_ten(database):
    host = tables.add_host("one", vcpus=10, cpu_allocation_ratio=1.0)
    claimers = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", CLAIMER, database, str(host)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    try:
        for each in claimers:
            assert each.stdout.readline() == "ready\n"
        for each in claimers:
            each.stdin.write("go\n")
            each.stdin.flush()
        assert sum(int(each.communicate(timeout=120)[0]) for each in claimers) == 10
    finally:
        for each in claimers:
            each.kill()
            each.wait()
    assert node(host) == (10, 10240, 20, 10)
    assert allocations.drifted() == []


def test_claims_on_several_hosts_in_any_order_neither_lock_up_nor_oversubscribe():
    hosts = [tables.add_host(f"host-{number}", vcpus=6, cpu_allocation_ratio=1.0) for number in range(4)]

    def request(shift):
        order = hosts[shift:] + hosts[:shift]
        return lambda: allocations.claim_many([Claim(each, new_uuid(), 1, 10, 1) for each in order])

    done = at_once(*[request(number % 4) for number in range(10)])
    assert done.count(None) == 6
    assert [node(each)[0] for each in hosts] == [6] * 4
    assert allocations.drifted() == []


def test_many_or_nothing():
    wide, narrow = tables.add_host("wide"), tables.add_host("narrow", memory_mb=1000)
    wanted = [Claim(wide, new_uuid(), 1, 512, 1), Claim(narrow, new_uuid(), 1, 512, 1),
              Claim(narrow, new_uuid(), 1, 512, 1)]  # fmt: skip
    assert allocations.claim_many(wanted) == narrow
    assert node(wide) == node(narrow) == (0, 0, 0, 0)
    assert allocations.claim_many(wanted[:2]) is None
    assert node(wide) == node(narrow) == (1, 512, 1, 1)


@pytest.mark.parametrize(
    ("columns", "wanted", "fits"),
    [
        ({"vcpus": 2, "cpu_allocation_ratio": 4.0, "vcpus_used": 7}, (1, 1, 1), True),
        ({"vcpus": 2, "cpu_allocation_ratio": 4.0, "vcpus_used": 8}, (1, 1, 1), False),
        ({"vcpus": 2, "cpu_allocation_ratio": 4.0}, (3, 1, 1), False),  # more than the host really has
        ({"vcpus": 10, "cpu_allocation_ratio": 1.4, "vcpus_used": 13}, (1, 1, 1), True),
        ({"vcpus": 4, "cpu_allocation_ratio": 1.0, "reserved_vcpus": 1}, (4, 1, 1), False),
        ({"memory_mb": 4096, "reserved_memory_mb": 512}, (1, 3584, 1), True),
        ({"memory_mb": 4096, "reserved_memory_mb": 512}, (1, 3585, 1), False),
        ({"local_gb": 10, "disk_allocation_ratio": 2.0, "local_gb_used": 12}, (1, 1, 8), True),
        ({"local_gb": 10, "disk_allocation_ratio": 2.0, "local_gb_used": 12}, (1, 1, 9), False),
        ({"local_gb": 10, "local_gb_used": 12}, (1, 1, 0), True),  # overdrawn, but nothing of it is wanted
        ({"deleted": 7}, (1, 1, 1), False),
    ],
)
def test_what_fits(columns, wanted, fits):
    assert allocations.claim(tables.add_host("one", **columns), new_uuid(), *wanted) is fits


def test_the_same_request_twice_claims_once():
    first, second, server = tables.add_host("first"), tables.add_host("second"), new_uuid()
    for host in (first, first, second):
        assert allocations.claim(host, server, 2, 512, 5)
    assert node(first) == (0, 0, 0, 0)
    assert node(second) == (2, 512, 5, 1)
    assert [row["host"] for row in allocations.get_by_consumer(server)] == ["second"]


def test_one_consumer_claimed_for_by_many_at_once_holds_one_claim():
    hosts, server = [tables.add_host(f"host-{number}") for number in range(3)], new_uuid()
    at_once(*[lambda host=host: allocations.claim(host, server, 1, 10, 1) for host in hosts * 3])
    assert allocations.drifted() == []
    # Two that saw nothing of each other may both have stayed; giving back frees all of it.
    assert allocations.release(server)
    assert allocations.drifted() == []
    assert [node(each) for each in hosts] == [(0, 0, 0, 0)] * 3


def test_freed_exactly_once():
    host, server, other = tables.add_host("one"), new_uuid(), new_uuid()
    assert allocations.claim(host, server, 2, 512, 5)
    assert allocations.claim(host, other, 1, 256, 1)
    assert sorted(at_once(*[lambda: allocations.release(server)] * 8)) == [False] * 7 + [True]
    assert node(host) == (1, 256, 1, 1)


def test_released_on_one_host_only():
    first, second, server = tables.add_host("first"), tables.add_host("second"), new_uuid()
    allocations.claim(first, server, 1, 1, 1)
    assert not allocations.release(server, node_id=second)
    assert allocations.release(server, node_id=first)
    assert not allocations.release(server)


def test_move_keeps_whose_it_is_and_stays_when_there_is_no_room():
    first, second, server = tables.add_host("first"), tables.add_host("second", vcpus=1), new_uuid()
    allocations.claim(first, server, 1, 512, 5, project_id="project", user_id="user")
    assert not allocations.move(server, second, 2, 512, 5)
    assert node(first) == (1, 512, 5, 1)
    assert allocations.move(server, second, 1, 512, 5)
    assert node(first) == (0, 0, 0, 0)
    (row,) = allocations.get_by_consumer(server)
    assert (row["host"], row["project_id"], row["user_id"]) == ("second", "project", "user")


def test_a_migration_holds_the_source_until_it_is_given_back():
    source, target, server, migration = tables.add_host("a"), tables.add_host("b"), new_uuid(), new_uuid()
    allocations.claim(source, server, 1, 512, 5)
    assert allocations.hand_over(server, migration) == 1
    assert allocations.hand_over(server, migration) == 0
    assert allocations.claim(target, server, 2, 1024, 5)
    assert node(source) == (1, 512, 5, 0)
    assert node(target) == (2, 1024, 5, 1)
    assert allocations.drifted() == []
    # Reverted.
    allocations.release(server)
    assert allocations.hand_over(migration, server, allocations.INSTANCE) == 1
    assert node(source) == (1, 512, 5, 1)
    assert node(target) == (0, 0, 0, 0)
    assert allocations.drifted() == []


def test_two_members_at_once_never_share_a_host():
    members = [new_uuid() for _ in range(6)]
    group = GroupRule(tables.add_group("anti-affinity", *members), "anti-affinity")
    host = tables.add_host("one")
    done = at_once(
        *[lambda uuid=uuid: allocations.claim_many([Claim(host, uuid, 1, 1, 1)], group) for uuid in members]
    )
    assert sorted(map(str, done)) == sorted([str(host)] * 5 + ["None"])
    assert node(host) == (1, 1, 1, 1)


def test_two_members_at_once_end_on_one_host_when_they_want_to():
    members = [new_uuid() for _ in range(6)]
    group = GroupRule(tables.add_group("affinity", *members), "affinity")
    hosts = [tables.add_host("one"), tables.add_host("two")]
    claims = [Claim(hosts[number % 2], uuid, 1, 1, 1) for number, uuid in enumerate(members)]
    done = at_once(*[lambda each=each: allocations.claim_many([each], group) for each in claims])
    assert done.count(None) == 3
    assert sorted(node(each)[3] for each in hosts) == [0, 3]


def test_as_many_members_on_a_host_as_the_rule_says():
    members = [new_uuid() for _ in range(3)]
    group = GroupRule(tables.add_group("anti-affinity", *members), "anti-affinity", max_server_per_host=2)
    host = tables.add_host("one", nodes=("node-a", "node-b"))
    assert allocations.claim_many([Claim(host, uuid, 1, 1, 1) for uuid in members], group) == host
    assert allocations.claim_many([Claim(host, uuid, 1, 1, 1) for uuid in members[:2]], group) is None
    assert allocations.claim_many([Claim(host - 1, members[2], 1, 1, 1)], group) == host - 1


def test_the_audit_finds_what_is_wrong():
    host, live, deleted = tables.add_host("one"), tables.add_instance(), tables.add_instance(deleted=5)
    homeless = tables.add_instance(host="one", node="one", vm_state="active")
    for server in (live, deleted):
        allocations.claim(host, server, 1, 512, 5)
    assert allocations.drifted() == []
    assert [row["consumer_uuid"] for row in allocations.orphans()] == [deleted]
    assert [row["uuid"] for row in allocations.unclaimed()] == [homeless]

    @api.writer
    def spoil(conn):
        conn.execute(sa.update(ComputeNode).values(memory_mb_used=5))

    spoil()
    (row,) = allocations.drifted()
    assert (row["host"], row["memory_mb_used"], row["memory_mb_used_claimed"]) == ("one", 5, 1024)
    assert (row["vcpus_used"], row["vcpus_used_claimed"]) == (2, 2)


def test_a_node_that_is_gone_stays_while_something_is_claimed_of_it():
    second = tables.add_host("one", nodes=("a", "b"))
    server, migration = new_uuid(), new_uuid()
    assert allocations.claim(second, server, 1, 512, 5)
    allocations.hand_over(server, migration)
    compute_nodes.report("one", 1, [])
    assert [row["hypervisor_hostname"] for row in compute_nodes.get_by_host("one")] == ["b"]
    allocations.release(migration)
    compute_nodes.report("one", 1, [])
    assert compute_nodes.get_by_host("one") == []
