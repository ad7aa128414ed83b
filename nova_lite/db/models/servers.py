"""Servers, and what is kept of each: metadata, tags, faults, actions, disks, what the scheduler was asked for."""

import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from nova_lite.db.models.base import (
    Base,
    DateTime,
    Json,
    MediumText,
    SoftDelete,
    Timestamps,
    args,
    instance_uuid,
    serial,
    string,
    utcnow,
)


class Instance(Base, Timestamps, SoftDelete):
    """A server. `flavor`, `system_metadata`, `network_info` are what Nova keeps in side tables."""

    __tablename__ = "instances"
    __table_args__ = args(
        sa.UniqueConstraint("uuid"),
        sa.Index(None, "project_id", "deleted"),
        sa.Index(None, "host", "node", "deleted"),
        sa.Index(None, "deleted", "created_at"),
        sa.Index(None, "updated_at", "project_id"),
        sa.Index(None, "reservation_id"),
        sa.Index(None, "task_state"),  # the scheduler counts the busy ones, conductor reaps them
    )
    id: Mapped[int] = serial()
    uuid: Mapped[str] = string(36)
    user_id: Mapped[str | None] = string()
    project_id: Mapped[str | None] = string()
    image_ref: Mapped[str | None] = string()
    kernel_id: Mapped[str | None] = string()
    ramdisk_id: Mapped[str | None] = string()
    hostname: Mapped[str | None] = string()
    launch_index: Mapped[int | None]
    key_name: Mapped[str | None] = string()
    key_data: Mapped[str | None] = mapped_column(MediumText)
    power_state: Mapped[int | None] = mapped_column(default=0)
    vm_state: Mapped[str | None] = string()
    task_state: Mapped[str | None] = string()
    memory_mb: Mapped[int | None]
    vcpus: Mapped[int | None]
    root_gb: Mapped[int | None]
    ephemeral_gb: Mapped[int | None]
    flavorid: Mapped[str | None] = string()
    flavor: Mapped[dict | None] = mapped_column(Json)
    old_flavor: Mapped[dict | None] = mapped_column(Json)
    new_flavor: Mapped[dict | None] = mapped_column(Json)
    host: Mapped[str | None] = string()
    node: Mapped[str | None] = string()
    launched_on: Mapped[str | None] = string()
    user_data: Mapped[str | None] = mapped_column(MediumText)
    reservation_id: Mapped[str | None] = string()
    launched_at: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    terminated_at: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    availability_zone: Mapped[str | None] = string()
    display_name: Mapped[str | None] = string()
    display_description: Mapped[str | None] = string()
    locked: Mapped[bool | None] = mapped_column(default=False)
    locked_by: Mapped[str | None] = string(16)
    locked_reason: Mapped[str | None] = string()
    os_type: Mapped[str | None] = string()
    architecture: Mapped[str | None] = string()
    vm_mode: Mapped[str | None] = string()
    root_device_name: Mapped[str | None] = string()
    default_ephemeral_device: Mapped[str | None] = string()
    default_swap_device: Mapped[str | None] = string()
    config_drive: Mapped[str | None] = string()
    access_ip_v4: Mapped[str | None] = string(39)
    access_ip_v6: Mapped[str | None] = string(39)
    auto_disk_config: Mapped[bool | None]
    progress: Mapped[int | None] = mapped_column(default=0)
    shutdown_terminate: Mapped[bool | None] = mapped_column(default=False)
    disable_terminate: Mapped[bool | None] = mapped_column(default=False)
    cleaned: Mapped[int | None] = mapped_column(default=0)
    hidden: Mapped[bool | None] = mapped_column(default=False)
    system_metadata: Mapped[dict | None] = mapped_column(Json)
    network_info: Mapped[list | None] = mapped_column(Json)
    trusted_certs: Mapped[list | None] = mapped_column(Json)
    security_groups: Mapped[list | None] = mapped_column(Json)
    #: What the user asked the scheduler for (views since 2.96 and 2.100); copied from the request spec.
    pinned_availability_zone: Mapped[str | None] = string()
    scheduler_hints: Mapped[dict | None] = mapped_column(Json)


