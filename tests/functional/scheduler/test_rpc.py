"""nova-scheduler behind RabbitMQ: objects and errors cross the wire, a scheduler that died is noticed."""

import uuid as uuid_module

import oslo_messaging as messaging
import pytest

from nova_lite import context, exception, objects, rpc
from nova_lite.conf import CONF
from nova_lite.db import allocations
from nova_lite.objects import base as objects_base
from nova_lite.objects.selection import Selection
from nova_lite.scheduler.manager import SchedulerManager
from nova_lite.scheduler.rpcapi import TOPIC, SchedulerAPI
from tests.support import specs, tables


@pytest.fixture
def broker(rabbitmq_url):
    """Point this process at the broker."""
    objects.register_all()
    messaging.TransportURL.parse(CONF)  # registers the option
    CONF.set_override("transport_url", rabbitmq_url)
    SchedulerAPI()  # registers the options of clients
    yield
    rpc.cleanup()
    CONF.clear_override("transport_url")


@pytest.fixture
def scheduler(db, broker):
    """A running scheduler."""
    server = rpc.get_server(
        messaging.Target(topic=TOPIC, server="here"),
        [SchedulerManager("here")],
        objects_base.NovaObjectSerializer(),
    )
    server.start()
    yield
    server.stop()
    server.wait()


def select(spec, **kwargs):
    who = context.RequestContext("user", "project")
    return SchedulerAPI().select_destinations(who, spec, [str(uuid_module.uuid4())], **kwargs)


def test_selections_come_back_as_objects(scheduler):
    for name in "ab":
        tables.add_host(name)
    ((first, alternate),) = select(specs.make(group={"policy": "soft-affinity"}))
    assert isinstance(first, Selection)
    assert {first.service_host, alternate.service_host} == {"a", "b"}
    assert allocations.drifted() == []
    (plain,) = select(specs.make(), return_objects=False, return_alternates=False)
    assert set(plain) == {"host", "nodename", "limits"}


def test_no_valid_host_crosses_the_wire_with_its_reason_and_without_a_traceback_in_the_log(scheduler, caplog):
    tables.add_host("small", memory_mb=256)
    with pytest.raises(
        exception.NoValidHost, match=r"^No valid host was found\. .* 1 host: 1 without enough free memory"
    ):
        select(specs.make())
    assert "Traceback" not in caplog.text


def test_a_pin_that_is_too_old_says_so(scheduler):
    tables.add_host("a")
    CONF.set_override("scheduler", "4.4", group="upgrade_levels")
    try:
        with pytest.raises(exception.ConfigurationError, match=r"\[upgrade_levels\] scheduler is 4\.4"):
            select(specs.make())
        assert len(select(specs.make(), return_objects=False, return_alternates=False)) == 1
    finally:
        CONF.clear_override("scheduler", group="upgrade_levels")


def test_no_scheduler_is_noticed_after_the_response_timeout_not_the_long_one(broker):
    CONF.set_override("rpc_response_timeout", 1)
    try:
        with pytest.raises(messaging.MessagingTimeout):
            select(specs.make())
    finally:
        CONF.clear_override("rpc_response_timeout")
