"""Transactions on the shared database: SQLite in WAL mode, MariaDB or PostgreSQL.

A query module writes plain functions whose first argument is a connection and decorates them::

    @reader
    def get(conn, uuid): ...

    @writer
    def create(conn, values): ...

Callers leave the connection out: `get(uuid)` opens a transaction, runs the function, commits, and runs all of
it again after a deadlock, a lost connection or a serialization failure, so it must not have other effects.
To do several things in one transaction, pass the connection on: `create.within(conn, values)`.

nova-compute calls `forbid()`: there, opening a transaction raises, because its objects go through conductor.
"""

import contextlib
import functools
import threading
import time

import sqlalchemy as sa
from oslo_log import log as logging
from oslo_serialization import jsonutils
from sqlalchemy import event, exc

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.db import regexps

LOG = logging.getLogger(__name__)

#: What an error of a driver means. By number (MariaDB), by SQLSTATE (PostgreSQL), by words (SQLite and the rest);
#: `deadlock`: the same transaction may succeed now; `disconnect`: the server is away, or cannot write for now;
#: `slow`: a statement took longer than it may; `schema`: a table or column is not there.
_BY_NUMBER = {
    **dict.fromkeys((1205, 1213, 1290, 1836, 1927), "deadlock"),
    **dict.fromkeys((1053, 2002, 2003, 2006, 2013, 2055), "disconnect"),
    1969: "slow",
    **dict.fromkeys((1054, 1146), "schema"),
}
_BY_STATE = {
    "40001": "deadlock",
    "40P01": "deadlock",
    "25006": "deadlock",
    "08": "disconnect",
    "57P": "disconnect",
    "57014": "slow",
    "42P01": "schema",
    "42703": "schema",
}
_BY_WORDS = {
    "database is locked": "deadlock",
    "database table is locked": "deadlock",
    "unable to open database file": "disconnect",
    "disk is full": "disconnect",
    "readonly database": "disconnect",
    "connect": "disconnect",
    "server closed": "disconnect",
    "terminat": "disconnect",
    "no such table": "schema",
    "no such column": "schema",
    "has no column": "schema",
}

#: What people are told, if it is not that the database cannot be reached.
_MEANINGS = {
    "slow": "The database took too long; try again later.",
    "schema": "The database is not that of this version; its operator must run `nova-manage db sync`.",
}

_lock = threading.Lock()
#: Held by the one thread of this process that writes to SQLite.
_sqlite_turn = threading.Lock()
_engine: sa.Engine | None = None
_forbidden: str | None = None


def forbid(reason: str) -> None:
    """Make every transaction of this process raise RuntimeError(reason): nova-compute has no database."""
    global _forbidden  # noqa: PLW0603
    _forbidden = reason


def dispose() -> None:
    """Close all connections and forget the engine (after a fork, in tests, on reload)."""
    global _engine, _forbidden  # noqa: PLW0603
    with _lock:
        if _engine is not None:
            _engine.dispose()
        _engine = None
        _forbidden = None


def engine() -> sa.Engine:
    """Return the process's engine, made at first use.

    Raises:
        ConfigurationError: `[database] connection` is not a URL of a supported database.
    """
    global _engine  # noqa: PLW0603
    if _forbidden:
        raise RuntimeError(_forbidden)
    if _engine is None:
        with _lock:
            if _engine is None:
                _engine = make_engine(CONF.database.connection)
    return _engine


def _mariadb() -> dict:
    seconds = CONF.database.statement_timeout
    return {
        "connect_timeout": 10,
        # The server gives up first, so that nothing goes on behind our back.
        "read_timeout": seconds + 5,
        "write_timeout": seconds,
        # A comment to all servers but MariaDB.
        "init_command": f"SET @nova_lite = 1 /*M!100101 , SESSION max_statement_time = {seconds} */",
    }


def _postgresql() -> dict:
    return {
        "connect_timeout": 10,
        "options": f"-c statement_timeout={CONF.database.statement_timeout * 1000}",
    }


def _sqlite() -> dict:
    return {"timeout": CONF.database.sqlite_busy_timeout, "check_same_thread": False}


#: What each driver is told at connecting.
_CONNECT_OPTIONS = {"sqlite": _sqlite, "mysql": _mariadb, "mariadb": _mariadb, "postgresql": _postgresql}


def make_engine(connection: str) -> sa.Engine:
    """Return an engine for a URL; see `[database] connection`."""
    try:
        url = sa.make_url(connection)
        name = url.get_backend_name()
    except exc.ArgumentError:
        # The text of the URL may hold a password: name the option, not the value.
        raise exception.ConfigurationError(
            reason="[database] connection is not an SQLAlchemy URL; it should look like sqlite:////PATH,"
            " mysql+pymysql://USER:PASSWORD@HOST/NAME or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
        ) from None
    if name not in _CONNECT_OPTIONS:
        raise exception.ConfigurationError(
            reason=f"[database] connection names the database {name!r}; use sqlite, mysql+pymysql or postgresql+psycopg"
        )
    options: dict = {
        "json_serializer": jsonutils.dumps,
        "json_deserializer": jsonutils.loads,
        "pool_recycle": CONF.database.connection_recycle_time,
        "pool_timeout": CONF.database.pool_timeout,
        "pool_size": CONF.database.max_pool_size,
        "max_overflow": CONF.database.max_overflow,
        "poolclass": sa.pool.QueuePool,
        "pool_pre_ping": name != "sqlite",
        "connect_args": _CONNECT_OPTIONS[name](),
    }
    if name in ("mysql", "mariadb"):
        options["isolation_level"] = "READ COMMITTED"  # fewer gap locks, so fewer deadlocks
    made = sa.create_engine(url, **options)
    if name == "sqlite":
        _tune_sqlite(made)
    return made


