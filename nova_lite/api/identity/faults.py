"""Keystone's error envelope: `{"error": {"code": 404, "message": …, "title": "Not Found"}}`."""

import http
import json

import webob

from nova_lite.api.openstack import faults


def fault(code: int, message: str, headers: dict[str, str] | None = None) -> webob.Response:
    """Return the answer for an error."""
    body = {"error": {"code": code, "message": message, "title": http.HTTPStatus(code).phrase}}
    response = webob.Response(status=code, body=json.dumps(body).encode(), content_type="application/json")
    response.charset = None
    response.headers.update(headers or {})
    return response


class FaultWrapper(faults.FaultWrapper):
    """Last resort of the pipeline, in Keystone's words."""

    def unexpected(self, error):
        """Return the answer for what nobody expected."""
        return fault(500, "An unexpected error prevented the server from fulfilling your request.")
