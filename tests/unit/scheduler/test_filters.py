"""Each filter by a table of cases, and that it asks for what it looks at."""

import datetime as dt

import pytest
from stevedore import extension

from nova_lite.scheduler.filters import base, utils
from nova_lite.servicegroup import utcnow
from tests.support import specs

FILTERS = {each.name: each.plugin() for each in extension.ExtensionManager("nova_lite.scheduler.filters")}


def passes(make_host, name: str, host: dict, spec) -> bool:
    """Ask a filter about a host that has only what the filter said it needs."""
    each, needs = FILTERS[name], base.Needs()
    each.needs(spec, needs)
    asked = set(needs.columns)
    asked |= {"aggregates"} if needs.aggregates else set()
    asked |= {"num_io_ops"} if needs.io_ops else set()
    on_demand = {"aggregates", "num_io_ops", "stats", "cpu_info", "supported_instances", "traits", "host_ip"}
    told = {key: value for key, value in host.items() if key not in on_demand or key in asked}
    told |= {key: None for key in needs.columns if key not in told}
    if "instances" in told:
        told["instances"] &= needs.instances
    assert isinstance(each.why(spec), str)
    return each.host_passes(make_host(**told), spec)


def test_all_of_the_filters_are_entry_points():
    assert sorted(FILTERS) == [
        "AggregateInstanceExtraSpecsFilter", "AggregateMultiTenancyIsolation", "AllHostsFilter",
        "AvailabilityZoneFilter", "ComputeCapabilitiesFilter", "ComputeFilter", "DifferentHostFilter",
        "ImagePropertiesFilter", "IoOpsFilter", "IsolatedHostsFilter", "JsonFilter", "NumInstancesFilter",
        "SameHostFilter", "ServerGroupAffinityFilter", "ServerGroupAntiAffinityFilter",
    ]  # fmt: skip


def test_what_was_not_asked_for_cannot_be_read(make_host):
    with pytest.raises(AttributeError, match="cpu_info of hosts was not read: a filter must ask for it"):
        _ = make_host().cpu_info
    with pytest.raises(AttributeError, match="hosts have no colour"):
        _ = make_host().colour


def test_all_hosts(make_host):
    assert passes(make_host, "AllHostsFilter", {"disabled": True}, specs.make())


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ({}, True),
        ({"disabled": True}, False),
        ({"forced_down": True}, False),
        ({"last_seen_up": utcnow() - dt.timedelta(hours=1)}, False),
        ({"last_seen_up": None}, True),  # just made
        ({"last_seen_up": None, "created_at": utcnow() - dt.timedelta(hours=1)}, False),
    ],
)
def test_compute(make_host, host, expected):
    assert passes(make_host, "ComputeFilter", host, specs.make()) is expected


EAST, WEST, PLAIN = {"availability_zone": "east"}, {"availability_zone": "west"}, {"ssd": "true"}


@pytest.mark.parametrize(
    ("aggregates", "zone", "expected"),
    [
        ([], None, True),
        ([EAST], None, True),
        ([EAST], "east", True),
        ([PLAIN, EAST], "east", True),
        ([WEST], "east", False),
        ([PLAIN], "nova", True),
        ([], "nova", True),
        ([EAST], "nova", False),
    ],
)
def test_availability_zone(make_host, aggregates, zone, expected):
    host = {"aggregates": aggregates}
    assert passes(make_host, "AvailabilityZoneFilter", host, specs.make(availability_zone=zone)) is expected


@pytest.mark.parametrize(
    ("value", "wanted", "expected"),
    [
        ("4", "4", True),
        ("4", "5", False),
        ("4", "= 3", True),
        ("2", "= 3", False),
        ("4", ">= 4", True),
        ("4", "<= 3", False),
        ("4", "== 4.0", True),
        ("4", "!= 4", False),
        ("x", ">= 4", False),
        ("x", "s== x", True),
        ("b", "s> a", True),
        ("b", "s!= b", False),
        ("gcc 12", "<in> gcc", True),
        ("clang", "<in> gcc", False),
        ("b", "<or> a <or> b", True),
        ("c", "<or> a <or> b", False),
        ("['aes', 'mmx', 'sse']", "<all-in> aes mmx", True),
        ("['aes']", "<all-in> aes mmx", False),
        ("aes", "<all-in> aes", False),
        ("", "x", False),
    ],
)
def test_operators_of_extra_specs(value, wanted, expected):
    assert utils.match(value, wanted) is expected


