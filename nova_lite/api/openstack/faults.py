"""Nova's fault envelope, and the filter that turns an escaped exception into one."""

import json

import webob
import webob.dec
from oslo_log import log as logging

LOG = logging.getLogger(__name__)

NAMES = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    409: "conflictingRequest",
    413: "overLimit",
    415: "badMediaType",
    429: "overLimit",
    501: "notImplemented",
    503: "serviceUnavailable",
}


def fault(code: int, message: str, headers: dict[str, str] | None = None) -> webob.Response:
    """Return `{"badRequest": {"code": 400, "message": …}}` and its like."""
    inner: dict = {"code": code, "message": message}
    headers = headers or {}
    if code in (413, 429) and "Retry-After" in headers:
        inner["retryAfter"] = headers["Retry-After"]
    response = webob.Response(
        status=code,
        body=json.dumps({NAMES.get(code, "computeFault"): inner}).encode(),
        content_type="application/json",
    )
    response.charset = "UTF-8"
    response.headers.update(headers)
    return response


class FaultWrapper:
    """Last resort of the pipeline: what nobody expected becomes 500 with the exception's class, never its text."""

    def __init__(self, application):
        self.application = application

    @classmethod
    def factory(cls, _global_conf, **_local_conf):
        """Return the filter for PasteDeploy."""
        return cls

    @webob.dec.wsgify
    def __call__(self, req):
        """Pass the request on."""
        try:
            return req.get_response(self.application)
        except Exception as error:
            LOG.exception("Unexpected exception in API method: %s", type(error).__name__)
            return self.unexpected(error)

    def unexpected(self, error: Exception) -> webob.Response:
        """Return the answer for what nobody expected; faces with another envelope say it in theirs."""
        return fault(
            500,
            "Unexpected API Error. Please report this to the operators of this cloud, with the request id"
            f" of this answer.\n{type(error)}",
        )
