"""The Keystone v3 face of nova-lite's own identity service, as one WSGI application.

https://docs.openstack.org/api-ref/identity/v3/. What it does not have (groups, federation, trusts, limits, …)
answers 404, as a Keystone without that extension does.
"""

from nova_lite import exception
from nova_lite.api import wsgi
from nova_lite.api.identity import (
    application_credentials,
    auth,
    domains,
    endpoints,
    faults,
    grants,
    projects,
    regions,
    role_assignments,
    roles,
    services,
    users,
    versions,
)
from nova_lite.api.openstack import auth as filters
from nova_lite.identity import check, revocations, tokens

RESOURCES = (
    application_credentials,
    auth,
    domains,
    endpoints,
    grants,
    projects,
    regions,
    role_assignments,
    roles,
    services,
    users,
    versions,
)

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: What may revoke tokens; `issue` (a token) never does.
_CHANGES = ("POST", "PUT", "PATCH", "DELETE")


class IdentityFace(wsgi.Face):
    """The face. It looks at X-Auth-Token itself: operations without a policy rule need none."""

    @classmethod
    def factory(cls, _global_conf, **_local_conf):
        """Return the application for PasteDeploy.

        Raises:
            ConfigurationError: there are no Fernet keys.
        """
        tokens.codec().keys.load()
        return cls((module.CONTROLLER, module.OPERATIONS) for module in RESOURCES)

    def negotiate(self, req):
        """Leave the token and the RequestContext in the environment, when the token is good."""
        filters.strip(req.environ)
        text = (req.environ.get("HTTP_X_AUTH_TOKEN") or "").strip()
        if not text:
            return
        try:
            token = check.token(text)
        except exception.NotAuthenticated:
            return
        filters.describe(req.environ, token)
        req.environ["nova.token"] = token
        req.environ["nova.context"] = filters.make_context(req.environ)

    def check_path(self, req, match):
        """Refuse a request without a good token before anything else of it is looked at."""
        if req.environ["nova.row_policy"] and req.context is None:
            raise exception.NotAuthenticated

    def _dispatch(self, req, match):
        (operation, _), *_ = self._rows[match["method"], match["row"]]
        req.environ["nova.row_policy"] = operation.policy
        try:
            return super()._dispatch(req, match)
        finally:
            if req.method in _CHANGES and operation.handler != "issue":
                revocations.forget()

    def stamp(self, req, response):
        """Say that answers depend on the token."""
        response.headers["Vary"] = "X-Auth-Token"

    def fault(self, req, code, message, headers):
        """Return Keystone's error envelope."""
        if code == 401:
            headers = {**headers, "WWW-Authenticate": f'Keystone uri="{filters.identity_uri()}"'}
        return faults.fault(code, message, headers)

    def _error(self, req, error, stamped=True):
        if isinstance(error, exception.PolicyNotAuthorized):
            message = f"You are not authorized to perform the requested action: {error.kwargs['action']}."
            error = exception.IdentityForbidden(message)
        return super()._error(req, error, stamped)

    def no_route(self, req):
        """Return 405 for a known path with another method, else 404; both in the envelope."""
        try:
            path = (req.path_info or "/").rstrip("/") or "/"
        except UnicodeDecodeError:
            path = None
        if path and any(self._has(method, path, req.environ) for method in _METHODS):
            return faults.fault(405, "The method is not allowed for the requested URL.")
        return faults.fault(
            404,
            "The requested URL was not found on the server. If you entered the URL manually please check your"
            " spelling and try again.",
        )
