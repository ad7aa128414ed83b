"""What functional tests share: a whole cloud on the fake hypervisor."""

import itertools
import pathlib
from collections.abc import Iterator

import pytest

from tests.support import servers
from tests.support.cloud import Cloud

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def live_cloud(
    service_directory: pathlib.Path, rabbitmq: servers.RabbitMQ, database_server: servers.DatabaseServer
) -> Iterator[Cloud]:
    """A cloud that many tests share; once for each database that this run covers.

    A test that stops services, or needs other options, makes a Cloud of its own.
    """
    directory = service_directory / f"cloud-{next(_numbers)}"
    directory.mkdir()
    database = database_server.create_database()
    cloud = Cloud(directory, rabbitmq.new_vhost(), database)
    try:
        cloud.prepare()
        cloud.start()
        yield cloud
        assert set(cloud.stop().values()) == {0}, "a service did not end in order"
    finally:
        cloud.kill()
        database_server.drop_database(database)
