"""RPC servers and clients over a real broker: they end when they are told to, not when a wait is over."""

import threading

import oslo_messaging as messaging
import pytest

from nova_lite import baserpc, context, objects, rpc
from nova_lite.conf import CONF
from nova_lite.objects import base as objects_base
from tests.support import options

TOPIC = "ended"
LONG = 120  # seconds that an idle connection waits for a message
SOON = 20  # seconds; a busy machine is given time


@pytest.fixture
def patient(rabbitmq_url, monkeypatch):
    """A transport whose idle connections wait for LONG."""
    consume = rpc.DurableConnection.consume
    monkeypatch.setattr(rpc.DurableConnection, "consume", lambda self, timeout=None: consume(self, LONG))
    with options.parsed():
        objects.register_all()
        messaging.TransportURL.parse(CONF)
        CONF.set_override("transport_url", rabbitmq_url)
        rpc.init()
        CONF.set_override("heartbeat_timeout_threshold", 4 * LONG, group="oslo_messaging_rabbit")
        yield
        rpc.cleanup()
        CONF.clear_override("transport_url")
        CONF.clear_override("heartbeat_timeout_threshold", group="oslo_messaging_rabbit")


def finished(*steps) -> bool:
    """Run steps in a thread; return whether they end SOON."""
    thread = threading.Thread(target=lambda: [step() for step in steps], daemon=True)
    thread.start()
    thread.join(SOON)
    return not thread.is_alive()


def test_a_server_and_a_client_end_at_once(patient):
    server = rpc.get_server(
        messaging.Target(topic=TOPIC, server="here"),
        [baserpc.BaseRPCEndpoint(TOPIC)],
        objects_base.NovaObjectSerializer(),
    )
    server.start()
    answer = baserpc.BaseRPCAPI(TOPIC).ping(context.get_admin_context(), "one", timeout=SOON)
    assert answer == {"service": TOPIC, "arg": "one"}
    assert finished(server.stop, server.wait), "the server waits for a message"
    assert finished(rpc.cleanup), "the client's replies are waited for"
