"""The version documents at `/` and `/versions`, which no client needs a token for.

https://docs.openstack.org/api-ref/image/versions/
"""

import json

import webob
import webob.exc

from nova_lite.conf import CONF

#: Minor versions of v2, newest first. 2.8 and 2.10 to 2.15 are of several stores, 2.14 and 2.16 of the cache.
MINORS = (17, 9, 7, 6, 5, 4, 3, 2, 1, 0)


class Versions:
    """The WSGI application."""

    @classmethod
    def factory(cls, _global_conf, **_local_conf):
        """Return the application for PasteDeploy."""
        return cls()

    def __call__(self, environ, start_response):
        """Answer with the list."""
        req = webob.Request(environ)
        status = {"": 300, "/": 300, "/versions": 200, "/versions/": 200}.get(environ.get("PATH_INFO", ""))
        if status is None or req.method not in ("GET", "HEAD"):
            return webob.exc.HTTPNotFound()(environ, start_response)
        root = (CONF.image.public_endpoint or req.application_url).rstrip("/")
        links = [{"rel": "self", "href": f"{root}/v2/"}]
        versions = [
            {"id": f"v2.{minor}", "status": "SUPPORTED" if number else "CURRENT", "links": links}
            for number, minor in enumerate(MINORS)
        ]
        response = webob.Response(
            status=status, body=json.dumps({"versions": versions}).encode(), content_type="application/json"
        )
        response.charset = None
        return response(environ, start_response)
