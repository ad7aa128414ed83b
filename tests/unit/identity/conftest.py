"""Keys of the test's own."""

import pathlib
from collections.abc import Iterator

import pytest

from nova_lite.conf import CONF
from nova_lite.identity import keys, tokens


@pytest.fixture
def repository(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A key repository with a staged and a primary key, in use."""
    directory = tmp_path / "fernet-keys"
    keys.setup(directory)
    CONF.set_override("key_repository", str(directory), group="identity")
    tokens.reset()
    yield directory
    CONF.clear_override("key_repository", group="identity")
    tokens.reset()
