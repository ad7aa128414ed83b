"""nova-lite's own identity service."""

import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from nova_lite.db.models.base import Base, DateTime, Json, Timestamps, args, serial, string


class IdentityDomain(Base, Timestamps):
    """A domain."""

    __tablename__ = "identity_domains"
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = string(unique=True)
    description: Mapped[str | None] = mapped_column(sa.Text)
    enabled: Mapped[bool] = mapped_column(default=True)
    extra: Mapped[dict | None] = mapped_column(Json)


class IdentityProject(Base, Timestamps):
    """A project."""

    __tablename__ = "identity_projects"
    __table_args__ = args(sa.UniqueConstraint("domain_id", "name"))
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = string()
    domain_id: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("identity_domains.id"))
    parent_id: Mapped[str | None] = string(64)
    description: Mapped[str | None] = mapped_column(sa.Text)
    enabled: Mapped[bool] = mapped_column(default=True)
    tags: Mapped[list | None] = mapped_column(Json)
    extra: Mapped[dict | None] = mapped_column(Json)


class IdentityUser(Base, Timestamps):
    """A user; `password_hash` is bcrypt's."""

    __tablename__ = "identity_users"
    __table_args__ = args(sa.UniqueConstraint("domain_id", "name"))
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = string()
    domain_id: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("identity_domains.id"))
    default_project_id: Mapped[str | None] = string(64)
    description: Mapped[str | None] = mapped_column(sa.Text)
    email: Mapped[str | None] = string()
    enabled: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None] = string(128)
    password_changed_at: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    extra: Mapped[dict | None] = mapped_column(Json)


class IdentityRole(Base, Timestamps):
    """A role."""

    __tablename__ = "identity_roles"
    __table_args__ = args(sa.UniqueConstraint("name", "domain_id"))
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = string()
    domain_id: Mapped[str] = string(64, default="")
    description: Mapped[str | None] = mapped_column(sa.Text)
    extra: Mapped[dict | None] = mapped_column(Json)


class IdentityAssignment(Base, Timestamps):
    """A role of a user on a project, a domain or the system (`target_id` is then `all`)."""

    __tablename__ = "identity_assignments"
    __table_args__ = args(sa.UniqueConstraint("user_id", "target_type", "target_id", "role_id"))
    id: Mapped[int] = serial()
    user_id: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("identity_users.id"))
    target_type: Mapped[str] = string(16)
    target_id: Mapped[str] = string(64)
    role_id: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("identity_roles.id"))


class IdentityApplicationCredential(Base, Timestamps):
    """A password of a user for one project with a set of roles."""

    __tablename__ = "identity_application_credentials"
    __table_args__ = args(sa.UniqueConstraint("user_id", "name"))
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = string()
    user_id: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("identity_users.id"))
    project_id: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("identity_projects.id"))
    secret_hash: Mapped[str] = string(128)
    description: Mapped[str | None] = mapped_column(sa.Text)
    expires_at: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    unrestricted: Mapped[bool] = mapped_column(default=False)
    role_ids: Mapped[list | None] = mapped_column(Json)


class IdentityRegion(Base, Timestamps):
    """A region of the catalog."""

    __tablename__ = "identity_regions"
    id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    description: Mapped[str | None] = mapped_column(sa.Text)
    parent_region_id: Mapped[str | None] = string()
    extra: Mapped[dict | None] = mapped_column(Json)


class IdentityService(Base, Timestamps):
    """A service of the catalog."""

    __tablename__ = "identity_services"
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    type: Mapped[str] = string()
    name: Mapped[str | None] = string()
    description: Mapped[str | None] = mapped_column(sa.Text)
    enabled: Mapped[bool] = mapped_column(default=True)
    extra: Mapped[dict | None] = mapped_column(Json)


class IdentityEndpoint(Base, Timestamps):
    """An endpoint of a service of the catalog."""

    __tablename__ = "identity_endpoints"
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    service_id: Mapped[str] = mapped_column(sa.String(64), sa.ForeignKey("identity_services.id"))
    interface: Mapped[str] = string(8)
    region_id: Mapped[str | None] = string()
    url: Mapped[str] = mapped_column(sa.Text)
    enabled: Mapped[bool] = mapped_column(default=True)
    extra: Mapped[dict | None] = mapped_column(Json)


class IdentityRevocation(Base, Timestamps):
    """Tokens that no longer count: those issued until `issued_before` that fit every column which is set.

    `scope` is `project:ID`, `domain:ID` or `system:all`; `domain_id` fits tokens of the domain's users and
    tokens for the domain or its projects.
    """

    __tablename__ = "identity_revocations"
    id: Mapped[int] = serial()
    audit_id: Mapped[str | None] = string(64)
    user_id: Mapped[str | None] = string(64)
    scope: Mapped[str | None] = string(80)
    domain_id: Mapped[str | None] = string(64)
    role_id: Mapped[str | None] = string(64)
    application_credential_id: Mapped[str | None] = string(64)
    issued_before: Mapped[datetime.datetime] = mapped_column(DateTime)
    #: When the last such token has expired by itself, and this row can go.
    expires_at: Mapped[datetime.datetime] = mapped_column(DateTime, index=True)
