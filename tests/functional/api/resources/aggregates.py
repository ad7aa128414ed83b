"""Rows for aggregates.yaml: three hosts, one of them with a server."""

from tests.support import tables


def seed():
    """cmp3 has a server."""
    for host in ("cmp1", "cmp2", "cmp3"):
        tables.add_host(host)
    tables.add_instance(host="cmp3", node="cmp3", vm_state="active", task_state=None)
