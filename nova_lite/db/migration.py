"""Bring the database to a revision of the schema (alembic); `nova-manage db sync` and `db version`.

Migrations only add (expand): services of the version before keep working during an upgrade.
"""

import contextlib
import pathlib

import sqlalchemy as sa
from alembic import command, config, runtime, script, util
from sqlalchemy import exc

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.db import api

_HERE = pathlib.Path(__file__).parent / "migrations"


def _config() -> config.Config:
    made = config.Config()
    made.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    return made


@contextlib.contextmanager
def _connection():
    """Open the database, making the directory of an SQLite file.

    Raises:
        DatabaseUnavailable: it cannot be opened.
    """
    url = sa.make_url(CONF.database.connection)
    if url.get_backend_name() == "sqlite" and url.database:
        pathlib.Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    try:
        with api.engine().execution_options(writes=True).connect() as connection:
            yield connection
    except exc.OperationalError as error:
        raise exception.DatabaseUnavailable(f"The database cannot be opened: {error.orig}") from error


def sync(version: str | None = None) -> str:
    """Upgrade the schema to a revision (default: the newest) and return it.

    Raises:
        DatabaseUnavailable: the database cannot be opened.
        ConfigurationError: there is no such revision, or the database is newer than this code.
    """
    made = _config()
    with _connection() as connection:
        made.attributes["connection"] = connection
        try:
            command.upgrade(made, version or "head")
        except util.CommandError as error:
            raise exception.ConfigurationError(reason=f"db sync: {error}") from error
        connection.commit()
    return current() or ""


def current() -> str | None:
    """Return the revision that the database is at; None for an empty one."""
    with _connection() as connection:
        return runtime.migration.MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """Return the newest revision that this code knows."""
    return script.ScriptDirectory.from_config(_config()).get_current_head()


def revisions() -> list[str]:
    """Return all revisions, oldest first."""
    return [each.revision for each in script.ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def generate(message: str, revision: str) -> None:
    """Write a new migration from the difference between models and the database (for developers: `make migration`)."""
    made = _config()
    with _connection() as connection:
        made.attributes["connection"] = connection
        command.revision(made, message=message, autogenerate=True, rev_id=revision)
