"""Answers to browsers' preflight requests: oslo.middleware's filter, with the options of `[cors]` in nova.conf."""

from oslo_middleware import cors

from nova_lite.conf import CONF

#: What a browser's page may send and read beyond the harmless headers.
REQUEST_HEADERS = [
    "X-Auth-Token",
    "X-Subject-Token",
    "X-OpenStack-Request-ID",
    "X-Identity-Status",
    "X-Roles",
    "X-Service-Catalog",
    "X-User-Id",
    "X-Tenant-Id",
    "OpenStack-API-Version",
    "X-OpenStack-Nova-API-Version",
]
RESPONSE_HEADERS = [
    "X-Auth-Token",
    "X-Subject-Token",
    "X-Service-Token",
    "X-OpenStack-Request-ID",
    "OpenStack-API-Version",
    "X-OpenStack-Nova-API-Version",
]


def factory(_global_conf, **_local_conf):
    """Return the filter for PasteDeploy.

    oslo.middleware's own factory reads the default configuration files of a project once more; this one uses
    the files that the service was started with.
    """
    cors.set_defaults(
        allow_headers=REQUEST_HEADERS,
        expose_headers=RESPONSE_HEADERS,
        allow_methods=["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD"],
    )
    return lambda application: cors.CORS(application, CONF)
