"""Request ids: each answer carries `x-openstack-request-id` and `x-compute-request-id`, the same `req-<uuid>`.

An incoming `X-OpenStack-Request-ID` becomes the global request id, which follows the request through all
services.
"""

from oslo_context import context as oslo_context
from oslo_middleware import request_id

HEADER = "x-openstack-request-id"
COMPUTE_HEADER = "x-compute-request-id"


class ComputeReqIdMiddleware(request_id.RequestId):
    """oslo.middleware's request id, under Nova's second name too."""

    compat_headers = [COMPUTE_HEADER]


def of(environ: dict) -> tuple[str, str | None]:
    """Return (request id, global request id) that the middleware left in a WSGI environment."""
    local = environ.get(request_id.ENV_REQUEST_ID) or oslo_context.generate_request_id()
    return local, environ.get(request_id.GLOBAL_REQ_ID)


__all__ = ["COMPUTE_HEADER", "HEADER", "ComputeReqIdMiddleware", "of"]
