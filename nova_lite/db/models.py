"""The tables, with Nova's names and columns where Nova has them (main and API database in one).

Soft delete is Nova's: `deleted` is 0, or the row's own id once it is deleted, with `deleted_at`; unique
constraints include `deleted`, so that a name can be used again.
Times are naive UTC with microseconds. Sizes say their unit in the name (`_mb`, `_gb`).
"""

import datetime
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

#: MariaDB's DATETIME has whole seconds unless told; the API shows microseconds in places.
DateTime = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
MediumText = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
#: A JSON document; LONGTEXT on MariaDB, json on PostgreSQL, text on SQLite.
Json = sa.JSON(none_as_null=True)
BigInteger = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts only INTEGER keys up


def utcnow() -> datetime.datetime:
    """Return the current time as the tables keep it."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


class Base(DeclarativeBase):
    """Base of all tables."""

    __table__: ClassVar[sa.Table]  # SQLAlchemy says FromClause, since a model could also be made of a join

    metadata = sa.MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "uniq_%(table_name)s0%(column_0_N_name)s",
            "fk": "%(table_name)s_%(column_0_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        }
    )

    @declared_attr.directive
    def __table_args__(cls):  # noqa: N805 - SQLAlchemy passes the class
        return (_OPTIONS,)


#: On MariaDB, too, strings compare as they do elsewhere: by case, with their trailing spaces.
_OPTIONS = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_nopad_bin"}


def _args(*items):
    return (*items, _OPTIONS)


class Timestamps:
    """Columns that every table has."""

    created_at: Mapped[datetime.datetime | None] = mapped_column(DateTime, default=utcnow)
    updated_at: Mapped[datetime.datetime | None] = mapped_column(DateTime, onupdate=utcnow)


class SoftDelete:
    """Columns of tables whose rows are marked, not removed."""

    deleted_at: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    deleted: Mapped[int] = mapped_column(sa.Integer, default=0)


def _string(length=255, **kwargs):
    return mapped_column(sa.String(length), **kwargs)


def _id():
    return mapped_column(sa.Integer, primary_key=True, autoincrement=True)


def _instance_uuid(**kwargs):
    return mapped_column(sa.String(36), sa.ForeignKey("instances.uuid"), **kwargs)


# -- compute: servers ------------------------------------------------------------------------------------------


class Instance(Base, Timestamps, SoftDelete):
    """A server. `flavor`, `system_metadata`, `network_info` are what Nova keeps in side tables."""

    __tablename__ = "instances"
    __table_args__ = _args(
        sa.UniqueConstraint("uuid"),
        sa.Index(None, "project_id", "deleted"),
        sa.Index(None, "host", "node", "deleted"),
        sa.Index(None, "deleted", "created_at"),
        sa.Index(None, "updated_at", "project_id"),
        sa.Index(None, "reservation_id"),
        sa.Index(None, "task_state"),  # the scheduler counts the busy ones, conductor reaps them
    )
    id: Mapped[int] = _id()
    uuid: Mapped[str] = _string(36)
    user_id: Mapped[str | None] = _string()
    project_id: Mapped[str | None] = _string()
    image_ref: Mapped[str | None] = _string()
    kernel_id: Mapped[str | None] = _string()
    ramdisk_id: Mapped[str | None] = _string()
    hostname: Mapped[str | None] = _string()
    launch_index: Mapped[int | None]
    key_name: Mapped[str | None] = _string()
    key_data: Mapped[str | None] = mapped_column(MediumText)
    power_state: Mapped[int | None] = mapped_column(default=0)
    vm_state: Mapped[str | None] = _string()
    task_state: Mapped[str | None] = _string()
    memory_mb: Mapped[int | None]
    vcpus: Mapped[int | None]
    root_gb: Mapped[int | None]
    ephemeral_gb: Mapped[int | None]
    flavorid: Mapped[str | None] = _string()
    flavor: Mapped[dict | None] = mapped_column(Json)
    old_flavor: Mapped[dict | None] = mapped_column(Json)
    new_flavor: Mapped[dict | None] = mapped_column(Json)
    host: Mapped[str | None] = _string()
    node: Mapped[str | None] = _string()
    launched_on: Mapped[str | None] = _string()
    user_data: Mapped[str | None] = mapped_column(MediumText)
    reservation_id: Mapped[str | None] = _string()
    launched_at: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    terminated_at: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    availability_zone: Mapped[str | None] = _string()
    display_name: Mapped[str | None] = _string()
    display_description: Mapped[str | None] = _string()
    locked: Mapped[bool | None] = mapped_column(default=False)
    locked_by: Mapped[str | None] = _string(16)
    locked_reason: Mapped[str | None] = _string()
    os_type: Mapped[str | None] = _string()
    architecture: Mapped[str | None] = _string()
    vm_mode: Mapped[str | None] = _string()
    root_device_name: Mapped[str | None] = _string()
    default_ephemeral_device: Mapped[str | None] = _string()
    default_swap_device: Mapped[str | None] = _string()
    config_drive: Mapped[str | None] = _string()
    access_ip_v4: Mapped[str | None] = _string(39)
    access_ip_v6: Mapped[str | None] = _string(39)
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
    pinned_availability_zone: Mapped[str | None] = _string()
    scheduler_hints: Mapped[dict | None] = mapped_column(Json)


class InstanceMetadata(Base, Timestamps):
    """One metadata item of a server."""

    __tablename__ = "instance_metadata"
    __table_args__ = _args(sa.UniqueConstraint("instance_uuid", "key"))
    id: Mapped[int] = _id()
    instance_uuid: Mapped[str] = _instance_uuid()
    key: Mapped[str] = _string()
    value: Mapped[str | None] = _string()


class Tag(Base):
    """One tag of a server; `resource_id` is the server's uuid."""

    __tablename__ = "tags"
    resource_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    tag: Mapped[str] = mapped_column(sa.String(80), primary_key=True)


