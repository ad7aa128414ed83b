"""Rows that requests of the compute API refer to, written straight into the database of a test."""

import datetime as dt
import uuid

import sqlalchemy as sa

from nova_lite.db import api, flavors, models

#: Ids that YAML tests name, too.
IMAGE = "11111111-1111-4111-8111-111111111111"
QUEUED_IMAGE = "22222222-2222-4222-8222-222222222222"
PRIVATE_IMAGE = "33333333-3333-4333-8333-333333333333"
BIG_IMAGE = "44444444-4444-4444-8444-444444444444"
GROUP = "55555555-5555-4555-8555-555555555555"

NOW = dt.datetime(2026, 1, 31, 12, 0, 0, 123456)


@api.writer
def insert(conn, model, **values) -> None:
    """Insert one row."""
    conn.execute(sa.insert(model).values(values))


@api.reader
def select(conn, model, **where) -> list[dict]:
    """Return the rows of a table whose columns have these values."""
    table = model.__table__
    query = sa.select(table).where(*(table.c[name] == value for name, value in where.items()))
    return [dict(row) for row in conn.execute(query.order_by(*table.primary_key.columns)).mappings()]


@api.writer
def change(conn, instance_uuid: str, **values) -> None:
    """Change a server's columns, whatever its state."""
    conn.execute(sa.update(models.Instance).where(models.Instance.uuid == instance_uuid).values(values))


def flavor(flavorid: str = "1", **values) -> dict:
    """Make a flavor: 1 VCPU, 64 MiB, 1 GiB."""
    given = {"flavorid": flavorid, "name": f"flavor-{flavorid}", "vcpus": 1, "memory_mb": 64, "root_gb": 1}
    return flavors.create(given | values)


def image(image_id: str = IMAGE, *, properties: dict | None = None, **values) -> None:
    """Make an image record: active, public, 1 MiB, qcow2."""
    given = {
        "id": image_id,
        "name": "cirros",
        "status": "active",
        "visibility": "public",
        "owner": "operators",
    }
    given |= {
        "container_format": "bare",
        "disk_format": "qcow2",
        "size": 1 << 20,
        "min_disk": 0,
        "min_ram": 0,
    }
    insert(models.Image, **(given | values))
    for name, value in (properties or {}).items():
        insert(models.ImageProperty, image_id=image_id, name=name, value=value)


def service(host: str = "host1", **values) -> None:
    """Make a nova-compute that is up, with one hypervisor of the same name."""
    given = {
        "uuid": str(uuid.uuid4()),
        "host": host,
        "binary": "nova-compute",
        "topic": "compute",
        "version": 1,
    }
    insert(models.Service, **(given | {"last_seen_up": models.utcnow()} | values))
    insert(models.ComputeNode, uuid=str(uuid.uuid4()), host=host, hypervisor_hostname=f"node-{host}")


def server(**values) -> str:
    """Make a server (ACTIVE on host1, of alice in project demo) and return its uuid."""
    given = {
        "uuid": str(uuid.uuid4()),
        "user_id": "alice",
        "project_id": "demo",
        "image_ref": IMAGE,
        "hostname": "web",
        "display_name": "web",
        "vm_state": "active",
        "task_state": None,
        "power_state": 1,
        "memory_mb": 64,
        "vcpus": 1,
        "root_gb": 1,
        "ephemeral_gb": 0,
        "flavorid": "1",
        "flavor": {
            "name": "flavor-1", "flavorid": "1", "vcpus": 1, "memory_mb": 64, "root_gb": 1, "ephemeral_gb": 0,
            "swap": 0,
            "extra_specs": {"hw:cpu_policy": "shared"},
        },
        "host": "host1",
        "node": "node-host1",
        "created_at": NOW,
        "updated_at": NOW,
        "launched_at": NOW,
        "availability_zone": "nova",
        "config_drive": "",
        "launch_index": 0,
        "reservation_id": "r-12345678",
        "system_metadata": {"image_min_ram": "0", "image_base_image_ref": IMAGE},
    }  # fmt: skip
    made = given | values
    insert(models.Instance, **made)
    return made["uuid"]
