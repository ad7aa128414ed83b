"""Options and keys for tests of the faces."""

import pytest

from tests.support import options
from tests.unit.identity.conftest import repository

__all__ = ["repository"]


@pytest.fixture(autouse=True)
def _options():
    with options.parsed():
        yield
