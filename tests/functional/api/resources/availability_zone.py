"""Rows for availability_zone.yaml: a controller, and hosts in three zones."""

from tests.support import tables


def seed():
    """cmp1 is in the default zone, cmp2 (down) in `east`; in `west` all is disabled."""
    tables.add_service("ctl", "nova-conductor")
    tables.add_host("cmp1")
    tables.add_host("cmp2", seen_ago=600)
    tables.add_host("cmp3", service={"disabled": True})
    tables.add_aggregate("cmp2", availability_zone="east")
    tables.add_aggregate("cmp3", availability_zone="west")
    tables.add_aggregate("cmp1", ssd="true")
