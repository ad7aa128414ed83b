"""The figures of a run: printed as one table at its end, and written to build/bench.json."""

import json
import pathlib
from collections.abc import Iterator

import pytest

from tests.support import booting, measure
from tests.support.cloud import Cloud
from tests.support.figures import Figures

OUTPUT = pathlib.Path(__file__).parents[2] / "build" / "bench.json"
_FIGURES = pytest.StashKey[Figures]()

#: As a cloud is run, but for limits that a load would hit.
OPTIONS = {"DEFAULT": {"debug": False}, "quota": dict.fromkeys(("instances", "cores", "ram"), -1)}


def pytest_configure(config: pytest.Config) -> None:
    """Make the place of the figures."""
    config.stash[_FIGURES] = Figures()


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """Print the table."""
    figures = config.stash[_FIGURES]
    if figures.all or figures.notes:
        figures.write(OUTPUT)
        terminalreporter.section("figures")
        terminalreporter.write_line(figures.table())
        terminalreporter.write_line(f"Also in {OUTPUT}")


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest) -> Figures:
    """Where a measurement puts its numbers."""
    return request.config.stash[_FIGURES]


class Bench:
    """A cloud of one module, with what boots need."""

    def __init__(self, cloud: Cloud, pids: dict[str, int]) -> None:
        self.cloud = cloud
        self.pids = pids
        self.user = cloud.admin
        self.watch = measure.Watch(cloud.database_url)
        flavor, image = booting.make_flavor(cloud, "m1.nano"), booting.make_image(cloud)
        self.body = {"server": {"name": "bench", "flavorRef": flavor, "imageRef": image, "networks": "none"}}

    def boot(self, caller) -> str:
        """Ask for a server; return its id."""
        status, body = caller.request("POST", "/servers", self.body)
        assert status == 202, body
        return json.loads(body)["server"]["id"]


@pytest.fixture(scope="module")
def make_bench(service_directory, rabbitmq, database_servers, tmp_path_factory) -> Iterator:
    """Return a function that starts a cloud with options, by default on SQLite; all end with the module."""
    clouds = []

    def make(options=OPTIONS, database="sqlite") -> Bench:
        url = database_servers[database].create_database()
        cloud = Cloud(tmp_path_factory.mktemp("bench"), rabbitmq.new_vhost(), url, options)
        clouds.append(cloud)
        cloud.prepare()
        cloud.start()
        return Bench(cloud, measure.processes(cloud, rabbitmq))

    yield make
    for cloud in clouds:
        cloud.kill()
