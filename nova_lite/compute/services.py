"""What an administrator does to services: disable, force down, delete."""

from nova_lite import availability_zones, exception
from nova_lite.db import aggregates, api, hypervisors, services

COMPUTE = "nova-compute"


@api.reader
def list_all(conn, host: str | None = None, binary: str | None = None) -> list[dict]:
    """Return services with their `availability_zone`, oldest first; of one host or program when named."""
    return availability_zones.with_zones(conn, services.list_all.within(conn, host, binary))


def _with_zone(conn, row: dict) -> dict:
    return availability_zones.with_zones(conn, [row])[0]


@api.writer
def update_by_name(conn, host: str, binary: str, values: dict) -> dict:
    """Change the service of a program on a host and return it.

    Raises:
        HostBinaryNotFound: there is none.
    """
    row = services.find.within(conn, host, binary)
    if row is None:
        raise exception.HostBinaryNotFound(host=host, binary=binary)
    services.update.within(conn, row["id"], values)
    return _with_zone(conn, services.get.within(conn, row["id"]))


@api.writer
def update_compute(conn, uuid: str, values: dict) -> dict:
    """Change a nova-compute service and return it.

    Raises:
        ServiceNotFound: there is none.
        InvalidInput: it is another program's.
    """
    row = services.get_by_uuid.within(conn, uuid)
    if row["binary"] != COMPUTE:
        raise exception.InvalidInput(
            f"Updating a {row['binary']} service is not supported. Only nova-compute services can be updated."
        )
    services.update.within(conn, row["id"], values)
    return _with_zone(conn, services.get.within(conn, row["id"]))


@api.writer
def delete(conn, key: int | str) -> None:
    """Delete a service by its id, or (text) its uuid; a nova-compute with its nodes and place in aggregates.

    Raises:
        ServiceNotFound: there is none.
        Conflict: it is a nova-compute with servers.
    """
    row = (services.get_by_uuid if isinstance(key, str) else services.get).within(conn, key)
    if row["binary"] == COMPUTE:
        if hypervisors.is_in_use.within(conn, row["host"]):
            raise exception.Conflict(
                "Unable to delete compute service that is hosting instances. Migrate or delete the instances"
                " first."
            )
        aggregates.forget_host.within(conn, row["host"])
        hypervisors.delete_by_host.within(conn, row["host"])
    services.delete.within(conn, row["id"])
