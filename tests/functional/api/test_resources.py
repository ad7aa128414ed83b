"""What each route of the compute API promises, as YAML: resources/NOUN.yaml, each with a new database.

`ADMIN`, `MEMBER`, `READER` and `OTHER` in a file's headers are the tokens of an administrator, of a member and
a reader of project `demo`, and of a member of another project. `resources/NOUN.py`, where there is one, has a
function `seed()` that writes rows which no request can make (services, hypervisors).
"""

import contextlib
import importlib.util
import pathlib

import pytest

from tests.support import face, gabbits, servers

DIRECTORY = pathlib.Path(__file__).parent / "resources"

TOKENS = {
    "ADMIN": "admin:root:operators",
    "MEMBER": "member:alice:demo",
    "READER": "reader:bob:demo",
    "OTHER": "member:eve:elsewhere",
}


@pytest.fixture(scope="module")
def url():
    """The compute API."""
    with face.served(face.compute_application()) as url:
        yield url


class Databases:
    """The database of the file whose requests run now."""

    def __init__(self, server: servers.DatabaseServer) -> None:
        self.server = server
        self.file: str | None = None
        self._stack = contextlib.ExitStack()

    def use(self, file: str) -> None:
        """Begin with an empty database and the rows of the file's `seed()`, unless it is in use already."""
        if file != self.file:
            self.close()
            url = self.server.create_database()
            self._stack.callback(self.server.drop_database, url)
            self._stack.enter_context(face.database(url))
            self.file = file
            path = DIRECTORY / f"{file}.py"
            if path.exists():
                spec = importlib.util.spec_from_file_location(f"seed_{file}", path)
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                module.seed()

    def close(self) -> None:
        """Let go of the database."""
        self._stack.close()
        self.file = None


@pytest.fixture(scope="module")
def databases(database_server):
    """One database a file, on each database server of this run."""
    made = Databases(database_server)
    yield made
    made.close()


@pytest.fixture(scope="module")
def suites(databases, url):
    """The YAML files, to be run against the API; anew with each database server."""
    with pytest.MonkeyPatch.context() as patch:
        for name, token in TOKENS.items():
            patch.setenv(name, token)
        yield gabbits.Suites(DIRECTORY, f"{url}/v2.1")


@pytest.mark.parametrize(("file", "name"), gabbits.names(DIRECTORY))
def test_resource(databases, suites, file, name):
    databases.use(file)
    suites.run(file, name)