class InstanceFault(Base, Timestamps):
    """What went wrong with a server, newest last."""

    __tablename__ = "instance_faults"
    id: Mapped[int] = _id()
    instance_uuid: Mapped[str] = _instance_uuid(index=True)
    code: Mapped[int]
    message: Mapped[str | None] = _string()
    details: Mapped[str | None] = mapped_column(MediumText)
    host: Mapped[str | None] = _string()


class InstanceAction(Base, Timestamps):
    """Something that a user did to a server."""

    __tablename__ = "instance_actions"
    __table_args__ = _args(sa.Index(None, "instance_uuid", "updated_at"), sa.Index(None, "request_id"))
    id: Mapped[int] = _id()
    action: Mapped[str | None] = _string()
    instance_uuid: Mapped[str] = _instance_uuid()
    request_id: Mapped[str | None] = _string()
    user_id: Mapped[str | None] = _string()
    project_id: Mapped[str | None] = _string()
    start_time: Mapped[datetime.datetime | None] = mapped_column(DateTime, default=utcnow)
    finish_time: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    message: Mapped[str | None] = _string()


class InstanceActionEvent(Base, Timestamps):
    """One step of an action, on one host."""

    __tablename__ = "instance_actions_events"
    id: Mapped[int] = _id()
    event: Mapped[str | None] = _string()
    action_id: Mapped[int] = mapped_column(sa.ForeignKey("instance_actions.id"), index=True)
    start_time: Mapped[datetime.datetime | None] = mapped_column(DateTime, default=utcnow)
    finish_time: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    result: Mapped[str | None] = _string()
    traceback: Mapped[str | None] = mapped_column(MediumText)
    host: Mapped[str | None] = _string()
    details: Mapped[str | None] = _string()


class BlockDeviceMapping(Base, Timestamps, SoftDelete):
    """A disk of a server: image, blank, snapshot or volume, on a local disk or a volume."""

    __tablename__ = "block_device_mapping"
    __table_args__ = _args(
        sa.UniqueConstraint("uuid"), sa.Index(None, "instance_uuid"), sa.Index(None, "volume_id")
    )
    id: Mapped[int] = _id()
    uuid: Mapped[str] = _string(36)
    instance_uuid: Mapped[str] = _instance_uuid()
    source_type: Mapped[str | None] = _string()
    destination_type: Mapped[str | None] = _string()
    guest_format: Mapped[str | None] = _string()
    device_type: Mapped[str | None] = _string()
    disk_bus: Mapped[str | None] = _string()
    boot_index: Mapped[int | None]
    device_name: Mapped[str | None] = _string()
    delete_on_termination: Mapped[bool | None] = mapped_column(default=False)
    snapshot_id: Mapped[str | None] = _string(36)
    volume_id: Mapped[str | None] = _string(36)
    volume_size: Mapped[int | None]
    volume_type: Mapped[str | None] = _string()
    image_id: Mapped[str | None] = _string(36)
    no_device: Mapped[bool | None] = mapped_column(default=False)
    connection_info: Mapped[str | None] = mapped_column(MediumText)
    tag: Mapped[str | None] = _string()
    attachment_id: Mapped[str | None] = _string(36)


