"""Weighers by a table, scaling, and multipliers."""

import pytest
from stevedore import extension

from nova_lite.scheduler.filters.base import Needs
from nova_lite.scheduler.weights import base
from tests.support import specs

WEIGHERS = {each.name: each.plugin() for each in extension.ExtensionManager("nova_lite.scheduler.weights")}


def order(make_host, names, hosts, spec=None) -> list[str]:
    """Return the names of hosts (name → attributes), best first."""
    states = [make_host(host=name, **attributes) for name, attributes in hosts.items()]
    return [
        state.host for _, state in base.rank([WEIGHERS[name] for name in names], states, spec or specs.make())
    ]


SOFT = {"policy": "soft-affinity"}
SOFT_ANTI = {"policy": "soft-anti-affinity"}


@pytest.mark.parametrize(
    ("name", "attribute", "values", "group", "best_first"),
    [
        ("RAMWeigher", "free_ram_mb", (1, 3, 2), None, "bca"),
        ("CPUWeigher", "free_vcpus", (1.5, 0.5, 2), None, "cab"),
        ("DiskWeigher", "free_disk_gb", (3, 2, 1), None, "abc"),
        ("IoOpsWeigher", "num_io_ops", (2, 0, 1), None, "bca"),
        ("BuildFailureWeigher", "failed_builds", (2, 0, 1), None, "bca"),
        ("ServerGroupSoftAffinityWeigher", "group_members", ({"x"}, set(), {"y", "z"}), SOFT, "cab"),
        ("ServerGroupSoftAffinityWeigher", "group_members", ({"x"}, set(), {"y", "z"}), SOFT_ANTI, "abc"),
        ("ServerGroupSoftAffinityWeigher", "group_members", ({"x"}, set(), {"y", "z"}), None, "abc"),
        ("ServerGroupSoftAntiAffinityWeigher", "group_members", ({"x"}, set(), {"y", "z"}), SOFT_ANTI, "bac"),
        ("ServerGroupSoftAntiAffinityWeigher", "group_members", ({"x"}, set(), {"y", "z"}), SOFT, "abc"),
    ],
)
def test_each_weigher(make_host, name, attribute, values, group, best_first):
    hosts = {host: {attribute: value} for host, value in zip("abc", values, strict=True)}
    assert order(make_host, [name], hosts, specs.make(group=group)) == list(best_first)
    needs = Needs()
    WEIGHERS[name].needs(specs.make(), needs)
    assert needs.io_ops is (attribute == "num_io_ops")


def test_a_negative_multiplier_turns_the_order_round(make_host, option):
    option("ram_weight_multiplier", -1.0)
    assert order(make_host, ["RAMWeigher"], {"a": {"free_ram_mb": 1}, "b": {"free_ram_mb": 2}}) == ["a", "b"]


def test_weights_are_scaled_then_multiplied_and_added(make_host, option):
    hosts = {
        "a": {"free_ram_mb": 10_000, "free_disk_gb": 1, "free_vcpus": 1},
        "b": {"free_ram_mb": 5_000, "free_disk_gb": 3, "free_vcpus": 1},
        "c": {"free_ram_mb": 0, "free_disk_gb": 2, "free_vcpus": 1},
    }
    states = [make_host(host=name, **attributes) for name, attributes in hosts.items()]
    weighers = [WEIGHERS[name] for name in ("RAMWeigher", "DiskWeigher", "CPUWeigher")]
    ranked = base.rank(weighers, states, specs.make())
    assert [(weight, state.host) for weight, state in ranked] == [(1.5, "b"), (1.0, "a"), (0.5, "c")]
    option("disk_weight_multiplier", 0.2)
    assert [state.host for _, state in base.rank(weighers, states, specs.make())] == ["a", "b", "c"]
    assert base.rank(weighers, [], specs.make()) == []


def test_failed_builds_outweigh_everything_else(make_host):
    hosts = {"a": {"free_ram_mb": 10**6, "failed_builds": 1}, "b": {"free_ram_mb": 1}}
    assert order(make_host, ["RAMWeigher", "BuildFailureWeigher"], hosts) == ["b", "a"]


@pytest.mark.parametrize(
    ("aggregates", "multiplier"),
    [
        ([], 1.0),
        ([{"ssd": "true"}], 1.0),
        ([{"ram_weight_multiplier": "5"}], 5.0),
        ([{"ram_weight_multiplier": "5"}, {"ram_weight_multiplier": "-2"}], -2.0),
        ([{"ram_weight_multiplier": "much"}], 1.0),
        ([{"ram_weight_multiplier": "much"}, {"ram_weight_multiplier": "3"}], 3.0),
    ],
)
def test_multipliers_of_aggregates(make_host, aggregates, multiplier):
    assert WEIGHERS["RAMWeigher"].multiplier(make_host(aggregates=aggregates)) == multiplier


def test_an_aggregate_switches_a_weigher_on(make_host, option):
    option("ram_weight_multiplier", 0.0)
    hosts = {
        "a": {"free_ram_mb": 1, "aggregates": []},
        "b": {"free_ram_mb": 2, "aggregates": [{"ram_weight_multiplier": "1"}]},
    }
    assert order(make_host, ["RAMWeigher"], hosts) == ["b", "a"]
