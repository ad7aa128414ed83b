"""What every service answers: `ping` (namespace baseapi, 1.1)."""

import oslo_messaging as messaging

from nova_lite import rpc
from nova_lite.conf import CONF

NAMESPACE = "baseapi"


class BaseRPCAPI:
    """The client: `ping` a topic, or one server of it."""

    def __init__(self, topic: str):
        target = messaging.Target(topic=topic, namespace=NAMESPACE, version="1.0")
        self._client = rpc.Client(target, version_cap=CONF.upgrade_levels.baseapi)

    def ping(self, context, arg, timeout: float | None = None, server: str | None = None):
        """Return `{"service": topic, "arg": arg}` from a live service."""
        return self._client.call(context, "ping", server=server, timeout=timeout, arg=arg)


class BaseRPCEndpoint:
    """The server side."""

    target = messaging.Target(namespace=NAMESPACE, version="1.1")

    def __init__(self, topic: str):
        self._topic = topic

    def ping(self, context, arg):
        """Answer."""
        return {"service": self._topic, "arg": arg}
