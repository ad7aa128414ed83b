"""Choosing and claiming on real databases."""

import threading
import uuid as uuid_module
from collections import Counter

import pytest
import sqlalchemy as sa

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.db import allocations, api, instances
from nova_lite.db.models import ComputeNode
from nova_lite.scheduler import filter_scheduler, host_manager, utils
from nova_lite.scheduler.manager import SchedulerManager
from tests.support import specs, tables

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def option():
    """Return a function that sets options for the test."""
    touched = []

    def set_option(name, value, group="filter_scheduler"):
        CONF.set_override(name, value, group=group)
        touched.append((name, group))

    yield set_option
    for name, group in touched:
        CONF.clear_override(name, group=group)


def new_uuids(count=1) -> list[str]:
    return [str(uuid_module.uuid4()) for _ in range(count)]


def select(spec=None, count=1, **kwargs) -> list[list]:
    return filter_scheduler.FilterScheduler().select_destinations(
        spec or specs.make(), new_uuids(count), **kwargs
    )


def chosen(selections) -> list[str]:
    return [each[0].service_host for each in selections]


def refusal(spec=None, count=1) -> str:
    with pytest.raises(exception.NoValidHost) as caught:
        select(spec, count)
    assert allocations.drifted() == []
    return str(caught.value)


def test_the_emptiest_host_is_chosen_and_claimed_and_the_next_best_are_alternates(option):
    for number in range(5):
        tables.add_host(f"host-{number}", memory_mb=1024 * (number + 1))
    server = new_uuids()
    ((first, *others),) = filter_scheduler.FilterScheduler().select_destinations(specs.make(), server)
    assert [each.service_host for each in (first, *others)] == ["host-4", "host-3", "host-2"]
    (held,) = allocations.get_by_consumer(server[0])
    assert (held["host"], held["vcpus"], held["memory_mb"], held["disk_gb"]) == ("host-4", 1, 512, 1)
    assert (held["project_id"], held["user_id"]) == ("project", "user")
    assert first.availability_zone == "nova"
    option("max_attempts", 1, "scheduler")
    assert [len(each) for each in select()] == [1]


def test_no_alternates_when_none_are_wanted():
    tables.add_host("a")
    tables.add_host("b")
    assert [len(each) for each in select(return_alternates=False)] == [1]


def test_filling_hosts_up_instead_of_spreading(option):
    for number in range(5):
        tables.add_host(f"host-{number}", memory_mb=1024 * (number + 1))
    option("ram_weight_multiplier", -1.0)
    option("max_placement_results", 2, "scheduler")
    assert chosen(select()) == ["host-0"]


def test_a_request_for_many_counts_what_it_has_chosen():
    for host in ("a", "b"):
        tables.add_host(host, vcpus=3, cpu_allocation_ratio=1.0)
    assert Counter(chosen(select(count=6))) == {"a": 3, "b": 3}
    assert "2 without enough free VCPUs (need 1, most free is 0)" in refusal()


def test_a_request_for_many_gets_all_or_nothing():
    tables.add_host("a", vcpus=3, cpu_allocation_ratio=1.0)
    assert "on the 1 left there is room for 3 of 4 servers" in refusal(count=4)
    assert len(select(count=3)) == 3