class RequestSpec(Base, Timestamps):
    """What the scheduler was asked for when the server was made (an objects.RequestSpec)."""

    __tablename__ = "request_specs"
    __table_args__ = _args(sa.UniqueConstraint("instance_uuid"))
    id: Mapped[int] = _id()
    instance_uuid: Mapped[str] = _instance_uuid()
    spec: Mapped[dict] = mapped_column(Json)


# -- compute: hosts --------------------------------------------------------------------------------------------


class Service(Base, Timestamps, SoftDelete):
    """A running program of nova-lite on a host."""

    __tablename__ = "services"
    __table_args__ = _args(
        sa.UniqueConstraint("host", "topic", "deleted"),
        sa.UniqueConstraint("host", "binary", "deleted"),
        sa.UniqueConstraint("uuid"),
    )
    id: Mapped[int] = _id()
    uuid: Mapped[str] = _string(36)
    host: Mapped[str] = _string()
    binary: Mapped[str] = _string()
    topic: Mapped[str | None] = _string()
    report_count: Mapped[int] = mapped_column(default=0)
    disabled: Mapped[bool] = mapped_column(default=False)
    disabled_reason: Mapped[str | None] = _string()
    last_seen_up: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    forced_down: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=0)


class ComputeNode(Base, Timestamps, SoftDelete):
    """A hypervisor: what it has, and what is claimed of it.

    `*_used` change only together with a row of `allocations` (see db/allocations.py), so they cannot drift.
    Free VCPUs are `(vcpus - reserved_vcpus) * cpu_allocation_ratio - vcpus_used`; memory and disk alike.
    """

    __tablename__ = "compute_nodes"
    __table_args__ = _args(
        sa.UniqueConstraint("host", "hypervisor_hostname", "deleted"),
        sa.UniqueConstraint("uuid"),
    )
    id: Mapped[int] = _id()
    uuid: Mapped[str] = _string(36)
    service_id: Mapped[int | None]
    host: Mapped[str] = _string()
    hypervisor_hostname: Mapped[str] = _string()
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
    hypervisor_type: Mapped[str | None] = _string()
    hypervisor_version: Mapped[int | None]
    cpu_info: Mapped[dict | None] = mapped_column(Json)
    disk_available_least: Mapped[int | None]
    host_ip: Mapped[str | None] = _string(39)
    supported_instances: Mapped[list | None] = mapped_column(Json)
    #: Free text for filters: driver capabilities, traits, uptime, failed_builds, io_ops.
    stats: Mapped[dict | None] = mapped_column(Json)
    traits: Mapped[list | None] = mapped_column(Json)
    uptime: Mapped[str | None] = _string()
    failed_builds: Mapped[int] = mapped_column(default=0)
    mapped: Mapped[int] = mapped_column(default=1)


class Allocation(Base, Timestamps):
    """What one consumer (a server, or a migration) holds of one hypervisor."""

    __tablename__ = "allocations"
    __table_args__ = _args(
        sa.UniqueConstraint("consumer_uuid", "compute_node_id"), sa.Index(None, "compute_node_id")
    )
    id: Mapped[int] = _id()
    consumer_uuid: Mapped[str] = _string(36)
    consumer_type: Mapped[str] = _string(16, default="INSTANCE")
    compute_node_id: Mapped[int] = mapped_column(sa.ForeignKey("compute_nodes.id"))
    project_id: Mapped[str | None] = _string()
    user_id: Mapped[str | None] = _string()
    vcpus: Mapped[int] = mapped_column(default=0)
    memory_mb: Mapped[int] = mapped_column(default=0)
    disk_gb: Mapped[int] = mapped_column(default=0)


