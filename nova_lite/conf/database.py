"""Options of the database."""

from oslo_config import cfg

OPTIONS = {
    "database": [
        cfg.StrOpt(
            "connection",
            secret=True,
            default="sqlite:////var/lib/nova-lite/nova.sqlite",
            help="SQLAlchemy URL: sqlite:////PATH, mysql+pymysql://USER:PASSWORD@HOST/NAME?charset=utf8mb4 or"
            " postgresql+psycopg://USER:PASSWORD@HOST/NAME.",
        ),
        cfg.IntOpt("max_pool_size", default=10, min=1, help="Connections kept open by one process."),
        cfg.IntOpt("max_overflow", default=50, min=0, help="Connections above max_pool_size under load."),
        cfg.IntOpt("pool_timeout", default=30, min=1, help="Seconds to wait for a free connection."),
        cfg.IntOpt(
            "connection_recycle_time", default=3600, help="Seconds after which a connection is remade."
        ),
        cfg.IntOpt(
            "max_retries", default=10, min=0, help="Tries to run a transaction again after a lost connection."
        ),
        cfg.IntOpt(
            "db_max_deadlock_retries",
            default=10,
            min=0,
            help="Tries to run a transaction again after a deadlock.",
        ),
        cfg.IntOpt(
            "sqlite_busy_timeout", default=30, min=1, help="Seconds that SQLite waits for another writer."
        ),
        cfg.IntOpt(
            "statement_timeout",
            default=60,
            min=1,
            help="Seconds after which MariaDB and PostgreSQL give up a statement.",
        ),
    ],
}
