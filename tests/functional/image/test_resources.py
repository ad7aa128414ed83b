"""What each route of the image API promises, as YAML: resources/NOUN.yaml, each with an empty database."""

import pathlib
import re

import pytest
import yaml

from nova_lite.api.image.app import ImageFace
from tests.support import gabbits, images, tables

DIRECTORY = pathlib.Path(__file__).parent / "resources"


@pytest.fixture(scope="module")
def suites(image_url):
    with pytest.MonkeyPatch.context() as patch:
        for name, token in images.TOKENS.items():
            patch.setenv(name, token)
        yield gabbits.Suites(DIRECTORY, image_url)


@pytest.fixture(scope="module")
def begun():
    return set()


@pytest.mark.parametrize(("file", "name"), gabbits.names(DIRECTORY))
def test_resource(suites, begun, file, name):
    if file not in begun:
        tables.empty()
        begun.add(file)
    suites.run(file, name)


def test_every_route_has_a_request():
    asked = set()
    for path in DIRECTORY.glob("*.yaml"):
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            asked |= {
                (method, test[method].partition("?")[0]) for method in ImageFace.METHODS if method in test
            }
    missing = []
    for operation in ImageFace().operations:
        pattern = re.compile("/v2" + re.sub(r"{[^/]+}", "[^/]+", operation.path))
        if not any(method == operation.method and pattern.fullmatch(path) for method, path in asked):
            missing.append(f"{operation.method} {operation.path}")
    assert not missing