class Aggregate(Base, Timestamps):
    """A named group of hosts with metadata; `availability_zone` is one of its metadata keys."""

    __tablename__ = "aggregates"
    __table_args__ = _args(sa.UniqueConstraint("uuid"), sa.UniqueConstraint("name"))
    id: Mapped[int] = _id()
    uuid: Mapped[str] = _string(36)
    name: Mapped[str] = _string()


class AggregateHost(Base, Timestamps):
    """A host in an aggregate."""

    __tablename__ = "aggregate_hosts"
    __table_args__ = _args(sa.UniqueConstraint("host", "aggregate_id"))
    id: Mapped[int] = _id()
    aggregate_id: Mapped[int] = mapped_column(sa.ForeignKey("aggregates.id"))
    host: Mapped[str] = _string()


class AggregateMetadata(Base, Timestamps):
    """A metadata item of an aggregate."""

    __tablename__ = "aggregate_metadata"
    __table_args__ = _args(sa.UniqueConstraint("aggregate_id", "key"))
    id: Mapped[int] = _id()
    aggregate_id: Mapped[int] = mapped_column(sa.ForeignKey("aggregates.id"))
    key: Mapped[str] = _string()
    value: Mapped[str] = _string()


# -- compute: what servers are made of -------------------------------------------------------------------------


class Flavor(Base, Timestamps):
    """A size of servers."""

    __tablename__ = "flavors"
    __table_args__ = _args(sa.UniqueConstraint("flavorid"), sa.UniqueConstraint("name"))
    id: Mapped[int] = _id()
    flavorid: Mapped[str] = _string()
    name: Mapped[str] = _string()
    memory_mb: Mapped[int]
    vcpus: Mapped[int]
    root_gb: Mapped[int] = mapped_column(default=0)
    ephemeral_gb: Mapped[int] = mapped_column(default=0)
    swap: Mapped[int] = mapped_column(default=0)
    rxtx_factor: Mapped[float] = mapped_column(default=1.0)
    vcpu_weight: Mapped[int | None]
    disabled: Mapped[bool] = mapped_column(default=False)
    is_public: Mapped[bool] = mapped_column(default=True)
    description: Mapped[str | None] = mapped_column(sa.Text)


class FlavorExtraSpec(Base, Timestamps):
    """An extra spec of a flavor."""

    __tablename__ = "flavor_extra_specs"
    __table_args__ = _args(sa.UniqueConstraint("flavor_id", "key"))
    id: Mapped[int] = _id()
    flavor_id: Mapped[int] = mapped_column(sa.ForeignKey("flavors.id"))
    key: Mapped[str] = _string()
    value: Mapped[str | None] = _string()


class FlavorProject(Base, Timestamps):
    """A project that may use a flavor that is not public."""

    __tablename__ = "flavor_projects"
    __table_args__ = _args(sa.UniqueConstraint("flavor_id", "project_id"))
    id: Mapped[int] = _id()
    flavor_id: Mapped[int] = mapped_column(sa.ForeignKey("flavors.id"))
    project_id: Mapped[str] = _string()


class KeyPair(Base, Timestamps):
    """A public key of a user."""

    __tablename__ = "key_pairs"
    __table_args__ = _args(sa.UniqueConstraint("user_id", "name"))
    id: Mapped[int] = _id()
    name: Mapped[str] = _string()
    user_id: Mapped[str] = _string()
    fingerprint: Mapped[str | None] = _string()
    public_key: Mapped[str | None] = mapped_column(MediumText)
    type: Mapped[str] = _string(16, default="ssh")


class InstanceGroup(Base, Timestamps):
    """A server group: servers that want to be together or apart."""

    __tablename__ = "instance_groups"
    __table_args__ = _args(sa.UniqueConstraint("uuid"), sa.Index(None, "project_id"))
    id: Mapped[int] = _id()
    uuid: Mapped[str] = _string(36)
    user_id: Mapped[str | None] = _string()
    project_id: Mapped[str | None] = _string()
    name: Mapped[str | None] = _string()
    policy: Mapped[str | None] = _string()
    rules: Mapped[dict | None] = mapped_column(Json)


class InstanceGroupMember(Base, Timestamps):
    """A server in a group."""

    __tablename__ = "instance_group_member"
    __table_args__ = _args(sa.UniqueConstraint("group_id", "instance_uuid"), sa.Index(None, "instance_uuid"))
    id: Mapped[int] = _id()
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("instance_groups.id"))
    instance_uuid: Mapped[str] = _string(36)


