"""What servers are made of and bounded by: flavors, key pairs, server groups, quotas."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from nova_lite.db.models.base import Base, Json, MediumText, Timestamps, args, serial, string


class Flavor(Base, Timestamps):
    """A size of servers."""

    __tablename__ = "flavors"
    __table_args__ = args(sa.UniqueConstraint("flavorid"), sa.UniqueConstraint("name"))
    id: Mapped[int] = serial()
    flavorid: Mapped[str] = string()
    name: Mapped[str] = string()
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
    __table_args__ = args(sa.UniqueConstraint("flavor_id", "key"))
    id: Mapped[int] = serial()
    flavor_id: Mapped[int] = mapped_column(sa.ForeignKey("flavors.id"))
    key: Mapped[str] = string()
    value: Mapped[str | None] = string()


class FlavorProject(Base, Timestamps):
    """A project that may use a flavor that is not public."""

    __tablename__ = "flavor_projects"
    __table_args__ = args(sa.UniqueConstraint("flavor_id", "project_id"))
    id: Mapped[int] = serial()
    flavor_id: Mapped[int] = mapped_column(sa.ForeignKey("flavors.id"))
    project_id: Mapped[str] = string()


class KeyPair(Base, Timestamps):
    """A public key of a user."""

    __tablename__ = "key_pairs"
    __table_args__ = args(sa.UniqueConstraint("user_id", "name"))
    id: Mapped[int] = serial()
    name: Mapped[str] = string()
    user_id: Mapped[str] = string()
    fingerprint: Mapped[str | None] = string()
    public_key: Mapped[str | None] = mapped_column(MediumText)
    type: Mapped[str] = string(16, default="ssh")


class InstanceGroup(Base, Timestamps):
    """A server group: servers that want to be together or apart."""

    __tablename__ = "instance_groups"
    __table_args__ = args(sa.UniqueConstraint("uuid"), sa.Index(None, "project_id"))
    id: Mapped[int] = serial()
    uuid: Mapped[str] = string(36)
    user_id: Mapped[str | None] = string()
    project_id: Mapped[str | None] = string()
    name: Mapped[str | None] = string()
    policy: Mapped[str | None] = string()
    rules: Mapped[dict | None] = mapped_column(Json)


class InstanceGroupMember(Base, Timestamps):
    """A server in a group."""

    __tablename__ = "instance_group_member"
    __table_args__ = args(sa.UniqueConstraint("group_id", "instance_uuid"), sa.Index(None, "instance_uuid"))
    id: Mapped[int] = serial()
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("instance_groups.id"))
    instance_uuid: Mapped[str] = string(36)


class Quota(Base, Timestamps):
    """A limit of a project (or of one user in it) that differs from the class default."""

    __tablename__ = "quotas"
    __table_args__ = args(sa.UniqueConstraint("project_id", "user_id", "resource"))
    id: Mapped[int] = serial()
    project_id: Mapped[str] = string()
    user_id: Mapped[str] = string(default="")
    resource: Mapped[str] = string()
    hard_limit: Mapped[int]


class QuotaClass(Base, Timestamps):
    """A default limit set through os-quota-class-sets; class `default` overrides the configuration."""

    __tablename__ = "quota_classes"
    __table_args__ = args(sa.UniqueConstraint("class_name", "resource"))
    id: Mapped[int] = serial()
    class_name: Mapped[str] = string()
    resource: Mapped[str] = string()
    hard_limit: Mapped[int]


class QuotaLock(Base):
    """A row to lock while use is counted and rows are made (see db/quotas.py); it holds nothing else."""

    __tablename__ = "quota_locks"
    scope: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
