"""Rows for server_groups.yaml: a group with a living and a deleted server, and a tight quota."""

from tests.support import tables

GROUP = "cccccccc-0000-0000-0000-000000000001"
SERVER = "cccccccc-0000-0000-0000-000000000002"


def seed():
    """The group is project full's, which has as many as it may."""
    tables.add_instance(SERVER, project_id="full")
    gone = tables.add_instance(project_id="full", deleted=9)
    tables.add_group("affinity", SERVER, gone, uuid=GROUP, project_id="full", user_id="zoe")
    tables.add_quota("full", server_groups=1)
