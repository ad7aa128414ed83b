"""One line a request in the log: client, method, path, status, length, microversion, seconds."""

import time

from oslo_log import log as logging

LOG = logging.getLogger(__name__)


class RequestLog:
    """WSGI filter that logs each answer once, also the failed ones."""

    def __init__(self, application):
        self.application = application

    @classmethod
    def factory(cls, _global_conf, **_local_conf):
        """Return the filter for PasteDeploy."""
        return cls

    def __call__(self, environ, start_response):
        """Pass the request on, then log it."""
        begun = time.monotonic()
        seen: dict = {}

        def remember(status, headers, exc_info=None):
            seen["status"] = status.split(" ", 1)[0]
            seen["headers"] = headers
            return start_response(status, headers, exc_info)

        try:
            return self.application(environ, remember)
        finally:
            if LOG.isEnabledFor(20):
                self._log(environ, seen, time.monotonic() - begun)

    @staticmethod
    def _log(environ, seen, seconds):
        headers = {name.lower(): value for name, value in seen.get("headers", ())}
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        query = environ.get("QUERY_STRING")
        LOG.info(
            '%(address)s "%(method)s %(uri)s" status: %(status)s len: %(length)s microversion: %(version)s'
            " time: %(seconds).6f",
            {
                "address": environ.get("REMOTE_ADDR", "-"),
                "method": environ.get("REQUEST_METHOD"),
                "uri": f"{path}?{query}" if query else path,
                "status": seen.get("status", "500"),
                "length": headers.get("content-length", "-"),
                "version": headers.get("x-openstack-nova-api-version", "-"),
                "seconds": seconds,
            },
        )
