"""Declarative HTTP tests of a cloud: gabbits/NOUN.yaml, paths from the root of the compute face."""

import pathlib
from urllib.parse import urlsplit

import pytest

from tests.support import gabbits

DIRECTORY = pathlib.Path(__file__).parent / "gabbits"


@pytest.fixture(scope="module")
def suites(live_cloud):
    """The YAML files, to be run against the cloud; `ADMIN` and `MEMBER` are tokens."""
    parts = urlsplit(live_cloud.urls["osapi_compute"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADMIN", live_cloud.admin.token)
        patch.setenv("MEMBER", live_cloud.new_user().token)
        yield gabbits.Suites(DIRECTORY, f"{parts.scheme}://{parts.netloc}")


@pytest.mark.parametrize(("file", "name"), gabbits.names(DIRECTORY))
def test_gabbit(suites, file, name):
    suites.run(file, name)
