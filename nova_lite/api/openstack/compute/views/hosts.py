"""How hosts look."""

from collections.abc import Sequence

from nova_lite.api.views import Field, View

HOST = View(
    Field("host_name", lambda row, _req: row["host"]),
    Field("service", lambda row, _req: row["topic"]),
    Field("zone", lambda row, _req: row["availability_zone"]),
)


def resource(host: str, project: str, numbers: Sequence[int]) -> dict:
    """Return one line of a host's record: (CPUs, MiB of memory, GiB of disk)."""
    cpu, memory_mb, disk_gb = numbers
    return {
        "resource": {"host": host, "project": project, "cpu": cpu, "memory_mb": memory_mb, "disk_gb": disk_gb}
    }
