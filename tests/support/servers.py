"""RabbitMQ, MariaDB and PostgreSQL for tests: real servers, private to one test run.

The work is done by `tools/devstack/lib/*.sh`, the same scripts that stack.sh uses on hosts without systemd.
"""

import contextlib
import dataclasses
import itertools
import pathlib
import re
import subprocess
from collections.abc import Iterator

LIBRARY = pathlib.Path(__file__).parents[2] / "tools" / "devstack" / "lib"
COMMAND_TIMEOUT = 240  # seconds; longer than a script's own bounds for start and stop together


class ServerError(AssertionError):
    """A server's script failed; the text is what it printed."""


def run(command: list, title: str, stdin: str | None = None) -> str:
    """Run a command, called `title` in errors, and return what it printed.

    Raises:
        ServerError: the command failed or took longer than COMMAND_TIMEOUT.
    """
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, input=stdin or "", timeout=COMMAND_TIMEOUT
        )
    except subprocess.TimeoutExpired as error:
        raise ServerError(f"{title}: no end after {COMMAND_TIMEOUT} s") from error
    if done.returncode != 0:
        raise ServerError(f"{title}: exit {done.returncode}\n{done.stderr}{done.stdout}")
    return done.stdout


class Server:
    """One private server below `directory`, which the server's unprivileged user must be able to reach."""

    script: str

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory
        self.url = ""

    def command(self, *words: str, stdin: str | None = None) -> str:
        """Run a command of the server's script and return what it printed.

        Raises:
            ServerError: the command failed or took longer than COMMAND_TIMEOUT.
        """
        command = [LIBRARY / self.script, "--dir", self.directory, *words]
        return run(command, f"{self.script} {' '.join(words)}", stdin)

    def start(self) -> str:
        """Start the server unless it runs; return its URL once it answers."""
        self.url = self.command("start", "--fast").splitlines()[-1]
        return self.url

    def stop(self) -> None:
        """End the server in order and wait for its end."""
        self.command("stop")

    def kill(self) -> None:
        """End the server as a crash would; its data stays."""
        self.command("kill")

    def restart(self) -> str:
        """Stop, then start on the same port."""
        self.stop()
        return self.start()

    def running(self) -> bool:
        """Say whether the server runs and answers."""
        try:
            self.command("status")
        except ServerError:
            return False
        return True

    def ctl(self, *words: str, stdin: str | None = None) -> str:
        """Run the server's own tool (rabbitmqctl, the SQL client) and return what it printed."""
        return self.command("ctl", "--", *words, stdin=stdin)


@contextlib.contextmanager
def started(server: "Server") -> Iterator["Server"]:
    """Start a server; stop it at the end, also when its start fails half-way."""
    try:
        server.start()
        yield server
    finally:
        server.stop()


@dataclasses.dataclass(frozen=True)
class Queue:
    """A row of `rabbitmqctl list_queues`."""

    name: str
    durable: bool
    messages: int
    consumers: int


class RabbitMQ(Server):
    """A broker; tests get a virtual host each, so that they never see each other's queues."""

    script = "rabbitmq.sh"

    def __init__(self, directory: pathlib.Path) -> None:
        super().__init__(directory)
        self._numbers = itertools.count(1)

    @property
    def user(self) -> str:
        """The user that the URLs sign in as."""
        return re.match(r"rabbit://([^:]+):", self.url)[1]

    def new_vhost(self) -> str:
        """Make an empty virtual host and return the URL of the broker with it."""
        vhost = f"test-{next(self._numbers)}"
        self.ctl("add_vhost", vhost)
        self.ctl("set_permissions", "-p", vhost, self.user, ".*", ".*", ".*")
        return f"{self.url.rpartition('/')[0]}/{vhost}"

    def list_queues(self, url: str) -> dict[str, Queue]:
        """Return the queues of the virtual host that `url` names, by name."""
        columns = ("name", "durable", "messages", "consumers")
        printed = self.ctl("--silent", "list_queues", "-p", url.rpartition("/")[2], *columns)
        rows = (line.split("\t") for line in printed.splitlines())
        return {row[0]: Queue(row[0], row[1] == "true", int(row[2]), int(row[3])) for row in rows}

    def list_connections(self, url: str) -> list[str]:
        """Return the names that the clients of the virtual host that `url` names gave their connections."""
        vhost = url.rpartition("/")[2]
        printed = self.ctl("--silent", "list_connections", "vhost", "client_properties")
        rows = (line.split("\t") for line in printed.splitlines())
        # The properties are Erlang terms: [{"connection_name","nova-api:4711:..."},...].
        names = (re.search(r'"connection_name","([^"]*)"', row[1]) for row in rows if row[0] == vhost)
        return sorted(name[1] if name else "" for name in names)


class DatabaseServer(Server):
    """A SQL server; tests get databases of their own in it."""

    def __init__(self, directory: pathlib.Path) -> None:
        super().__init__(directory)
        self._numbers = itertools.count(1)

    def create_database(self) -> str:
        """Make an empty database and return its SQLAlchemy URL."""
        return self.command("create-database", f"test_{next(self._numbers)}").splitlines()[-1]

    def drop_database(self, url: str) -> None:
        """Remove the database that `url` names, whoever uses it."""
        self.command("drop-database", re.search(r"/(\w+)(\?|$)", url)[1])


class MariaDB(DatabaseServer):
    """`mysql+pymysql://` URLs."""

    script = "mariadb.sh"


class PostgreSQL(DatabaseServer):
    """`postgresql+psycopg://` URLs."""

    script = "postgresql.sh"


class SQLite(DatabaseServer):
    """Files below `directory`: there is no server, so there is nothing to start or stop."""

    def start(self) -> str:
        """Make the directory."""
        self.directory.mkdir(exist_ok=True)
        self.url = f"sqlite:///{self.directory}"
        return self.url

    def stop(self) -> None:
        """Do nothing."""

    def kill(self) -> None:
        """Do nothing: SQLite runs in its clients."""

    def create_database(self) -> str:
        """Return the URL of a file that does not exist yet."""
        return f"sqlite:///{self.directory}/test_{next(self._numbers)}.sqlite"

    def drop_database(self, url: str) -> None:
        """Remove the file and its write-ahead log."""
        path = pathlib.Path(url.removeprefix("sqlite:///"))
        for name in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            name.unlink(missing_ok=True)


DATABASES = {"sqlite": SQLite, "mariadb": MariaDB, "postgresql": PostgreSQL}
