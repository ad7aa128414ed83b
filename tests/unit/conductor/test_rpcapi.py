"""Pins: a sender never sends more than the oldest receiver understands."""

import oslo_messaging as messaging
import pytest

from nova_lite import context, rpc
from nova_lite.compute import rpcapi as compute_rpcapi
from nova_lite.conductor import rpcapi
from nova_lite.conf import CONF
from tests.support import options


@pytest.fixture
def transport():
    with options.parsed():
        messaging.TransportURL.parse(CONF)  # registers the option
        CONF.set_override("transport_url", "fake://")
        rpc.init()
        yield
        rpc.cleanup()
        CONF.clear_override("transport_url")


@pytest.fixture
def sent(monkeypatch):
    """What would be sent: (method, version, names of arguments)."""
    calls = []

    def cast(self, context, method, *, version=None, server=None, fanout=None, **arguments):
        calls.append((method, version, set(arguments)))

    monkeypatch.setattr(rpc.Client, "cast", cast)
    return calls


@pytest.mark.parametrize(
    ("pin", "version", "has_disks"), [(None, "1.17", True), ("1.26", "1.17", True), ("1.16", "1.16", False)]
)
def test_new_servers_are_sent_as_the_pin_allows(transport, sent, pin, version, has_disks):
    CONF.set_override("conductor", pin, group="upgrade_levels")
    try:
        client = rpcapi.ComputeTaskAPI()
        client.schedule_and_build_instances(context.get_admin_context(), [], None, None, [], None, [])
    finally:
        CONF.clear_override("conductor", group="upgrade_levels")
    ((method, used, arguments),) = sent
    assert (method, used) == ("schedule_and_build_instances", version)
    assert ("block_device_mappings" in arguments) is has_disks


def test_above_the_pin_nothing_is_sent(transport):
    target = messaging.Target(topic="t", version="1.0")
    client = rpc.Client(target, version_cap="1.2")
    with pytest.raises(messaging.RPCVersionCapError):
        client.cast(context.get_admin_context(), "anything", version="1.3")


def test_an_unreachable_broker_is_503(transport, monkeypatch):
    client = rpc.Client(messaging.Target(topic="t", version="1.0"))

    def fail(*_args, **_kwargs):
        raise messaging.MessageDeliveryFailure("no broker")

    monkeypatch.setattr(type(client._client.prepare()), "cast", fail)
    with pytest.raises(Exception, match="broker cannot be reached") as refused:
        client.cast(context.get_admin_context(), "anything")
    assert refused.value.code == 503


def test_the_newest_compute_version_is_known_for_every_service_version():
    assert compute_rpcapi.NEWEST in compute_rpcapi._VERSION_OF_SERVICE.values()