def _tune_sqlite(made: sa.Engine) -> None:
    """WAL journal, foreign keys, and transactions that begin as what they are (reader or writer)."""

    @event.listens_for(made, "connect")
    def _connect(connection, _record):
        connection.isolation_level = None  # transactions are begun below, not by the sqlite3 module
        connection.create_function("regexp", 2, regexps.matches, deterministic=True)
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-8000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(made, "begin")
    def _begin(connection):
        # A writer that begins deferred fails with "database is locked" when another one was faster;
        # one that begins immediate waits its turn.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _classify(error: exc.DBAPIError) -> str | None:
    """Return `deadlock`, `disconnect` or None (not worth another try)."""
    if error.connection_invalidated:
        return "disconnect"
    original = error.orig
    number = original.args[0] if original is not None and original.args else None
    if number in _BY_NUMBER:
        return _BY_NUMBER[number]
    state = getattr(original, "sqlstate", None)
    if state:
        return next((kind for begins, kind in _BY_STATE.items() if state.startswith(begins)), None)
    if isinstance(error, exc.OperationalError):
        text = str(original).lower()
        return next((kind for words, kind in _BY_WORDS.items() if words in text), None)
    return None


@contextlib.contextmanager
def _turn(writes: bool):
    """Let this process's writers to SQLite in one by one, as SQLite does with all processes' writers.

    SQLite itself makes them wait by sleeping and trying again, each on a connection of its own, so that under load
    connections are opened and closed only to wait, and who waits longest is served last.

    Raises:
        DatabaseUnavailable: others wrote for `[database] sqlite_busy_timeout` seconds.
    """
    if not writes or engine().name != "sqlite":
        yield
        return
    if not _sqlite_turn.acquire(timeout=CONF.database.sqlite_busy_timeout):
        LOG.error(
            "SQLite: no turn to write within sqlite_busy_timeout (%d s)", CONF.database.sqlite_busy_timeout
        )
        raise exception.DatabaseUnavailable
    try:
        yield
    finally:
        _sqlite_turn.release()


def _is_bad_regexp(error: exc.DBAPIError) -> bool:
    """Return whether the database refused a regular expression; each has a dialect, which no check here knows."""
    original = error.orig
    number = original.args[0] if original is not None and original.args else None
    return (
        getattr(original, "sqlstate", None) == "2201B"  # PostgreSQL
        or number == 1139  # MariaDB
        or "user-defined function raised exception" in str(original)  # SQLite: db/regexps.py
    )


@contextlib.contextmanager
def hurry(conn, seconds: int):
    """Bound each statement inside to `seconds` where the server can: MariaDB and PostgreSQL.

    Raises:
        InvalidInput: one took longer.
    """
    mariadb = getattr(conn.dialect, "is_mariadb", False)
    if mariadb:
        conn.exec_driver_sql(f"SET SESSION max_statement_time = {seconds}")
    elif conn.dialect.name == "postgresql":
        conn.exec_driver_sql(f"SET LOCAL statement_timeout = '{seconds}s'")  # ends with the transaction
    try:
        yield
    except exc.DBAPIError as error:
        if _classify(error) == "slow":
            raise exception.InvalidInput(reason="a regular expression takes too long to match") from error
        raise
    finally:
        if mariadb and not conn.invalidated:
            conn.exec_driver_sql(f"SET SESSION max_statement_time = {CONF.database.statement_timeout}")


def _transaction(writes: bool):
    """Return the decorator behind `reader` and `writer`."""

    def decorate(function):
        def attempt(args, kwargs):
            with (
                _turn(writes),
                engine().connect().execution_options(writes=writes) as conn,
                conn.begin(),
            ):
                return function(conn, *args, **kwargs)

        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            tries = 0
            while True:
                try:
                    return attempt(args, kwargs)
                except exc.DBAPIError as error:
                    kind = _classify(error)
                    limit = {
                        "deadlock": CONF.database.db_max_deadlock_retries,
                        # Requests get their 503 soon; a service that must wait longer loops by itself.
                        "disconnect": min(2, CONF.database.max_retries),
                    }.get(kind or "", 0)
                    tries += 1
                    if tries > limit:
                        if _is_bad_regexp(error):
                            raise exception.InvalidInput(
                                reason="a regular expression is not valid, or takes too long"
                            ) from error
                        if kind is None:
                            raise
                        LOG.error("%s gave up after %d tries: %s", function.__name__, tries, error.orig)
                        raise exception.DatabaseUnavailable(_MEANINGS.get(kind)) from error
                    LOG.debug("%s: %s, try %d of %d", function.__name__, kind, tries, limit)
                    time.sleep(min(0.02 * 2**tries, 1.0))
                except exc.TimeoutError as error:
                    raise exception.DatabaseUnavailable from error

        wrapper.within = function  # type: ignore[attr-defined]
        return wrapper

    return decorate


reader = _transaction(writes=False)
writer = _transaction(writes=True)


def is_duplicate(error: exc.IntegrityError) -> bool:
    """Return whether an IntegrityError is a broken unique constraint (and not, say, a missing parent row)."""
    text = str(error.orig).lower()
    return "unique" in text or "duplicate" in text


def is_bad_regex(error: exc.DBAPIError) -> bool:
    """Return whether the database refused a regular expression: PostgreSQL 2201B, MariaDB 1139."""
    original = error.orig
    number = original.args[0] if original is not None and original.args else None
    return getattr(original, "sqlstate", None) == "2201B" or number == 1139
