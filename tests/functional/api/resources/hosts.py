"""Rows for hosts.yaml: a controller, and two compute hosts."""

from tests.support import tables


def seed():
    """cmp1 has servers of two projects."""
    tables.add_service("ctl", "nova-conductor", topic="conductor")
    tables.add_host("cmp1", vcpus_used=3, memory_mb_used=1024, local_gb_used=20, reserved_memory_mb=512)
    tables.add_host("cmp2")
    tables.add_aggregate("cmp2", availability_zone="east")
    size = {"host": "cmp1", "node": "cmp1", "root_gb": 10, "ephemeral_gb": 0}
    tables.add_instance(project_id="demo", vcpus=1, memory_mb=512, **size)
    tables.add_instance(project_id="elsewhere", vcpus=2, memory_mb=512, **size)