def test_twenty_requests_at_once_for_ten_places_on_two_hosts():
    for host in ("a", "b"):
        tables.add_host(host, vcpus=5, cpu_allocation_ratio=1.0)
    schedulers = [filter_scheduler.FilterScheduler(), filter_scheduler.FilterScheduler()]
    results, barrier = [], threading.Barrier(20)

    def run(number):
        barrier.wait(30)
        try:
            selections = schedulers[number % 2].select_destinations(specs.make(), new_uuids())
            results.append(selections[0][0].service_host)
        except exception.NoValidHost as error:
            results.append(str(error)[:28])

    threads = [threading.Thread(target=run, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert Counter(results) == {"a": 5, "b": 5, "No valid host was found. The": 10}
    assert allocations.drifted() == []


def take_before_claims(monkeypatch, victims: list[int]):
    """Let another scheduler be faster: before each claim it takes all of the next victim."""
    original = filter_scheduler.FilterScheduler._claim

    def claim(search, picks):
        if victims:
            allocations.claim(victims.pop(0), new_uuids()[0], 8, 1, 1)
        return original(search, picks)

    monkeypatch.setattr(filter_scheduler.FilterScheduler, "_claim", staticmethod(claim))


def test_the_next_best_when_someone_was_faster(monkeypatch):
    sizes = {"cpu_allocation_ratio": 1.0}
    first = tables.add_host("first", memory_mb=30000, **sizes)
    tables.add_host("second", memory_mb=20000, **sizes)
    take_before_claims(monkeypatch, [first])
    assert chosen(select()) == ["second"]


def test_all_hosts_are_read_again_when_all_were_taken(monkeypatch):
    first = tables.add_host("first", cpu_allocation_ratio=1.0)
    reads = []
    original = host_manager.HostManager.read

    def read(self, search):
        reads.append(search)
        if len(reads) == 2:
            tables.add_host("late")
        original(self, search)

    monkeypatch.setattr(host_manager.HostManager, "read", read)
    take_before_claims(monkeypatch, [first])
    assert chosen(select()) == ["late"]
    assert len(reads) == 2


def test_someone_who_is_faster_for_ever_does_not_keep_us_for_ever(monkeypatch):
    host = tables.add_host("one")
    monkeypatch.setattr(filter_scheduler.FilterScheduler, "_claim", staticmethod(lambda search, picks: host))
    assert refusal().startswith("No valid host was found. Other requests were faster 5 times")


def test_hosts_beyond_the_first_page_are_read_when_the_filters_want_none_of_it(option):
    option("max_placement_results", 3, "scheduler")
    option("enabled_filters", ["JsonFilter"])
    for number in range(10):
        tables.add_host(f"host-{number}", memory_mb=20000 - number, stats={"rack": str(number)})
    spec = specs.make(scheduler_hints={"query": ['["=", "$stats.rack", "8"]']})
    assert chosen(select(spec)) == ["host-8"]
    assert "JsonFilter turned away 10" in refusal(
        specs.make(scheduler_hints={"query": ['["=", "$stats.rack", "x"]']})
    )


def test_a_random_one_of_the_best(option):
    option("host_subset_size", 3)
    option("weight_classes", ["RAMWeigher"])
    for number in range(5):
        tables.add_host(f"host-{number}", memory_mb=1024 * 100 * (number + 1))
    used = Counter(host for _ in range(30) for host in chosen(select()))
    assert set(used) <= {"host-4", "host-3", "host-2"}
    assert len(used) > 1


def test_hosts_of_the_same_weight_are_shuffled(option):
    option("shuffle_best_same_weighed_hosts", True)
    option("weight_classes", ["BuildFailureWeigher"])
    for number in range(4):
        tables.add_host(f"host-{number}", failed_builds=int(number == 3))
    used = Counter(host for _ in range(30) for host in chosen(select()))
    assert "host-3" not in used
    assert len(used) > 1


# -- what the database narrows by


@pytest.mark.parametrize(
    ("service", "seen_ago", "text"),
    [
        ({"disabled": True}, 0, "ComputeFilter turned away 1 (1 disabled)"),
        ({"forced_down": True}, 0, "ComputeFilter turned away 1 (1 down)"),
        ({}, 70, "ComputeFilter turned away 1 (1 down)"),
        ({}, -70, "ComputeFilter turned away 1 (1 down)"),  # a clock that is ahead, as in servicegroup.is_up
        ({"deleted": 1}, 0, "1 without a nova-compute service"),
        ({"binary": "nova-conductor"}, 0, "1 without a nova-compute service"),
    ],
)
def test_services(service, seen_ago, text):
    tables.add_host("one", service=service, seen_ago=seen_ago)
    assert text in refusal()
    tables.add_host("two", seen_ago=30)
    assert chosen(select()) == ["two"]


def test_a_down_host_does_when_the_filter_is_off(option):
    option("enabled_filters", ["AllHostsFilter"])
    tables.add_host("one", seen_ago=70)
    assert chosen(select()) == ["one"]


def test_availability_zones():
    for host in "abc":
        tables.add_host(host)
    tables.add_aggregate("a", availability_zone="east", ssd="true")
    tables.add_aggregate("a", "b", ssd="true")
    ((selection,),) = select(specs.make(availability_zone="east"))
    assert (selection.service_host, selection.availability_zone) == ("a", "east")
    assert sorted(
        {host for _ in range(6) for host in chosen(select(specs.make(availability_zone="nova")))}
    ) == ["b", "c"]
    assert "3 not in availability zone 'west'" in refusal(specs.make(availability_zone="west"))


def test_projects_kept_to_their_aggregates(option):
    option("limit_tenants_to_placement_aggregate", True, "scheduler")
    tables.add_host("a", memory_mb=8000)
    tables.add_host("b", memory_mb=16000)
    tables.add_aggregate("a", filter_tenant_id="other, project")
    assert chosen(select()) == ["a"]
    assert chosen(select(specs.make(project_id="third"))) == ["b"]


def test_forced_hosts_skip_filters_but_must_be_there_and_up(option):
    option("enabled_filters", ["ComputeFilter", "NumInstancesFilter"])
    option("max_instances_per_host", 1)
    second = tables.add_host("a", nodes=("a1", "a2"))
    place(second)
    place(second - 1)
    tables.add_host("b")
    tables.add_host("down", seen_ago=100)
    assert chosen(select(specs.make(force_hosts=["a"]))) == ["a"]
    ((selection,),) = select(specs.make(force_hosts=["a"], force_nodes=["a1"]))
    assert selection.nodename == "a1"
    assert "4 not the requested host nowhere" in refusal(specs.make(force_hosts=["nowhere"]))
    assert "ComputeFilter turned away 1 (1 down)" in refusal(specs.make(force_hosts=["down"]))


def test_a_requested_destination_is_filtered(option):
    option("enabled_filters", ["NumInstancesFilter"])
    tables.add_host("full", running_vms=50)  # not with `refusal`, which checks the counters
    tables.add_host("b", memory_mb=1024)
    tables.add_host("c")
    assert chosen(select(specs.make(requested_destination={"host": "b", "node": None}))) == ["b"]
    assert chosen(select(specs.make(requested_destination={"host": None, "node": "b"}))) == ["b"]
    with pytest.raises(
        exception.NoValidHost, match=r"NumInstancesFilter turned away 1 \(max_instances_per_host is 50\)"
    ):
        select(specs.make(requested_destination={"host": "full"}))


def test_ignored_hosts():
    tables.add_host("a")
    tables.add_host("b", memory_mb=1024)
    assert chosen(select(specs.make(ignore_hosts=["a"]))) == ["b"]
    assert "2 hosts: 2 left out by the request." in refusal(specs.make(ignore_hosts=["a", "b"]))


def test_the_reason_helps():
    for number in range(9):
        tables.add_host(f"host-{number}", memory_mb=16384, reserved_memory_mb=512)
    tables.add_host("down", memory_mb=600000, seen_ago=100)
    tables.add_host("off", memory_mb=600000, service={"disabled": True})
    tables.add_host("small", memory_mb=300000, ram_allocation_ratio=2.0)
    assert refusal(specs.make(memory_mb=524288)) == (
        "No valid host was found. There are not enough hosts available. 12 hosts: 9 without enough free memory"
        " (need 524288 MB, most free is 15872 MB), 1 with less memory than one server may have of it"
        " (need 524288 MB, most is 300000 MB), ComputeFilter turned away 2 (1 disabled, 1 down)."
    )


def test_no_host_at_all():
    assert refusal() == (
        "No valid host was found. There are not enough hosts available."
        " There is no hypervisor yet: does nova-compute run?"
    )


# -- where other servers are


def place(host_id: int, **columns) -> str:
    uuid = tables.add_instance(**columns)
    assert allocations.claim(host_id, uuid, 1, 1, 1)
    return uuid


def test_hints_of_same_and_different_host():
    a, b = tables.add_host("a"), tables.add_host("b")
    on_a, on_b = place(a), place(b)
    assert chosen(select(specs.make(scheduler_hints={"same_host": [on_b]}))) == ["b"]
    assert chosen(select(specs.make(scheduler_hints={"different_host": on_b}))) == ["a"]
    assert f"DifferentHostFilter turned away 2 (hint different_host: {on_a}, {on_b})" in refusal(
        specs.make(scheduler_hints={"different_host": [on_a, on_b]})
    )


def grouped(policy, members=(), rules=None, count=1):
    """Return (spec with a new group, uuids of servers that are to be its members)."""
    fresh = new_uuids(count)
    uuid = tables.add_group(policy, *members, *fresh, rules=rules)
    spec = specs.make(scheduler_hints={"group": [uuid]})
    utils.setup_instance_group(spec, fresh)
    return spec, fresh


def choose_grouped(*args, **kwargs):
    spec, fresh = grouped(*args, **kwargs)
    return chosen(filter_scheduler.FilterScheduler().select_destinations(spec, fresh))


def test_anti_affinity():
    hosts = {name: tables.add_host(name) for name in "abc"}
    member = place(hosts["a"])
    assert sorted(choose_grouped("anti-affinity", [member], count=2)) == ["b", "c"]
    with pytest.raises(exception.NoValidHost, match="room for 2 of 3 servers"):
        choose_grouped("anti-affinity", [member], count=3)
    assert len(choose_grouped("anti-affinity", [member], {"max_server_per_host": 2}, count=5)) == 5


def test_alternates_keep_to_the_group():
    for name in "abcd":
        tables.add_host(name)
    spec, fresh = grouped("anti-affinity", count=2)
    selections = filter_scheduler.FilterScheduler().select_destinations(spec, fresh)
    used = set(chosen(selections))
    for first, *others in selections:
        assert first.service_host in used
        assert len(others) == 2
        assert used.isdisjoint(each.service_host for each in others)


def test_affinity():
    hosts = {name: tables.add_host(name, memory_mb=10000 + position) for position, name in enumerate("abc")}
    assert choose_grouped("affinity", [place(hosts["a"])], count=2) == ["a", "a"]
    assert len(set(choose_grouped("affinity", count=3))) == 1
    spec, fresh = grouped("affinity", [place(hosts["a"])])
    spec.ignore_hosts = ["a"]
    with pytest.raises(exception.NoValidHost) as caught:
        filter_scheduler.FilterScheduler().select_destinations(spec, fresh)
    assert "ServerGroupAffinityFilter turned away 2 (not where the server group is)" in str(caught.value)


def test_the_group_is_read_again_when_others_came_between(monkeypatch):
    a, _ = tables.add_host("a", memory_mb=30000), tables.add_host("b")
    other = tables.add_instance()
    spec, fresh = grouped("anti-affinity", [other])
    original = filter_scheduler.FilterScheduler._claim

    def claim(search, picks):
        if not allocations.get_by_consumer(other):
            allocations.claim(a, other, 1, 1, 1)
        return original(search, picks)

    monkeypatch.setattr(filter_scheduler.FilterScheduler, "_claim", staticmethod(claim))
    assert chosen(filter_scheduler.FilterScheduler().select_destinations(spec, fresh)) == ["b"]


def test_soft_policies(option):
    option("weight_classes", ["ServerGroupSoftAffinityWeigher", "ServerGroupSoftAntiAffinityWeigher"])
    hosts = {name: tables.add_host(name) for name in "abc"}
    assert choose_grouped("soft-affinity", [place(hosts["b"]), place(hosts["b"])]) == ["b"]
    soft = choose_grouped("soft-anti-affinity", [place(hosts["a"])], count=3)
    assert set(soft[:2]) == {"b", "c"}
    assert len(soft) == 3


def test_groups_are_found_by_membership_and_set_up():
    host = tables.add_host("a")
    member, fresh = place(host), new_uuids()
    uuid = tables.add_group("anti-affinity", member, *fresh, rules={"max_server_per_host": 3})
    spec = specs.make()
    utils.setup_instance_group(spec, fresh)
    group = spec.instance_group
    assert (group.uuid, group.policy, group.rules) == (uuid, "anti-affinity", {"max_server_per_host": "3"})
    assert (group.members, group.hosts) == ([member, *fresh], ["a"])
    utils.setup_instance_group(spec, new_uuids())
    assert spec.instance_group is None
    with pytest.raises(exception.InstanceGroupNotFound):
        utils.setup_instance_group(specs.make(scheduler_hints={"group": new_uuids()}), fresh)


def test_a_policy_that_nothing_enforces_is_refused(option):
    option("enabled_filters", ["ComputeFilter"])
    with pytest.raises(exception.NoValidHost, match="ServerGroupAffinityFilter is not in"):
        grouped("affinity")


def test_claiming_an_alternate_moves_the_claim():
    for name in "ab":
        tables.add_host(name)
    spec, fresh = grouped("anti-affinity")
    ((first, alternate),) = filter_scheduler.FilterScheduler().select_destinations(spec, fresh)
    assert utils.claim_resources(spec, fresh[0], alternate)
    assert [row["host"] for row in allocations.get_by_consumer(fresh[0])] == [alternate.service_host]
    other, others = grouped("anti-affinity")
    other.instance_group = spec.instance_group
    tables.add_member(spec.instance_group.uuid, *others)
    assert not utils.claim_resources(other, others[0], alternate)
    assert utils.claim_resources(other, others[0], first)


# -- weighers that read


def test_busy_hosts_are_avoided_and_filtered(option):
    a, b = tables.add_host("a", memory_mb=16384), tables.add_host("b", memory_mb=16384)
    servers = [place(a, task_state="spawning"), place(b, task_state=None, vm_state="active")]
    assert chosen(select()) == ["b"]
    option("max_io_ops_per_host", 1)
    option("enabled_filters", ["IoOpsFilter"])
    assert chosen(select()) == ["b"]
    instances.update(servers[0], {"task_state": None})
    option("weight_classes", ["RAMWeigher"])

    @api.writer
    def shrink(conn):
        conn.execute(sa.update(ComputeNode).where(ComputeNode.id == b).values(memory_mb=4096))

    shrink()
    assert chosen(select()) == ["a"]


def test_an_aggregates_multiplier_wins():
    tables.add_host("a", failed_builds=3)
    tables.add_host("b", memory_mb=1024)
    assert chosen(select()) == ["b"]
    tables.add_aggregate("a", "b", build_failure_weight_multiplier="0")
    assert chosen(select()) == ["a"]


# -- the RPC interface


def test_the_manager_answers_with_objects_or_dictionaries():
    for name in "ab":
        tables.add_host(name)
    manager = SchedulerManager("here")
    ((first, alternate),) = manager.select_destinations(None, specs.make(), new_uuids())
    assert {first.service_host, alternate.service_host} == {"a", "b"}
    (answer,) = manager.select_destinations(None, specs.make(), new_uuids(), return_objects=False)
    assert set(answer) == {"host", "nodename", "limits"}


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        (
            "enabled_filters",
            ["ComputeFilter", "RamFilter"],
            "enabled_filters names 'RamFilter'; there are: Aggregate",
        ),
        ("weight_classes", ["RAMWeigher", "x"], "weight_classes names 'x'; there are: BuildFailureWeigher"),
    ],
)
def test_unknown_filters_and_weighers_stop_the_start(option, name, value, text):
    option(name, value)
    with pytest.raises(exception.ConfigurationError, match=text):
        SchedulerManager("here")