class InstanceMetadata(Base, Timestamps):
    """One metadata item of a server."""

    __tablename__ = "instance_metadata"
    __table_args__ = args(sa.UniqueConstraint("instance_uuid", "key"))
    id: Mapped[int] = serial()
    instance_uuid: Mapped[str] = instance_uuid()
    key: Mapped[str] = string()
    value: Mapped[str | None] = string()


class Tag(Base):
    """One tag of a server; `resource_id` is the server's uuid."""

    __tablename__ = "tags"
    resource_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    tag: Mapped[str] = mapped_column(sa.String(80), primary_key=True)


class InstanceFault(Base, Timestamps):
    """What went wrong with a server, newest last."""

    __tablename__ = "instance_faults"
    id: Mapped[int] = serial()
    instance_uuid: Mapped[str] = instance_uuid(index=True)
    code: Mapped[int]
    message: Mapped[str | None] = string()
    details: Mapped[str | None] = mapped_column(MediumText)
    host: Mapped[str | None] = string()


class InstanceAction(Base, Timestamps):
    """Something that a user did to a server."""

    __tablename__ = "instance_actions"
    __table_args__ = args(sa.Index(None, "instance_uuid", "updated_at"), sa.Index(None, "request_id"))
    id: Mapped[int] = serial()
    action: Mapped[str | None] = string()
    instance_uuid: Mapped[str] = instance_uuid()
    request_id: Mapped[str | None] = string()
    user_id: Mapped[str | None] = string()
    project_id: Mapped[str | None] = string()
    start_time: Mapped[datetime.datetime | None] = mapped_column(DateTime, default=utcnow)
    finish_time: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    message: Mapped[str | None] = string()


class InstanceActionEvent(Base, Timestamps):
    """One step of an action, on one host."""

    __tablename__ = "instance_actions_events"
    id: Mapped[int] = serial()
    event: Mapped[str | None] = string()
    action_id: Mapped[int] = mapped_column(sa.ForeignKey("instance_actions.id"), index=True)
    start_time: Mapped[datetime.datetime | None] = mapped_column(DateTime, default=utcnow)
    finish_time: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    result: Mapped[str | None] = string()
    traceback: Mapped[str | None] = mapped_column(MediumText)
    host: Mapped[str | None] = string()
    details: Mapped[str | None] = string()


class BlockDeviceMapping(Base, Timestamps, SoftDelete):
    """A disk of a server: image, blank, snapshot or volume, on a local disk or a volume."""

    __tablename__ = "block_device_mapping"
    __table_args__ = args(
        sa.UniqueConstraint("uuid"), sa.Index(None, "instance_uuid"), sa.Index(None, "volume_id")
    )
    id: Mapped[int] = serial()
    uuid: Mapped[str] = string(36)
    instance_uuid: Mapped[str] = instance_uuid()
    source_type: Mapped[str | None] = string()
    destination_type: Mapped[str | None] = string()
    guest_format: Mapped[str | None] = string()
    device_type: Mapped[str | None] = string()
    disk_bus: Mapped[str | None] = string()
    boot_index: Mapped[int | None]
    device_name: Mapped[str | None] = string()
    delete_on_termination: Mapped[bool | None] = mapped_column(default=False)
    snapshot_id: Mapped[str | None] = string(36)
    volume_id: Mapped[str | None] = string(36)
    volume_size: Mapped[int | None]
    volume_type: Mapped[str | None] = string()
    image_id: Mapped[str | None] = string(36)
    no_device: Mapped[bool | None] = mapped_column(default=False)
    connection_info: Mapped[str | None] = mapped_column(MediumText)
    tag: Mapped[str | None] = string()
    attachment_id: Mapped[str | None] = string(36)


class RequestSpec(Base, Timestamps):
    """What the scheduler was asked for when the server was made (an objects.RequestSpec)."""

    __tablename__ = "request_specs"
    __table_args__ = args(sa.UniqueConstraint("instance_uuid"))
    id: Mapped[int] = serial()
    instance_uuid: Mapped[str] = instance_uuid()
    spec: Mapped[dict] = mapped_column(Json)
