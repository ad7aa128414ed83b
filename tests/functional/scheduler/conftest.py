"""Databases for the scheduler's tests."""

from collections.abc import Iterator

import pytest

from tests.support import tables


@pytest.fixture(scope="module")
def _tables(database: str) -> Iterator[None]:
    with tables.made(database):
        yield


@pytest.fixture
def db(_tables) -> None:
    """Empty tables; once for each database that this run covers."""
    tables.empty()
