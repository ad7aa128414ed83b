"""What every service's manager is: RPC endpoints, periodic tasks, and hooks around the life of the service."""

import oslo_messaging as messaging
from oslo_service import periodic_task

from nova_lite.conf import CONF


class Manager(periodic_task.PeriodicTasks):
    """Base of managers. `host` is the service's name; `target` (class attribute) its RPC version.

    The order of a start is Nova's: `init_host`, `pre_start_hook`, RPC server, `post_start_hook`, periodic tasks.
    """

    target: messaging.Target

    def __init__(self, host: str | None = None):
        super().__init__(CONF)
        self.host = host or CONF.host

    def endpoints(self) -> list:
        """Return the objects whose methods this service offers."""
        return [self]

    def init_host(self, service_ref) -> None:
        """Prepare before anything can arrive; `service_ref` is this service's objects.Service."""

    def pre_start_hook(self, service_ref) -> None:
        """Work before the RPC server starts."""

    def post_start_hook(self) -> None:
        """Work after the RPC server has started."""

    def drain(self, timeout: float) -> None:
        """Wait until running work is done, `timeout` seconds at most; nothing new arrives any more."""

    def cleanup_host(self) -> None:
        """Let go of everything."""

    def reset(self) -> None:
        """The configuration was read again (SIGHUP)."""
