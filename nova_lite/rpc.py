"""Messages: one transport a process, clients and servers over it, contexts and objects inside.

Queues. Every queue that outlives its connection is durable. oslo.messaging makes reply and fanout queues
transient and non-exclusive unless they are quorum queues; RabbitMQ deprecates that kind in 4.0 and refuses it
in 4.3. `DurableConnection` declares them durable with the same expiry instead. For a cluster, set
`[oslo_messaging_rabbit] rabbit_quorum_queue` and `rabbit_transient_quorum_queue` (docs/operations.md):
then oslo.messaging's own declarations are used.
"""

import os
import selectors

import oslo_messaging as messaging
from oslo_config import cfg
from oslo_log import log as logging
from oslo_messaging._drivers import amqp as amqp_options
from oslo_messaging._drivers import common as driver_common
from oslo_messaging._drivers import impl_rabbit
from oslo_messaging.rpc import dispatcher

from nova_lite import context as nova_context
from nova_lite import exception
from nova_lite.conf import CONF

LOG = logging.getLogger(__name__)

#: Modules whose exceptions are rebuilt at the caller.
ALLOWED_EXMODS = ["nova_lite.exception"]

TRANSPORT: messaging.Transport | None = None
#: Tries more to send a message when the broker is away; None: for ever. nova-api sets a small number, so that
#: a request is answered 503 instead of hanging.
SEND_RETRIES: int | None = None

messaging.set_transport_defaults("nova")


class DurableConnection(impl_rabbit.Connection):
    """A RabbitMQ connection whose reply and fanout queues are durable classic queues with an expiry.

    And one whose `stop_consuming` is heard at once. oslo.messaging's own is heard when the wait for a message is
    over, which an idle connection does in ever longer pieces: a service took 2 to 4 s to stop, and a wait that is
    as long as the heartbeat interval allows takes more.
    """

    def __init__(self, conf, url, purpose, **arguments):
        self._wake = None
        listens = purpose == driver_common.PURPOSE_LISTEN
        if listens and SEND_RETRIES is not None:
            # The first call of nova-api makes the connection for replies: oslo.messaging would try for ever, and
            # all other calls would wait for that one.
            arguments["retry"] = SEND_RETRIES
        super().__init__(conf, url, purpose, **arguments)
        if listens:
            self.max_retries = None  # a connection that was there once is to come back, however long it takes
            self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
            self._drain_events = self.connection.drain_events
            self.connection.drain_events = self._drain_or_wake

    def _drain_or_wake(self, timeout=None):
        """Wait for a message or for `stop_consuming`; the latter looks like a wait that is over."""
        assert self._wake is not None
        broker = self.connection.connection.transport.sock
        is_open = broker is not None and broker.fileno() >= 0  # else the library says what is wrong with it
        if is_open and not getattr(broker, "pending", int)():  # TLS may have read more than it gave
            with selectors.DefaultSelector() as selector:
                selector.register(broker, selectors.EVENT_READ)
                selector.register(self._wake, selectors.EVENT_READ)
                if broker not in [key.fileobj for key, _ in selector.select(timeout)]:
                    raise TimeoutError
        return self._drain_events(timeout=timeout)

    def stop_consuming(self):
        """End the wait for messages; what has arrived is still handled."""
        super().stop_consuming()
        if self._wake is not None:
            os.eventfd_write(self._wake, 1)

    def close(self):
        """Close the connection."""
        super().close()
        if self._wake is not None:
            os.close(self._wake)
            self._wake = None

    def _consumer(self, **arguments):
        return impl_rabbit.Consumer(
            durable=True,
            queue_auto_delete=False,
            rabbit_ha_queues=self.rabbit_ha_queues,
            rabbit_queue_ttl=self.rabbit_transient_queues_ttl,
            enable_cancel_on_failover=self.enable_cancel_on_failover,
            **arguments,
        )

    def declare_direct_consumer(self, topic, callback):
        """Declare a reply queue."""
        if self.rabbit_transient_quorum_queue:
            super().declare_direct_consumer(topic, callback)
            return
        self.declare_consumer(
            self._consumer(
                exchange_name="", queue_name=topic, routing_key="", type="direct", exchange_auto_delete=False,
                callback=callback,
            )
        )  # fmt: skip

    def declare_fanout_consumer(self, topic, callback):
        """Declare a fanout queue of this process."""
        if self.rabbit_transient_quorum_queue or self.rabbit_stream_fanout:
            super().declare_fanout_consumer(topic, callback)
            return
        unique = self._q_manager.get() if self._q_manager else impl_rabbit.uuid.uuid4().hex
        self.declare_consumer(
            self._consumer(
                exchange_name=f"{topic}_fanout", queue_name=f"{topic}_fanout_{unique}", routing_key=topic,
                type="fanout", exchange_auto_delete=True, callback=callback,
            )
        )  # fmt: skip

    def fanout_send(self, topic, msg, retry=None):
        """Send to the fanout exchange, which is declared as its consumers declare it."""
        if self.rabbit_transient_quorum_queue or self.rabbit_stream_fanout:
            super().fanout_send(topic, msg, retry=retry)
            return
        exchange = impl_rabbit.kombu.entity.Exchange(
            name=f"{topic}_fanout", type="fanout", durable=True, auto_delete=True
        )
        self._ensure_publishing(self._publish, exchange, msg, retry=retry)