CPU = {"arch": "x86_64", "features": ["aes", "avx2"], "topology": {"cores": 4}}


@pytest.mark.parametrize(
    ("extra_specs", "expected"),
    [
        ({}, True),
        ({"capabilities:hypervisor_type": "QEMU"}, True),
        ({"capabilities:hypervisor_type": "s== kvm"}, False),
        ({"capabilities:cpu_info:arch": "x86_64"}, True),
        ({"capabilities:cpu_info:features": "<in> avx2"}, True),
        ({"capabilities:cpu_info:features": "<all-in> aes avx512"}, False),
        ({"capabilities:cpu_info:topology:cores": ">= 4"}, True),
        ({"capabilities:cpu_info:topology:cores:more": "1"}, False),
        ({"capabilities:gpu": "yes"}, True),  # of the stats
        ({"capabilities:nested:deep": "1"}, True),  # of JSON in the stats
        ({"capabilities:nothing": "1"}, False),
        ({"capabilities:free_ram_mb": ">= 16384"}, True),
        ({"capabilities:__class__": "<in> Host"}, False),
        ({"hypervisor_version": ">= 8000000"}, False),
        ({"vcpus_total": "8"}, True),
        ({"someone_elses": "1"}, True),
        ({"hw:cpu_policy": "dedicated"}, True),
        ({"quota:x": "1", "capabilities:hypervisor_type": "QEMU"}, True),
    ],
)
def test_compute_capabilities(make_host, extra_specs, expected):
    host = {"cpu_info": CPU, "stats": {"gpu": "yes", "nested": '{"deep": 1}'}}
    spec = specs.make(extra_specs=extra_specs)
    assert passes(make_host, "ComputeCapabilitiesFilter", host, spec) is expected


SUPPORTED = [["x86_64", "kvm", "hvm"], ["x86_64", "qemu", "hvm"], ["i686", "qemu", "hvm"]]


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, True),
        ({"os_type": "linux"}, True),
        ({"hw_architecture": "x86_64"}, True),
        ({"hw_architecture": "amd64"}, True),
        ({"architecture": "aarch64"}, False),
        ({"hw_architecture": "i386", "img_hv_type": "qemu"}, True),
        ({"hw_architecture": "i686", "img_hv_type": "kvm"}, False),
        ({"img_hv_type": "KVM"}, True),
        ({"hypervisor_type": "xen"}, False),
        ({"hw_vm_mode": "hvm"}, True),
        ({"vm_mode": "hv"}, True),
        ({"hw_vm_mode": "pv"}, False),
        ({"img_hv_requested_version": ">=7.0,<8"}, True),
        ({"img_hv_requested_version": ">=8.0"}, False),
        ({"hw_vm_mode": "hvm", "hypervisor_version_requires": "==7.2.0"}, True),
        ({"img_hv_requested_version": "what?"}, False),
    ],
)
def test_image_properties(make_host, properties, expected):
    host = {"supported_instances": SUPPORTED}
    assert passes(make_host, "ImagePropertiesFilter", host, specs.make(image=properties)) is expected


def test_image_properties_of_hosts_that_tell_nothing(make_host):
    spec = specs.make(image={"hw_architecture": "x86_64"})
    assert not passes(make_host, "ImagePropertiesFilter", {"supported_instances": None}, spec)
    spec = specs.make(image={"img_hv_requested_version": ">=8"})
    assert passes(make_host, "ImagePropertiesFilter", {"hypervisor_version": None}, spec)
    assert passes(make_host, "ImagePropertiesFilter", {}, _without_image())


