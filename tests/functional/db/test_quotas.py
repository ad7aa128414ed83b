"""Quotas: whose limit counts, what is used, and that nobody gets past a limit at the same time as others."""

import threading
import uuid as uuid_module

import pytest
import sqlalchemy as sa

from nova_lite import exception
from nova_lite.compute import quotas
from nova_lite.conf import CONF
from nova_lite.context import RequestContext
from nova_lite.db import api, instance_groups, keypairs
from nova_lite.db.models import Instance
from tests.support import tables

CONTEXT = RequestContext("alice", "demo")


@pytest.fixture(scope="module", autouse=True)
def schema(database):
    with tables.made(database):
        yield


@pytest.fixture(autouse=True)
def rows(schema):
    tables.empty()


@pytest.fixture
def config():
    yield CONF
    for name in ("instances", "driver"):
        CONF.clear_override(name, group="quota")


def limits(user=None):
    with api.engine().connect() as conn:
        return quotas.limits(conn, "demo", user)


def check(**deltas):
    with api.engine().begin() as conn:
        quotas.check(conn, CONTEXT, "demo", **deltas)


def check_instances(**arguments):
    with api.engine().begin() as conn:
        return quotas.check_instances(conn, CONTEXT, **arguments)


def test_limits_come_from_project_then_class_then_configuration(config):
    config.set_override("instances", 77, group="quota")
    assert limits()["instances"] == 77
    tables.add_quota_class("default", instances=8, ram=9)
    assert limits()["instances"] == 8
    tables.add_quota("demo", instances=6)
    tables.add_quota("demo", "alice", instances=4)
    assert limits()["instances"] == 6
    assert limits("alice")["instances"] == 4
    assert limits("bob") == limits() | {"ram": 9}


def test_no_limits(config):
    config.set_override("driver", "noop", group="quota")
    tables.add_quota("demo", instances=0)
    assert set(limits().values()) == {-1}
    assert check_instances(vcpus=1000, memory_mb=1, min_count=500, max_count=1000) == 1000


@pytest.mark.parametrize(
    ("deltas", "text"),
    [
        (
            {"instances": 9},
            "Quota exceeded for instances: Requested 9, but already used 2 of 10 instances",
        ),
        (
            {"cores": 20, "ram": 60000, "instances": 1},
            "Quota exceeded for cores, ram: Requested 20, 60000, but already used 2, 128 of 20, 51200 cores, ram",
        ),
    ],
)
def test_what_does_not_fit(deltas, text):
    for _ in range(2):
        tables.add_instance(project_id="demo", user_id="alice", vcpus=1, memory_mb=64)
    with pytest.raises(exception.TooManyInstances) as caught:
        check(**deltas)
    assert caught.value.format_message() == text
    assert caught.value.code == 403


def test_a_users_own_limit():
    tables.add_quota("demo", "alice", instances=1)
    tables.add_instance(project_id="demo", user_id="bob", vcpus=1, memory_mb=64)
    check(instances=1)
    tables.add_instance(project_id="demo", user_id="alice", vcpus=1, memory_mb=64)
    with pytest.raises(exception.TooManyInstances, match="already used 1 of 1 instances"):
        check(instances=1)


def test_giving_back_is_allowed_above_a_limit():
    tables.add_quota("demo", cores=1)
    tables.add_instance(project_id="demo", user_id="alice", vcpus=4, memory_mb=64)
    check(cores=-2, ram=1)


def test_as_many_as_fit():
    assert check_instances(vcpus=3, memory_mb=64, min_count=1, max_count=100) == 6  # 20 cores
    with pytest.raises(exception.TooManyInstances, match="for cores: Requested 24, but already used 0 of 20"):
        check_instances(vcpus=3, memory_mb=64, min_count=7, max_count=8)
    with pytest.raises(exception.TooManyInstances, match="for instances: Requested 11-12, but"):
        check_instances(vcpus=1, memory_mb=64, min_count=11, max_count=12)


def test_key_pairs_are_a_users():
    tables.add_quota("demo", "alice", key_pairs=1)
    check(key_pairs=1)
    keypairs.create({"user_id": "alice", "name": "a", "type": "ssh", "public_key": "x", "fingerprint": "y"})
    with pytest.raises(exception.KeypairLimitExceeded, match="Quota exceeded, too many key pairs"):
        check(key_pairs=1)


def test_server_groups_and_their_members():
    tables.add_quota("demo", server_groups=1, server_group_members=2)
    check(server_groups=1)
    server = tables.add_instance(project_id="demo", user_id="alice")
    group = tables.add_group("affinity", server, project_id="demo")
    assert instance_groups.get(group)["members"] == [server]
    with pytest.raises(exception.ServerGroupsLimitExceeded):
        check(server_groups=1)
    check(server_group_members=1, group_uuid=group)
    with pytest.raises(exception.ServerGroupLimitExceeded):
        check(server_group_members=2, group_uuid=group)


def test_unknown_resources():
    with pytest.raises(exception.QuotaResourceUnknown, match="bananas"):
        check(bananas=1)


def test_limits_of_one_server():
    with api.engine().connect() as conn:
        quotas.check_limit(conn, "demo", "metadata_items", 128)
        with pytest.raises(exception.MetadataLimitExceeded, match="exceeds 128"):
            quotas.check_limit(conn, "demo", "metadata_items", 129)


def test_the_limit_holds_when_many_ask_at_once():
    """Twenty callers, ten places: exactly ten get one, the others are told why not."""

    @api.writer
    def boot(conn):
        quotas.check_instances(conn, CONTEXT, vcpus=1, memory_mb=64)
        values = {"uuid": str(uuid_module.uuid4()), "project_id": "demo", "user_id": "alice"}
        conn.execute(
            sa.insert(Instance).values(values | {"vcpus": 1, "memory_mb": 64, "vm_state": "building"})
        )

    results = []
    start = threading.Barrier(20)

    def call():
        start.wait(30)
        try:
            boot()
        except exception.NovaException as error:
            results.append(error)
        else:
            results.append(None)

    callers = [threading.Thread(target=call) for _ in range(20)]
    for each in callers:
        each.start()
    for each in callers:
        each.join(120)
    assert results.count(None) == 10
    assert {type(result) for result in results} == {type(None), exception.TooManyInstances}
    with api.engine().connect() as conn:
        assert quotas.usages(conn, "demo")["instances"] == 10
