"""How a server's life ends in the database: a build that failed, a deletion that is done. One transaction each."""

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import allocations, api, block_device_mappings, instance_faults, instances
from nova_lite.db.models import InstanceGroupMember, utcnow


@api.writer
def fail(conn, uuid: str, fault: dict, events: list[dict]) -> bool:
    """Put a building server into ERROR without a host, keep why, free its claim; return False if it is gone.

    `fault`: code, message, details, host. A server that is being deleted stays with its deleter.
    """
    allocations.release.within(conn, uuid)
    values = {"vm_state": "error", "task_state": None, "host": None, "node": None}
    try:
        instances.update.within(
            conn,
            uuid,
            values,
            expected_task_state=[None, "scheduling", "networking", "block_device_mapping", "spawning"],
            events=events,
        )
    except (exception.InstanceNotFound, exception.UnexpectedTaskStateError):
        return False
    instance_faults.create.within(conn, fault | {"instance_uuid": uuid})
    return True


@api.writer
def complete_deletion(conn, uuid: str, events: list[dict] | None = None) -> bool:
    """Delete a server's row, disks' rows and group membership, free its claim; return False if it was gone."""
    allocations.release.within(conn, uuid)
    now = utcnow()
    values = {"vm_state": "deleted", "task_state": None, "power_state": 0, "terminated_at": now}
    deleted = instances.destroy.within(conn, uuid, values, events=events)
    block_device_mappings.destroy_by_instance.within(conn, uuid)
    conn.execute(sa.delete(InstanceGroupMember).where(InstanceGroupMember.instance_uuid == uuid))
    return deleted
