"""nova-lite's own image service."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from nova_lite.db.models.base import Base, BigInteger, SoftDelete, Timestamps, args, serial, string


class Image(Base, Timestamps, SoftDelete):
    """An image of nova-lite's own image service; the data is a file named by its id."""

    __tablename__ = "images"
    __table_args__ = args(
        sa.Index(None, "deleted", "created_at"), sa.Index(None, "owner"), sa.Index(None, "name")
    )
    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    name: Mapped[str | None] = string()
    status: Mapped[str] = string(30)
    visibility: Mapped[str] = string(9, default="shared")
    owner: Mapped[str | None] = string()
    container_format: Mapped[str | None] = string(20)
    disk_format: Mapped[str | None] = string(20)
    size: Mapped[int | None] = mapped_column(BigInteger)
    virtual_size: Mapped[int | None] = mapped_column(BigInteger)
    checksum: Mapped[str | None] = string(32)
    os_hash_algo: Mapped[str | None] = string(64)
    os_hash_value: Mapped[str | None] = string(128)
    os_hidden: Mapped[bool] = mapped_column(default=False)
    min_disk: Mapped[int] = mapped_column(default=0)
    min_ram: Mapped[int] = mapped_column(default=0)
    protected: Mapped[bool] = mapped_column(default=False)
    deleted: Mapped[bool] = mapped_column(sa.Boolean, default=False)


class ImageProperty(Base):
    """A property of an image."""

    __tablename__ = "image_properties"
    __table_args__ = args(sa.UniqueConstraint("image_id", "name"))
    id: Mapped[int] = serial()
    image_id: Mapped[str] = mapped_column(sa.String(36), sa.ForeignKey("images.id"))
    name: Mapped[str] = string()
    value: Mapped[str | None] = mapped_column(sa.Text)


class ImageTag(Base):
    """A tag of an image."""

    __tablename__ = "image_tags"
    __table_args__ = args()
    image_id: Mapped[str] = mapped_column(sa.String(36), sa.ForeignKey("images.id"), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(255), primary_key=True)


class ImageMember(Base, Timestamps):
    """A project that an image is shared with."""

    __tablename__ = "image_members"
    __table_args__ = args(sa.UniqueConstraint("image_id", "member"), sa.Index(None, "member"))
    id: Mapped[int] = serial()
    image_id: Mapped[str] = mapped_column(sa.String(36), sa.ForeignKey("images.id"))
    member: Mapped[str] = string()
    status: Mapped[str] = string(20, default="pending")
