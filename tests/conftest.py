"""What all tests share: options, backing services, the thread guard, logs with failures."""

# The concurrency backend is chosen before anything that it may have to patch is imported.
from nova_lite import concurrency

concurrency.select_backend(argv=[])

import contextlib  # noqa: E402
import pathlib  # noqa: E402
import shutil  # noqa: E402
import signal  # noqa: E402
import tempfile  # noqa: E402
import threading  # noqa: E402
from collections.abc import Iterator  # noqa: E402

import pytest  # noqa: E402

from tests.support import processes, servers, threads  # noqa: E402

KINDS = ("unit", "functional", "integration", "perf")  # directories below tests/, and markers


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--database`."""
    parser.addoption(
        "--database",
        default=",".join(servers.DATABASES),
        help="databases for tests that need one, comma-separated (default: %(default)s)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Check the options; turn SIGTERM into an orderly end, which stops the servers that this run started."""
    unknown = set(_databases(config)) - set(servers.DATABASES)
    if unknown:
        raise pytest.UsageError(
            f"--database: {', '.join(sorted(unknown))}; known: {', '.join(servers.DATABASES)}"
        )
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("SIGTERM", returncode=128 + signal.SIGTERM))


def pytest_report_header(config: pytest.Config) -> str:
    """Say what this run covers."""
    return f"nova-lite: concurrency {concurrency.selected()}; databases {', '.join(_databases(config))}"


def _databases(config: pytest.Config) -> list[str]:
    return [name.strip() for name in config.getoption("--database").split(",") if name.strip()]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by the directory that it lives in."""
    here = pathlib.Path(__file__).parent
    for item in items:
        kind = item.path.relative_to(here).parts[0]
        if kind in KINDS:
            item.add_marker(kind)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses `database_backend` (through `database`, say) once for each database."""
    if "database_backend" in metafunc.fixturenames:
        metafunc.parametrize("database_backend", _databases(metafunc.config), scope="session")


# ---- services --------------------


@pytest.fixture(scope="session")
def service_directory() -> Iterator[pathlib.Path]:
    """A directory for this run's servers, removed at its end.

    Not pytest's own: that is closed to the unprivileged users which the servers run as.
    """
    path = pathlib.Path(tempfile.mkdtemp(prefix="nova-lite-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def rabbitmq(service_directory: pathlib.Path) -> Iterator[servers.RabbitMQ]:
    """The broker of this run. Use `rabbitmq_url` unless the test is about the broker itself."""
    with servers.started(servers.RabbitMQ(service_directory / "rabbitmq")) as server:
        yield server


@pytest.fixture(scope="module")
def rabbitmq_url(rabbitmq: servers.RabbitMQ) -> str:
    """The URL of a virtual host of the module's own."""
    return rabbitmq.new_vhost()


@pytest.fixture(scope="session")
def own_rabbitmq(service_directory: pathlib.Path) -> Iterator[servers.RabbitMQ]:
    """A second broker, for tests that stop or kill it: the others go on using theirs."""
    with servers.started(servers.RabbitMQ(service_directory / "own-rabbitmq")) as server:
        yield server


@pytest.fixture(scope="session")
def database_servers(service_directory: pathlib.Path) -> Iterator[dict[str, servers.DatabaseServer]]:
    """The database servers that this run started so far, by name; see `database_server`."""
    with contextlib.ExitStack() as stack:

        class Started(dict):
            def __missing__(self, name: str) -> servers.DatabaseServer:
                self[name] = stack.enter_context(
                    servers.started(servers.DATABASES[name](service_directory / name))
                )
                return self[name]

        yield Started()


@pytest.fixture(scope="session")
def database_server(database_servers, database_backend: str) -> servers.DatabaseServer:
    """The server of each database that this run covers, one after the other."""
    return database_servers[database_backend]


@pytest.fixture(scope="module")
def database(database_server: servers.DatabaseServer) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database of the module's own; once for each database of this run."""
    url = database_server.create_database()
    yield url
    database_server.drop_database(url)


@pytest.fixture
def fresh_database(database_server: servers.DatabaseServer) -> Iterator[str]:
    """As `database`, but of the test's own."""
    url = database_server.create_database()
    yield url
    database_server.drop_database(url)


# ---- guards and reports --------------------


@pytest.fixture(autouse=True)
def _no_leaked_threads() -> Iterator[None]:
    """Fail the test that leaves a thread behind: an RPC poller or executor that it forgot to stop."""
    before = set(threading.enumerate())
    yield
    left = threads.leaked(before)
    if left:
        pytest.fail(f"{len(left)} thread(s) left behind:\n{threads.describe(left)}", pytrace=False)


@pytest.fixture(autouse=True)
def _no_leaked_processes() -> Iterator[None]:
    """End the services that a test started and left running, and fail it."""
    before = list(processes.Process.running)
    yield
    left = [process for process in processes.Process.running if process not in before]
    for process in left:
        process.kill()
    if left:
        pytest.fail(f"left running: {', '.join(process.name for process in left)}", pytrace=False)


_LOG_START = pytest.StashKey[dict[pathlib.Path, int]]()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember how long each service's log was before the test."""
    item.stash[_LOG_START] = {
        process.log_path: process.log_path.stat().st_size for process in processes.Process.running
    }


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Attach to a failed test what the running services logged during it."""
    report = yield
    if report.failed:
        starts = item.stash.get(_LOG_START, {})
        for process in processes.Process.running:
            text = process.log(starts.get(process.log_path, 0))
            if text:
                report.sections.append((f"log of {process.name}", text))
    return report
