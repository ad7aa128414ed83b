"""The HTTP server under a face: cheroot under threads, the backend's own server under the other backend.

Both have `prepare` (open the port), `serve` (until stopped) and `stop` (close the port, answer what has begun).
cheroot waits for kept-alive connections in a selector that green threads cannot wake, which costs each of them
half a second a request; that is why there are two.
"""

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter
from oslo_log import log as logging

from nova_lite import concurrency
from nova_lite.conf import CONF

LOG = logging.getLogger(__name__)

#: Connections that wait to be accepted.
BACKLOG = 128


def _log(message="", level=20, traceback=False):
    LOG.log(level, "%s", message, exc_info=traceback)


def make(address: str, port: int, application):
    """Return a server for a WSGI application on an address and TCP port; options are in `[wsgi]`."""
    shared = CONF.osapi_compute_workers > 1
    if concurrency.selected() != concurrency.THREADING:
        return concurrency.GreenHttpServer(
            address,
            port,
            application,
            backlog=BACKLOG,
            reuse_port=shared,
            connections=CONF.api_threads * 8,
            timeout=CONF.wsgi.client_socket_timeout,
            header_line=CONF.wsgi.max_header_line,
            certificate=(CONF.wsgi.ssl_cert_file, CONF.wsgi.ssl_key_file)
            if CONF.wsgi.ssl_cert_file
            else None,
        )
    made = wsgi.Server(
        (address, port),
        application,
        numthreads=CONF.api_threads,
        request_queue_size=BACKLOG,
        timeout=CONF.wsgi.client_socket_timeout,
        shutdown_timeout=CONF.graceful_shutdown_timeout,
        reuse_port=shared,
    )
    made.max_request_header_size = CONF.wsgi.max_header_line
    made.error_log = _log  # type: ignore[method-assign]
    if CONF.wsgi.ssl_cert_file:
        made.ssl_adapter = BuiltinSSLAdapter(CONF.wsgi.ssl_cert_file, CONF.wsgi.ssl_key_file)
    return made
