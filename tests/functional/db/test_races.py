"""The same change by many at once: one row, no error that nobody expected."""

import concurrent.futures

import pytest

from nova_lite import exception
from nova_lite.db import aggregates, flavors
from tests.support import face, tables

CALLERS = 12


@pytest.fixture(autouse=True)
def each_database(database):
    with face.database(database):
        tables.empty()
        yield


def _at_once(function, *arguments):
    def call(number):
        try:
            return function(*arguments, number)
        except exception.NovaException as error:
            return error

    with concurrent.futures.ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(call, range(CALLERS)))


def test_metadata_of_an_aggregate():
    key = aggregates.create("racks")["id"]
    found = _at_once(lambda number: aggregates.set_metadata(key, {"ssd": str(number)}))
    assert set(found) == {None}
    assert int(aggregates.get(key)["metadata"]["ssd"]) in range(CALLERS)


def test_extra_specs_of_a_flavor():
    flavors.create({"name": "f", "flavorid": "f", "memory_mb": 1, "vcpus": 1})
    found = _at_once(lambda number: flavors.set_extra_specs("f", {"a": str(number), "b": str(number)}))
    assert set(found) == {None}
    specs = flavors.get_by_flavor_id("f")["extra_specs"]
    assert specs["a"] == specs["b"]


def test_names_are_taken_once():
    values = {"memory_mb": 1, "vcpus": 1}
    found = _at_once(lambda number: flavors.create(values | {"name": "same", "flavorid": str(number)}))
    assert sum(isinstance(each, exception.FlavorExists) for each in found) == CALLERS - 1
    found = _at_once(lambda number: aggregates.create("same", {"n": str(number)}))
    assert sum(isinstance(each, exception.AggregateNameExists) for each in found) == CALLERS - 1
