"""Rows for limits.yaml: servers of project demo, one of them deleted, and limits of its own."""

from tests.support import tables


def seed():
    """Two servers count; a deleted, a soft-deleted and another project's do not."""
    size = {"vcpus": 2, "memory_mb": 512, "project_id": "demo", "user_id": "alice"}
    for _ in range(2):
        tables.add_instance(**size)
    tables.add_instance(**size, deleted=3)
    tables.add_instance(**size | {"vm_state": "soft-delete"})
    tables.add_instance(**size | {"project_id": "elsewhere"})
    tables.add_quota("demo", cores=40)
    tables.add_quota_class("default", key_pairs=7)