def _set_defaults() -> None:
    """Register RabbitMQ's options early, so that our defaults stand below the operator's own values."""
    group = cfg.OptGroup("oslo_messaging_rabbit")
    CONF.register_group(group)
    CONF.register_opts(amqp_options.amqp_opts, group=group)
    CONF.register_opts(impl_rabbit.rabbit_opts, group=group)
    CONF.set_default("amqp_durable_queues", True, group="oslo_messaging_rabbit")
    impl_rabbit.Connection = DurableConnection


_set_defaults()


def init() -> None:
    """Make the transport; call it after the configuration is parsed and after any fork.

    Raises:
        ConfigurationError: `transport_url` is not a URL of a known driver.
    """
    global TRANSPORT  # noqa: PLW0603 - one transport a process
    if TRANSPORT is not None:
        return
    try:
        TRANSPORT = messaging.get_rpc_transport(CONF, allowed_remote_exmods=ALLOWED_EXMODS)
    except (messaging.DriverLoadFailure, messaging.InvalidTransportURL) as error:
        # The URL may hold a password: name the option, not the value.
        raise exception.ConfigurationError(
            reason="transport_url cannot be used; it should look like rabbit://USER:PASSWORD@HOST:5672/VHOST"
            f" ({type(error).__name__})"
        ) from None


def cleanup() -> None:
    """Close the transport."""
    global TRANSPORT  # noqa: PLW0603
    if TRANSPORT is not None:
        TRANSPORT.cleanup()
        TRANSPORT = None


class RequestContextSerializer(messaging.Serializer):
    """Writes contexts beside the objects that another serializer writes."""

    def __init__(self, base: messaging.Serializer):
        self._base = base

    def serialize_entity(self, context, entity):
        """Write an entity."""
        return self._base.serialize_entity(context, entity)

    def deserialize_entity(self, context, entity):
        """Read an entity."""
        return self._base.deserialize_entity(context, entity)

    def serialize_context(self, context):
        """Write a context."""
        return context.to_dict()

    def deserialize_context(self, context):
        """Read a context."""
        return nova_context.RequestContext.from_dict(context)


class Client:
    """An RPC client: `call` and `cast` with versions that fall back to what the receiver understands."""

    def __init__(self, target: messaging.Target, serializer=None, version_cap: str | None = None):
        init()
        self._client = messaging.get_rpc_client(
            TRANSPORT,
            target,
            version_cap=version_cap,
            serializer=RequestContextSerializer(serializer or messaging.NoOpSerializer()),
            retry=SEND_RETRIES,
        )

    def can_send_version(self, version: str) -> bool:
        """Return whether the pin of this interface allows a version."""
        return self._client.can_send_version(version)

    def cast(self, context, method: str, *, server=None, fanout=None, version=None, **arguments) -> None:
        """Send a message and do not wait.

        Raises:
            MessagingUnavailable: the broker cannot be reached within the allowed tries.
        """
        prepared = self._client.prepare(
            **_present(server=server, fanout=fanout, version=version),
        )
        self._guarded(prepared.cast, context, method, arguments)

    def call(self, context, method: str, *, server=None, version=None, long=False, timeout=None, **arguments):
        """Send a message and return the answer.

        `long`: the work may take `long_rpc_timeout` seconds, as long as the other side sends a heartbeat every
        half `rpc_response_timeout`.

        Raises:
            MessagingUnavailable: the broker cannot be reached within the allowed tries.
            oslo_messaging.MessagingTimeout: no answer in time.
            NovaException: what the other side raised.
        """
        options = _present(server=server, version=version, timeout=timeout)
        if long:
            options |= {"timeout": CONF.long_rpc_timeout, "call_monitor_timeout": CONF.rpc_response_timeout}
        return self._guarded(self._client.prepare(**options).call, context, method, arguments)

    @staticmethod
    def _guarded(send, context, method, arguments):
        try:
            return send(context, method, **arguments)
        except (messaging.MessageDeliveryFailure, impl_rabbit.kombu.exceptions.OperationalError) as error:
            LOG.error("Message %s could not be sent: %s", method, error)
            raise exception.MessagingUnavailable from error


def _present(**values):
    return {key: value for key, value in values.items() if value is not None}


def get_server(target: messaging.Target, endpoints: list, serializer=None) -> messaging.MessageHandlingServer:
    """Return an RPC server for a topic and host, not yet started."""
    init()
    return messaging.get_rpc_server(
        TRANSPORT,
        target,
        endpoints,
        serializer=RequestContextSerializer(serializer or messaging.NoOpSerializer()),
        access_policy=dispatcher.DefaultRPCAccessPolicy,
    )


#: Decorator: these exceptions are answers, not faults of the server (no traceback in its log).
expected_exceptions = messaging.expected_exceptions
