"""Requests a second and their latency: the version document, flavors, details of 1,000 servers."""

import statistics
import uuid

import pytest
import sqlalchemy as sa

from nova_lite.db import models
from tests.support import load, measure

SERVERS = 1000
#: What → (path, requests, aim of the median in ms).
REQUESTS = {
    "GET /v2.1/": ("/", 300, None),
    "GET /flavors": ("/flavors", 300, None),
    "GET /servers/detail?limit=10": ("/servers/detail?limit=10", 200, None),
    f"GET /servers/detail, {SERVERS:,} servers": ("/servers/detail", 10, ("<=", 150)),
}


@pytest.fixture(scope="module")
def bench(make_bench):
    """A cloud with SERVERS servers, of which one was booted and the others are copies of its rows."""
    made = make_bench()
    with load.Caller(made.user) as caller:
        made.boot(caller)
    made.watch.idle()
    engine = sa.create_engine(made.cloud.database_url)
    tables = {
        models.Instance: "uuid",
        models.BlockDeviceMapping: "instance_uuid",
        models.RequestSpec: "instance_uuid",
    }
    uuids = [str(uuid.uuid4()) for _ in range(SERVERS - 1)]
    with engine.begin() as connection:
        for model, key in tables.items():
            table = model.__table__
            row = dict(connection.execute(sa.select(table)).mappings().one())
            del row["id"]
            own = {"uuid": None} if "uuid" in row and key != "uuid" else {}
            connection.execute(
                sa.insert(table),
                [row | {name: str(uuid.uuid4()) for name in own} | {key: each} for each in uuids],
            )
        connection.execute(
            sa.insert(models.Tag), [{"resource_id": each, "tag": tag} for each in uuids for tag in ("a", "b")]
        )
        connection.execute(
            sa.insert(models.InstanceMetadata),
            [{"instance_uuid": each, "key": "role", "value": "web"} for each in uuids],
        )
    engine.dispose()
    return made


@pytest.mark.parametrize("what", REQUESTS)
@pytest.mark.parametrize("callers", [1, 10])
def test_requests(bench, figures, what, callers):
    path, count, aim = REQUESTS[what]

    def get(caller):
        status, body = caller.request("GET", path)
        assert status == 200, body

    load.run(bench.user, callers, callers, get)
    with measure.Meter({"nova-api": bench.pids["nova-api"]}) as meter:
        times = load.run(bench.user, callers, count, get)
    section = f"HTTP, {callers} caller{'s' if callers > 1 else ''}"
    figures.add(section, f"{what}: a second", count / meter.wall, "/s")
    figures.add(
        section, f"{what}: median", 1000 * statistics.median(times), "ms", aim if callers == 1 else None
    )
    figures.add(section, f"{what}: CPU", 1000 * meter.total / count, "ms")