class Quota(Base, Timestamps):
    """A limit of a project (or of one user in it) that differs from the class default."""

    __tablename__ = "quotas"
    __table_args__ = _args(sa.UniqueConstraint("project_id", "user_id", "resource"))
    id: Mapped[int] = _id()
    project_id: Mapped[str] = _string()
    user_id: Mapped[str] = _string(default="")
    resource: Mapped[str] = _string()
    hard_limit: Mapped[int]


class QuotaClass(Base, Timestamps):
    """A default limit set through os-quota-class-sets; class `default` overrides the configuration."""

    __tablename__ = "quota_classes"
    __table_args__ = _args(sa.UniqueConstraint("class_name", "resource"))
    id: Mapped[int] = _id()
    class_name: Mapped[str] = _string()
    resource: Mapped[str] = _string()
    hard_limit: Mapped[int]


class QuotaLock(Base):
    """A row to lock while use is counted and rows are made (see db/quotas.py); it holds nothing else."""

    __tablename__ = "quota_locks"
    scope: Mapped[str] = mapped_column(sa.String(255), primary_key=True)


# -- identity --------------------------------------------------------------------------------------------------


class IdentityDomain(Base, Timestamps):
    """A domain."""

    __tablename__ = "identity_domains"
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = _string(unique=True)
    description: Mapped[str | None] = mapped_column(sa.Text)
    enabled: Mapped[bool] = mapped_column(default=True)
    extra: Mapped[dict | None] = mapped_column(Json)


class IdentityProject(Base, Timestamps):
    """A project."""

    __tablename__ = "identity_projects"
    __table_args__ = _args(sa.UniqueConstraint("domain_id", "name"))
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = _string()
    domain_id: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("identity_domains.id"))
    parent_id: Mapped[str | None] = _string(64)
    description: Mapped[str | None] = mapped_column(sa.Text)
    enabled: Mapped[bool] = mapped_column(default=True)
    tags: Mapped[list | None] = mapped_column(Json)
    extra: Mapped[dict | None] = mapped_column(Json)


class IdentityUser(Base, Timestamps):
    """A user; `password_hash` is bcrypt's."""

    __tablename__ = "identity_users"
    __table_args__ = _args(sa.UniqueConstraint("domain_id", "name"))
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = _string()
    domain_id: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("identity_domains.id"))
    default_project_id: Mapped[str | None] = _string(64)
    description: Mapped[str | None] = mapped_column(sa.Text)
    email: Mapped[str | None] = _string()
    enabled: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None] = _string(128)
    password_changed_at: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    extra: Mapped[dict | None] = mapped_column(Json)


class IdentityRole(Base, Timestamps):
    """A role."""

    __tablename__ = "identity_roles"
    __table_args__ = _args(sa.UniqueConstraint("name", "domain_id"))
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = _string()
    domain_id: Mapped[str] = _string(64, default="")
    description: Mapped[str | None] = mapped_column(sa.Text)
    extra: Mapped[dict | None] = mapped_column(Json)


class IdentityAssignment(Base, Timestamps):
    """A role of a user on a project, a domain or the system (`target_id` is then `all`)."""

    __tablename__ = "identity_assignments"
    __table_args__ = _args(sa.UniqueConstraint("user_id", "target_type", "target_id", "role_id"))
    id: Mapped[int] = _id()
    user_id: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("identity_users.id"))
    target_type: Mapped[str] = _string(16)
    target_id: Mapped[str] = _string(64)
    role_id: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("identity_roles.id"))


class IdentityApplicationCredential(Base, Timestamps):
    """A password of a user for one project with a set of roles."""

    __tablename__ = "identity_application_credentials"
    __table_args__ = _args(sa.UniqueConstraint("user_id", "name"))
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = _string()
    user_id: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("identity_users.id"))
    project_id: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("identity_projects.id"))
    secret_hash: Mapped[str] = _string(128)
    description: Mapped[str | None] = mapped_column(sa.Text)
    expires_at: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    unrestricted: Mapped[bool] = mapped_column(default=False)
    role_ids: Mapped[list | None] = mapped_column(Json)


class IdentityRegion(Base, Timestamps):
    """A region of the catalog."""

    __tablename__ = "identity_regions"
    id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    description: Mapped[str | None] = mapped_column(sa.Text)
    parent_region_id: Mapped[str | None] = _string()
    extra: Mapped[dict | None] = mapped_column(Json)


