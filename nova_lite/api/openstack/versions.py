"""The version documents at `/`, `/v2.1/` and `/v2/`, which no client needs a token for.

https://docs.openstack.org/api-ref/compute/#api-versions. The documents are tables; the links follow the request.
"""

import json
from urllib.parse import quote

import webob

from nova_lite import exception
from nova_lite.api.openstack import links, microversions

V20, V21 = "v2.0", "v2.1"

_VERSIONS = {
    V20: {
        "path": "v2",
        "media": "2",
        "status": "DEPRECATED",
        "version": "",
        "min_version": "",
        "updated": "2011-01-21T11:33:21Z",
    },
    V21: {
        "path": "v2.1",
        "media": "2.1",
        "status": "CURRENT",
        "version": microversions.text(microversions.MAX),
        "min_version": microversions.text(microversions.MIN),
        "updated": "2013-07-23T11:33:21Z",
    },
}


class Versions:
    """The WSGI application; with a `version`, it shows that one document, else the list."""

    def __init__(self, version: str | None = None):
        """Take one of `v2.0` and `v2.1`, or None.

        Raises:
            ConfigurationError: another version.
        """
        if version is not None and version not in _VERSIONS:
            raise exception.ConfigurationError(
                reason=f"version documents: version = {version}; there are {', '.join(_VERSIONS)}"
            )
        self.version = version

    @classmethod
    def factory(cls, _global_conf, version=None):
        """Return the application for PasteDeploy."""
        return cls(version)

    def __call__(self, environ, start_response):
        """Answer a request, or pass it on."""
        req = webob.Request(environ)
        try:
            path = req.path_info
        except UnicodeDecodeError:
            return webob.exc.HTTPNotFound()(environ, start_response)
        body: dict
        if self.version is not None:
            status, body = 200, {"version": self._detail(req, self.version)}
        elif path in ("", "/"):
            status, body = 200, {"versions": [self._summary(req, name) for name in _VERSIONS]}
        else:
            status, body = 300, {"choices": [self._choice(req, name, path) for name in _VERSIONS]}
        response = webob.Response(
            status=status, body=json.dumps(body).encode(), content_type="application/json"
        )
        response.charset = None
        return response(environ, start_response)

    def _detail(self, req, name: str) -> dict:
        return {
            **self._common(name),
            "links": [
                {"rel": "self", "href": links.base_url(req) + "/"},
                {"rel": "describedby", "type": "text/html", "href": "http://docs.openstack.org/"},
            ],
            "media-types": self._media_types(name),
        }

    @staticmethod
    def _common(name: str) -> dict:
        return {"id": name} | {
            key: _VERSIONS[name][key] for key in ("status", "version", "min_version", "updated")
        }

    @staticmethod
    def _media_types(name: str) -> list[dict]:
        media = _VERSIONS[name]["media"]
        return [
            {"base": "application/json", "type": f"application/vnd.openstack.compute+json;version={media}"}
        ]

    def _summary(self, req, name: str) -> dict:
        href = f"{links.base_url(req)}/{_VERSIONS[name]['path']}/"
        return {**self._common(name), "links": [{"rel": "self", "href": href}]}

    def _choice(self, req, name: str, path: str) -> dict:
        href = f"{links.base_url(req)}/{_VERSIONS[name]['path']}{quote(path)}"
        return {
            "id": name,
            "status": _VERSIONS[name]["status"],
            "links": [{"rel": "self", "href": href}],
            "media-types": self._media_types(name),
        }
