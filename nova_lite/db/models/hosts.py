"""Hosts: services, hypervisors, what is claimed of them, aggregates."""

import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from nova_lite.db.models.base import Base, DateTime, Json, SoftDelete, Timestamps, args, serial, string


class Service(Base, Timestamps, SoftDelete):
    """A running program of nova-lite on a host."""

    __tablename__ = "services"
    __table_args__ = args(
        sa.UniqueConstraint("host", "topic", "deleted"),
        sa.UniqueConstraint("host", "binary", "deleted"),
        sa.UniqueConstraint("uuid"),
    )
    id: Mapped[int] = serial()
    uuid: Mapped[str] = string(36)
    host: Mapped[str] = string()
    binary: Mapped[str] = string()
    topic: Mapped[str | None] = string()
    report_count: Mapped[int] = mapped_column(default=0)
    disabled: Mapped[bool] = mapped_column(default=False)
    disabled_reason: Mapped[str | None] = string()
    last_seen_up: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    forced_down: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=0)


class ComputeNode(Base, Timestamps, SoftDelete):
    """A hypervisor: what it has, and what is claimed of it.

    `*_used` change only together with a row of `allocations` (see db/allocations.py), so they cannot drift.
    Free VCPUs are `(vcpus - reserved_vcpus) * cpu_allocation_ratio - vcpus_used`; memory and disk alike.
    """

    __tablename__ = "compute_nodes"
    __table_args__ = args(
        sa.UniqueConstraint("host", "hypervisor_hostname", "deleted"),
        sa.UniqueConstraint("uuid"),
    )
    id: Mapped[int] = serial()
    uuid: Mapped[str] = string(36)
    service_id: Mapped[int | None]
    host: Mapped[str] = string()
    hypervisor_hostname: Mapped[str] = string()
    vcpus: Mapped[int] = mapped_column(default=0)
    memory_mb: Mapped[int] = mapped_column(default=0)
    local_gb: Mapped[int] = mapped_column(default=0)
    vcpus_used: Mapped[int] = mapped_column(default=0)
    memory_mb_used: Mapped[int] = mapped_column(default=0)
    local_gb_used: Mapped[int] = mapped_column(default=0)
    reserved_vcpus: Mapped[int] = mapped_column(default=0)
    reserved_memory_mb: Mapped[int] = mapped_column(default=0)
    reserved_local_gb: Mapped[int] = mapped_column(default=0)
    cpu_allocation_ratio: Mapped[float] = mapped_column(sa.Double, default=4.0)
    ram_allocation_ratio: Mapped[float] = mapped_column(sa.Double, default=1.0)
    disk_allocation_ratio: Mapped[float] = mapped_column(sa.Double, default=1.0)
    running_vms: Mapped[int] = mapped_column(default=0)
    hypervisor_type: Mapped[str | None] = string()
    hypervisor_version: Mapped[int | None]
    cpu_info: Mapped[dict | None] = mapped_column(Json)
    disk_available_least: Mapped[int | None]
    host_ip: Mapped[str | None] = string(39)
    supported_instances: Mapped[list | None] = mapped_column(Json)
    #: Free text for filters: driver capabilities, traits, uptime, failed_builds, io_ops.
    stats: Mapped[dict | None] = mapped_column(Json)
    traits: Mapped[list | None] = mapped_column(Json)
    uptime: Mapped[str | None] = string()
    failed_builds: Mapped[int] = mapped_column(default=0)
    mapped: Mapped[int] = mapped_column(default=1)


class Allocation(Base, Timestamps):
    """What one consumer (a server, or a migration) holds of one hypervisor."""

    __tablename__ = "allocations"
    __table_args__ = args(
        sa.UniqueConstraint("consumer_uuid", "compute_node_id"), sa.Index(None, "compute_node_id")
    )
    id: Mapped[int] = serial()
    consumer_uuid: Mapped[str] = string(36)
    consumer_type: Mapped[str] = string(16, default="INSTANCE")
    compute_node_id: Mapped[int] = mapped_column(sa.ForeignKey("compute_nodes.id"))
    project_id: Mapped[str | None] = string()
    user_id: Mapped[str | None] = string()
    vcpus: Mapped[int] = mapped_column(default=0)
    memory_mb: Mapped[int] = mapped_column(default=0)
    disk_gb: Mapped[int] = mapped_column(default=0)


class Aggregate(Base, Timestamps):
    """A named group of hosts with metadata; `availability_zone` is one of its metadata keys."""

    __tablename__ = "aggregates"
    __table_args__ = args(sa.UniqueConstraint("uuid"), sa.UniqueConstraint("name"))
    id: Mapped[int] = serial()
    uuid: Mapped[str] = string(36)
    name: Mapped[str] = string()


class AggregateHost(Base, Timestamps):
    """A host in an aggregate."""

    __tablename__ = "aggregate_hosts"
    __table_args__ = args(sa.UniqueConstraint("host", "aggregate_id"))
    id: Mapped[int] = serial()
    aggregate_id: Mapped[int] = mapped_column(sa.ForeignKey("aggregates.id"))
    host: Mapped[str] = string()


class AggregateMetadata(Base, Timestamps):
    """A metadata item of an aggregate."""

    __tablename__ = "aggregate_metadata"
    __table_args__ = args(sa.UniqueConstraint("aggregate_id", "key"))
    id: Mapped[int] = serial()
    aggregate_id: Mapped[int] = mapped_column(sa.ForeignKey("aggregates.id"))
    key: Mapped[str] = string()
    value: Mapped[str] = string()
