"""Changes of what a server is called, and of the zone that it is held in."""

import sqlalchemy as sa

from nova_lite import availability_zones, exception
from nova_lite.compute.api import create_checks
from nova_lite.db import api as db_api
from nova_lite.db import instances
from nova_lite.db.models import RequestSpec


@db_api.writer
def update(conn, instance, values: dict) -> None:
    """Change a server's columns.

    `values`: some of display_name, display_description, hostname, access_ip_v4, access_ip_v6, auto_disk_config,
    pinned_availability_zone.

    Raises:
        InstanceNotFound: it is gone.
        InstanceExists: the name is taken, and names must be unique here (409).
        InvalidRequest: the zone is not there, or not the zone that the server is in (400).
    """
    if "display_name" in values:
        create_checks.check_name(conn, instance.project_id, values["display_name"], but=instance.uuid)
    if "pinned_availability_zone" in values:
        _pin(conn, instance, values["pinned_availability_zone"])
    instances.update.within(conn, instance.uuid, values)


def _pin(conn, instance, zone: str | None) -> None:
    """Hold a server in a zone for later moves, or (None) let it go."""
    if zone is not None:
        if zone not in availability_zones.available(conn)[0]:
            raise exception.InvalidRequest("The requested availability zone is not available")
        if instance.host and availability_zones.of_host(conn, instance.host) != zone:
            raise exception.InvalidRequest(
                f"The server's host is not in availability zone {zone}: it can only be pinned to the zone it is in"
            )
    table = RequestSpec.__table__
    mine = table.c.instance_uuid == instance.uuid
    row = conn.execute(sa.select(table.c.spec).where(mine).with_for_update()).first()
    if row is not None:
        spec = row.spec | {"nova_object.data": row.spec["nova_object.data"] | {"availability_zone": zone}}
        conn.execute(sa.update(table).where(mine).values(spec=spec))