def _without_image():
    spec = specs.make()
    spec.image = None
    return spec


@pytest.mark.parametrize(
    ("name", "hints", "expected"),
    [
        ("SameHostFilter", {}, True),
        ("SameHostFilter", {"same_host": ["x", "here"]}, True),
        ("SameHostFilter", {"same_host": "here"}, True),
        ("SameHostFilter", {"same_host": ["x"]}, False),
        ("DifferentHostFilter", {}, True),
        ("DifferentHostFilter", {"different_host": ["x"]}, True),
        ("DifferentHostFilter", {"different_host": ["x", "here"]}, False),
        ("DifferentHostFilter", {"different_host": "here"}, False),
    ],
)
def test_hints(make_host, name, hints, expected):
    host = {"instances": {"here", "here-too"}}
    assert passes(make_host, name, host, specs.make(scheduler_hints=hints)) is expected


@pytest.mark.parametrize(
    ("name", "group", "members", "expected"),
    [
        ("ServerGroupAffinityFilter", None, set(), True),
        ("ServerGroupAffinityFilter", {"policy": "affinity"}, set(), True),
        ("ServerGroupAffinityFilter", {"policy": "affinity", "hosts": ["one", "x"]}, set(), True),
        ("ServerGroupAffinityFilter", {"policy": "affinity", "hosts": ["x"]}, set(), False),
        ("ServerGroupAffinityFilter", {"policy": "soft-affinity", "hosts": ["x"]}, set(), True),
        ("ServerGroupAntiAffinityFilter", None, set(), True),
        ("ServerGroupAntiAffinityFilter", {"policy": "anti-affinity"}, set(), True),
        ("ServerGroupAntiAffinityFilter", {"policy": "anti-affinity"}, {"a"}, False),
        ("ServerGroupAntiAffinityFilter", {"policy": "affinity"}, {"a"}, True),
        ("ServerGroupAntiAffinityFilter",
         {"policy": "anti-affinity", "rules": {"max_server_per_host": "3"}}, {"a", "b"}, True),
        ("ServerGroupAntiAffinityFilter",
         {"policy": "anti-affinity", "rules": {"max_server_per_host": "2"}}, {"a", "b"}, False),
    ],
)  # fmt: skip
def test_server_groups(make_host, name, group, members, expected):
    spec = specs.make(group=group)
    assert FILTERS[name].host_passes(make_host(group_members=members), spec) is expected


@pytest.mark.parametrize(
    ("name", "attribute"), [("NumInstancesFilter", "num_instances"), ("IoOpsFilter", "num_io_ops")]
)
def test_counts(make_host, option, name, attribute):
    option("max_instances_per_host", 5)
    option("max_io_ops_per_host", 5)
    assert passes(make_host, name, {attribute: 4}, specs.make())
    assert not passes(make_host, name, {attribute: 5}, specs.make())


@pytest.mark.parametrize(
    ("extra_specs", "expected"),
    [
        ({}, True),
        ({"hw:x": "1"}, True),
        ({"aggregate_instance_extra_specs:ssd": "true"}, True),
        ({"ssd": "true"}, True),
        ({"aggregate_instance_extra_specs:ssd": "false"}, False),
        ({"aggregate_instance_extra_specs:gpu": "a100"}, True),  # one of a list
        ({"aggregate_instance_extra_specs:gpu": "<or> x <or> b100"}, True),
        ({"aggregate_instance_extra_specs:gpu": "x"}, False),
        ({"aggregate_instance_extra_specs:ssd": "true", "aggregate_instance_extra_specs:none": "1"}, False),
    ],
)
def test_aggregate_instance_extra_specs(make_host, extra_specs, expected):
    host = {"aggregates": [{"ssd": "true"}, {"gpu": "a100, b100"}]}
    spec = specs.make(extra_specs=extra_specs)
    assert passes(make_host, "AggregateInstanceExtraSpecsFilter", host, spec) is expected


