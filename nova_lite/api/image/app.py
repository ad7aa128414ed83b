"""ImageFace: the Glance v2 API over nova-lite's own images, as one WSGI application below /v2.

https://docs.openstack.org/api-ref/image/v2/. What is left out (metadata definitions, import, cache, locations)
is refused as a Glance refuses it that has it switched off. Every error has Glance's form: a short HTML page or,
for `Accept: application/json`, `{"code", "title", "message"}`.
"""

import math
import threading
import time

import webob
import webob.exc

from nova_lite.api import body, wsgi
from nova_lite.api.image import data, images, info, members, schemas
from nova_lite.image import service, store

RESOURCES = tuple((module.CONTROLLER, module.OPERATIONS) for module in (images, data, members, schemas, info))
#: Seconds until another request tries what the first could not: the database was away.
SWEEP_PAUSE = 60


def fault(code: int, message: str, headers: dict[str, str] | None = None) -> webob.Response:
    """Return an error as Glance gives it; the client's Accept header decides between HTML and JSON."""
    kind = webob.exc.status_map[code]
    # Some of webob's pages (405, 415) have words of their own, and room for ours in another place.
    fixed = "${explanation}" not in kind.body_template_obj.template
    made = kind(detail=message) if fixed else kind(explanation=message)
    made.headers.update(headers or {})
    return made


class ImageFace(wsgi.Face):
    """The image API."""

    METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

    def __init__(self):
        super().__init__(RESOURCES)
        self._next_sweep = 0.0
        self._sweeping = threading.Lock()

    @classmethod
    def factory(cls, _global_conf, **_local_conf):
        """Return the application for PasteDeploy.

        Raises:
            ConfigurationError: an option of the store cannot be used.
        """
        store.check_configuration()
        return cls()

    def answer(self, req):
        """Answer; the first request of a process also puts right what a process before it left behind."""
        # Not in the factory: it runs before workers are forked, and no connection may be older than that.
        if time.monotonic() >= self._next_sweep and self._sweeping.acquire(blocking=False):
            try:
                if time.monotonic() >= self._next_sweep:
                    self._next_sweep = math.inf if service.try_sweep() else time.monotonic() + SWEEP_PAUSE
            finally:
                self._sweeping.release()
        return super().answer(req)

    def fault(self, req, code, message, headers):
        """Return an error as Glance gives it."""
        return fault(code, message, headers)

    def no_route(self, req):
        """Return 404 or, where the path has other methods, 405 with them."""
        try:
            path = req.path_info.rstrip("/") or "/"
        except UnicodeDecodeError:
            return fault(404, "The resource could not be found.")
        allowed = [method for method in self.METHODS if self._has(method, path, req.environ)]
        if not allowed:
            return fault(404, "The resource could not be found.")
        text = f"The method {req.method} is not allowed for this resource."
        return fault(405, text, {"Allow": ", ".join(allowed)})

    @staticmethod
    def read_json(req):
        """Return the decoded body; see `nova_lite.api.body.read_json`."""
        return body.read_json(req.environ, images.MAX_DOCUMENT)