class IdentityService(Base, Timestamps):
    """A service of the catalog."""

    __tablename__ = "identity_services"
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    type: Mapped[str] = _string()
    name: Mapped[str | None] = _string()
    description: Mapped[str | None] = mapped_column(sa.Text)
    enabled: Mapped[bool] = mapped_column(default=True)
    extra: Mapped[dict | None] = mapped_column(Json)


class IdentityEndpoint(Base, Timestamps):
    """An endpoint of a service of the catalog."""

    __tablename__ = "identity_endpoints"
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    service_id: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("identity_services.id"))
    interface: Mapped[str] = _string(8)
    region_id: Mapped[str | None] = _string()
    url: Mapped[str] = mapped_column(sa.Text)
    enabled: Mapped[bool] = mapped_column(default=True)
    extra: Mapped[dict | None] = mapped_column(Json)


class IdentityRevocation(Base, Timestamps):
    """Tokens that no longer count: those issued until `issued_before` that fit every column which is set.

    `scope` is `project:ID`, `domain:ID` or `system:all`; `domain_id` fits tokens of the domain's users and
    tokens for the domain or its projects.
    """

    __tablename__ = "identity_revocations"
    id: Mapped[int] = _id()
    audit_id: Mapped[str | None] = _string(64)
    user_id: Mapped[str | None] = _string(64)
    scope: Mapped[str | None] = _string(80)
    domain_id: Mapped[str | None] = _string(64)
    role_id: Mapped[str | None] = _string(64)
    application_credential_id: Mapped[str | None] = _string(64)
    issued_before: Mapped[datetime.datetime] = mapped_column(DateTime)
    #: When the last such token has expired by itself, and this row can go.
    expires_at: Mapped[datetime.datetime] = mapped_column(DateTime, index=True)


# -- images ----------------------------------------------------------------------------------------------------


class Image(Base, Timestamps, SoftDelete):
    """An image of nova-lite's own image service; the data is a file named by its id."""

    __tablename__ = "images"
    __table_args__ = _args(
        sa.Index(None, "deleted", "created_at"), sa.Index(None, "owner"), sa.Index(None, "name")
    )
    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    name: Mapped[str | None] = _string()
    status: Mapped[str] = _string(30)
    visibility: Mapped[str] = _string(9, default="shared")
    owner: Mapped[str | None] = _string()
    container_format: Mapped[str | None] = _string(20)
    disk_format: Mapped[str | None] = _string(20)
    size: Mapped[int | None] = mapped_column(BigInteger)
    virtual_size: Mapped[int | None] = mapped_column(BigInteger)
    checksum: Mapped[str | None] = _string(32)
    os_hash_algo: Mapped[str | None] = _string(64)
    os_hash_value: Mapped[str | None] = _string(128)
    os_hidden: Mapped[bool] = mapped_column(default=False)
    min_disk: Mapped[int] = mapped_column(default=0)
    min_ram: Mapped[int] = mapped_column(default=0)
    protected: Mapped[bool] = mapped_column(default=False)
    deleted: Mapped[bool] = mapped_column(sa.Boolean, default=False)


class ImageProperty(Base):
    """A property of an image."""

    __tablename__ = "image_properties"
    __table_args__ = _args(sa.UniqueConstraint("image_id", "name"))
    id: Mapped[int] = _id()
    image_id: Mapped[str] = mapped_column(sa.String(36), sa.ForeignKey("images.id"))
    name: Mapped[str] = _string()
    value: Mapped[str | None] = mapped_column(sa.Text)


class ImageTag(Base):
    """A tag of an image."""

    __tablename__ = "image_tags"
    __table_args__ = _args()
    image_id: Mapped[str] = mapped_column(sa.String(36), sa.ForeignKey("images.id"), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(255), primary_key=True)


class ImageMember(Base, Timestamps):
    """A project that an image is shared with."""

    __tablename__ = "image_members"
    __table_args__ = _args(sa.UniqueConstraint("image_id", "member"), sa.Index(None, "member"))
    id: Mapped[int] = _id()
    image_id: Mapped[str] = mapped_column(sa.String(36), sa.ForeignKey("images.id"))
    member: Mapped[str] = _string()
    status: Mapped[str] = _string(20, default="pending")
