"""The compute API in this process, over a database file of its own: for tests of what HTTP clients see.

Tokens are `ROLE:USER:PROJECT` (`admin:root:operators`, `reader:bob:demo`): a filter of the tests stands where
the token filters of api-paste.ini stand, everything behind it is the real thing.
"""

import contextlib
import pathlib
import threading
from collections.abc import Iterator

from cheroot import wsgi as cheroot

from nova_lite import policy, rpc
from nova_lite.api.openstack import auth, faults, requestid
from nova_lite.api.openstack.compute import router
from nova_lite.conf import CONF
from nova_lite.db import api, models

ROLES = {
    "admin": "admin,manager,member,reader",
    "member": "member,reader",
    "reader": "reader",
    "service": "service",
}


class Tokens:
    """Believes tokens of the form ROLE:USER:PROJECT; anything else is 401."""

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        auth.strip(environ)
        role, _, rest = environ.get("HTTP_X_AUTH_TOKEN", "").partition(":")
        user_id, _, project_id = rest.partition(":")
        if role not in ROLES or not project_id:
            return auth.unauthorized()(environ, start_response)
        environ |= {"HTTP_X_USER_ID": user_id, "HTTP_X_PROJECT_ID": project_id, "HTTP_X_ROLES": ROLES[role]}
        return self.application(environ, start_response)


class _Mounted:
    """Moves a prefix from PATH_INFO to SCRIPT_NAME, as the URL map of api-paste.ini does."""

    def __init__(self, prefix: str, application):
        self.prefix, self.application = prefix, application

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if not path.startswith(self.prefix):
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"no such version"]
        environ["SCRIPT_NAME"] += self.prefix
        environ["PATH_INFO"] = path[len(self.prefix) :]
        return self.application(environ, start_response)


def compute_application():
    """Return the compute API at /v2.1."""
    application = Tokens(auth.KeystoneContext(router.APIRouterV21(router.load_resources())))
    return _Mounted("/v2.1", requestid.ComputeReqIdMiddleware(faults.FaultWrapper(application)))


@contextlib.contextmanager
def database(where: pathlib.Path | str) -> Iterator[None]:
    """Use a database, with all its tables: an SQLite file, or a SQLAlchemy URL. What is missing is made."""
    url = where if isinstance(where, str) else f"sqlite:///{where}"
    CONF([], project="nova", default_config_files=[], default_config_dirs=[])
    CONF.set_override("connection", url, group="database")
    api.dispose()
    policy.reset()
    models.Base.metadata.create_all(api.engine())
    try:
        yield
    finally:
        rpc.cleanup()
        api.dispose()
        policy.reset()
        CONF.reset()
        CONF.clear_override("connection", group="database")


@contextlib.contextmanager
def served(application) -> Iterator[str]:
    """Serve a WSGI application on a free port of 127.0.0.1; yields its URL."""
    server = cheroot.Server(("127.0.0.1", 0), application, numthreads=2)
    server.prepare()
    thread = threading.Thread(target=server.serve, name="face", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join(10)
