"""What tests of the image service share: tables, a store, the API on a port."""

import uuid

import pytest

from tests.support import face, images, tables
from tests.support.http import Client


@pytest.fixture(scope="module")
def image_store(database, tmp_path_factory):
    """The store's directory; the tables are in each of the databases in turn."""
    with images.store(tmp_path_factory.mktemp("store")) as path, tables.made(database):
        yield path


@pytest.fixture(scope="module")
def image_url(image_store):
    """The image API, without a version."""
    with face.served(images.application()) as url:
        yield url


@pytest.fixture(scope="module")
def clients(image_url):
    """Role (as in `images.TOKENS`) → client below /v2."""
    return {name: Client(f"{image_url}/v2", token=token) for name, token in images.TOKENS.items()}


@pytest.fixture(scope="module")
def member(clients):
    """A member of project demo."""
    return clients["MEMBER"]


@pytest.fixture
def queued(member):
    """A queued raw image of project demo."""
    meta = {"name": str(uuid.uuid4()), "disk_format": "raw", "container_format": "bare"}
    return member.post("images", meta).json()