@pytest.mark.parametrize(
    ("aggregates", "expected"),
    [
        ([], True),
        ([{"ssd": "true"}], True),
        ([{"filter_tenant_id": "project"}], True),
        ([{"filter_tenant_id": "other, project"}], True),
        ([{"filter_tenant_id": "other"}], False),
        ([{"filter_tenant_id": "other", "filter_tenant_id_2": "project"}], True),
        ([{"filter_tenant_id": "other"}, {"filter_tenant_id": "project"}], True),
    ],
)
def test_aggregate_multitenancy(make_host, aggregates, expected):
    assert (
        passes(make_host, "AggregateMultiTenancyIsolation", {"aggregates": aggregates}, specs.make())
        is expected
    )


IMAGE = "33333333-3333-4333-8333-333333333333"


@pytest.mark.parametrize(
    ("images", "hosts", "restrict", "image", "expected"),
    [
        ([], [], True, IMAGE, True),
        ([], ["one"], True, IMAGE, False),
        ([], ["one"], False, IMAGE, True),
        ([IMAGE], ["one"], True, IMAGE, True),
        ([IMAGE], ["other"], True, IMAGE, False),
        ([IMAGE], ["one"], True, None, False),
        ([IMAGE], ["one"], False, None, True),
        ([IMAGE], ["other"], False, IMAGE, False),
        ([IMAGE], ["other"], True, None, True),
    ],
)
def test_isolated_hosts(make_host, option, images, hosts, restrict, image, expected):
    option("isolated_images", images)
    option("isolated_hosts", hosts)
    option("restrict_isolated_hosts_to_isolated_images", restrict)
    spec = specs.make()
    spec.image.id = image
    assert passes(make_host, "IsolatedHostsFilter", {}, spec) is expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (None, True),
        ("[]", True),
        ('[">=", "$free_ram_mb", 1024]', True),
        ('[">", "$free_ram_mb", 16384]', False),
        ('["and", [">=", "$free_ram_mb", 1024], [">=", "$free_disk_mb", 102400]]', True),
        ('["and", [">=", "$free_ram_mb", 1024], ["<", "$free_disk_mb", 102400]]', False),
        ('["or", ["=", "$hypervisor_type", "x"], ["=", "$hypervisor_hostname", "one-node"]]', True),
        ('["not", ["=", "$hypervisor_type", "x"]]', True),
        ('["not", ["=", "$hypervisor_type", "QEMU"]]', False),
        ('["in", "$host", "a", "one"]', True),
        ('["in", "$host", "a"]', False),
        ('["=", "$stats.rack", "7"]', True),
        ('["=", "$cpu_info.arch", "x86_64"]', True),
        ('["=", "$cpu_info.no.such", "x"]', False),
        ('["<", "$num_io_ops", 3]', True),
        ('[">", "$host", 3]', False),  # cannot be compared
        ('["=", "$__class__", null]', True),  # nothing of Python's is told
        ('["="]', False),
        ("[", False),
        ('["exec", "x"]', False),
        ('[["=", 1, 1]]', False),
        ("[" * 500 + "]" * 500, False),
        ("[" * 100_000, False),
    ],
)
def test_json(make_host, query, expected):
    host = {"stats": {"rack": "7"}, "cpu_info": {"arch": "x86_64"}, "num_io_ops": 1}
    hints = {} if query is None else {"query": [query]}
    assert passes(make_host, "JsonFilter", host, specs.make(scheduler_hints=hints)) is expected


def test_json_says_what_is_wrong():
    why = FILTERS["JsonFilter"].why
    assert why(specs.make(scheduler_hints={"query": "["})) == "hint query cannot be used: it is not JSON"
    assert "'exec' is none of = < >" in why(specs.make(scheduler_hints={"query": '["exec"]'}))
    deep = '["not",' * 50 + '["=",1,1]' + "]" * 50
    assert "nested too deeply" in why(specs.make(scheduler_hints={"query": deep}))
