"""nova-api: serves the HTTP faces named in `enabled_apis`."""

from nova_lite import concurrency

concurrency.select_backend()

from nova_lite import exception, objects, policy, rpc, service
from nova_lite.cmd import common
from nova_lite.conf import CONF
from nova_lite.db import api as db

#: Tries more to reach the broker before a request is answered 503.
_SEND_RETRIES = 2


def _check() -> None:
    """Look at what requests will need, without connecting to anything; the processes that serve come later.

    Raises:
        ConfigurationError: the URL of broker or database, or the policy file, cannot be used.
    """
    rpc.init()
    rpc.cleanup()
    db.engine()
    db.dispose()
    policy.get_enforcer()


def main() -> None:
    """Run nova-api until a signal ends it."""
    common.prepare("nova-api")
    with common.clear_failure("nova-api"):
        rpc.SEND_RETRIES = _SEND_RETRIES
        objects.register_all()
        for name in CONF.enabled_apis:
            if f"{name}_listen_port" not in CONF:
                raise exception.ConfigurationError(
                    reason=f"enabled_apis names {name!r}; known are osapi_compute, identity, image"
                )
        _check()
        services = [service.WSGIService(name) for name in CONF.enabled_apis]
        service.serve(*services, workers=CONF.osapi_compute_workers)
    service.wait()


if __name__ == "__main__":
    main()
