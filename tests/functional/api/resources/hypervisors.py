"""Rows for hypervisors.yaml: three hosts, one of them disabled, one with two nodes."""

from tests.support import tables


def uuid(number: int) -> str:
    """Return the uuid of a node."""
    return f"bbbbbbbb-0000-0000-0000-{number:012}"


def seed():
    """cmp1 has two servers, one of them being built; cmp2 is down; cmp3 is disabled."""
    common = {
        "cpu_info": {"arch": "x86_64", "model": "host"},
        "host_ip": "192.0.2.1",
        "uptime": " 08:32:11 up 93 days",
        "disk_available_least": 90,
        "reserved_memory_mb": 512,
    }
    tables.add_host(
        "cmp1", nodes=("node-one",), uuid=uuid(1), service={"uuid": uuid(101)}, **common,
        vcpus_used=2, memory_mb_used=1024, local_gb_used=10, running_vms=1,
    )  # fmt: skip
    tables.add_host("cmp2", nodes=("node-two",), uuid=uuid(2), seen_ago=600, **common)
    tables.add_host(
        "cmp3", nodes=("other",), uuid=uuid(3), service={"disabled": True, "disabled_reason": "dust"}
    )
    for number in (1, 2):
        tables.add_instance(
            uuid(200 + number), host="cmp1", node="node-one", vm_state="active",
            task_state="spawning" if number == 2 else None,
        )  # fmt: skip
