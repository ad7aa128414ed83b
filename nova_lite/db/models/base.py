"""What every table is made of: types that mean the same on three databases, and columns that all have."""

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
        return (OPTIONS,)


#: On MariaDB, too, strings compare as they do elsewhere: by case, with their trailing spaces.
OPTIONS = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_nopad_bin"}


def args(*items):
    """Return `__table_args__` of a table with constraints and indexes."""
    return (*items, OPTIONS)


class Timestamps:
    """Columns that every table has."""

    created_at: Mapped[datetime.datetime | None] = mapped_column(DateTime, default=utcnow)
    updated_at: Mapped[datetime.datetime | None] = mapped_column(DateTime, onupdate=utcnow)


class SoftDelete:
    """Columns of tables whose rows are marked, not removed."""

    deleted_at: Mapped[datetime.datetime | None] = mapped_column(DateTime)
    deleted: Mapped[int] = mapped_column(sa.Integer, default=0)


def string(length=255, **kwargs):
    """Return a column of text of bounded length."""
    return mapped_column(sa.String(length), **kwargs)


def serial():
    """Return a primary key that counts up."""
    return mapped_column(sa.Integer, primary_key=True, autoincrement=True)


def instance_uuid(**kwargs):
    """Return the column of rows that belong to a server."""
    return mapped_column(sa.String(36), sa.ForeignKey("instances.uuid"), **kwargs)
