"""The four services together: queues, a nova-compute without a database, crashes, orderly ends."""

import re

import pytest

from tests.support.cloud import Cloud


@pytest.fixture
def cloud(tmp_path, rabbitmq, database_servers):
    """A cloud of the test's own, to stop and kill services of."""
    database = database_servers["sqlite"].create_database()
    cloud = Cloud(tmp_path, rabbitmq.new_vhost(), database)
    cloud.prepare()
    yield cloud
    cloud.kill()
    database_servers["sqlite"].drop_database(database)


@pytest.mark.parametrize("topic", ["conductor", "scheduler", "compute"])
def test_each_service_listens_on_three_durable_queues(live_cloud, rabbitmq, topic):
    queues = rabbitmq.list_queues(live_cloud.transport_url)
    ours = [name for name in queues if re.fullmatch(rf"{topic}(|\.test-host|_fanout_\w+)", name)]
    kinds = sorted(re.sub(r"_fanout_\w+", "_fanout", name) for name in ours)
    assert kinds == [topic, f"{topic}.test-host", f"{topic}_fanout"]
    for name in ours:
        assert queues[name].durable
        assert queues[name].consumers == 1


def test_no_queue_depends_on_the_broker_staying_up(live_cloud, rabbitmq):
    queues = rabbitmq.list_queues(live_cloud.transport_url).values()
    assert [queue.name for queue in queues if not queue.durable] == []


def test_services_end_in_order(cloud):
    cloud.start()
    assert cloud.stop() == dict.fromkeys(("nova-api", "nova-compute", "nova-scheduler", "nova-conductor"), 0)


def test_a_killed_nova_compute_comes_back(cloud):
    cloud.start("nova-conductor", "nova-compute")
    cloud.kill("nova-compute")
    cloud.start("nova-compute")
    assert cloud.services["nova-compute"].alive()


def test_a_second_sync_and_bootstrap_change_nothing(cloud):
    cloud.prepare()
    assert "up to date" in cloud.manage("db", "sync")
