"""Rows for services.yaml: a controller, and four compute hosts."""

from tests.support import tables


def seed():
    """A scheduler and a conductor; cmp1 is up, cmp2 has a server, cmp3 has not reported, cmp4 is in zone `east`."""
    tables.add_service("ctl", "nova-conductor", uuid="aaaaaaaa-0000-0000-0000-000000000001")
    tables.add_service("ctl", "nova-scheduler")
    tables.add_host("cmp1", service={"uuid": "aaaaaaaa-0000-0000-0000-000000000003"})
    tables.add_host("cmp2", service={"uuid": "aaaaaaaa-0000-0000-0000-000000000004"})
    tables.add_instance(host="cmp2", node="cmp2", vm_state="active", task_state=None)
    tables.add_host("cmp3", seen_ago=600)
    tables.add_host("cmp4")
    tables.add_aggregate("cmp4", availability_zone="east")
