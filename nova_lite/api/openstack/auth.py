"""Who asks? The filters that check tokens, and the one that makes the RequestContext.

A token filter (`fernet` here, keystonemiddleware's `auth_token`, or `noauth2` in tests) leaves the same headers
in the environment, so that one `keystonecontext` serves all of them:
https://docs.openstack.org/keystonemiddleware/latest/middlewarearchitecture.html
"""

import json
from collections.abc import Callable

import webob
from oslo_log import log as logging
from oslo_utils import strutils

from nova_lite import context, exception, policy
from nova_lite.api.openstack import faults, requestid
from nova_lite.conf import CONF
from nova_lite.identity import check, tokens

LOG = logging.getLogger(__name__)

#: The role without which a token in X-Service-Token counts for nothing.
SERVICE_ROLE = "service"

#: Header without its prefix → value of a token; the prefix is empty, or `Service-`.
_HEADERS: dict[str, Callable[[tokens.Token], str | None]] = {
    "USER_ID": lambda token: token.user.id,
    "USER_NAME": lambda token: token.user.name,
    "USER_DOMAIN_ID": lambda token: token.user_domain.id,
    "USER_DOMAIN_NAME": lambda token: token.user_domain.name,
    "PROJECT_ID": lambda token: token.project.id if token.project else None,
    "PROJECT_NAME": lambda token: token.project.name if token.project else None,
    "PROJECT_DOMAIN_ID": lambda token: token.project_domain.id if token.project_domain else None,
    "PROJECT_DOMAIN_NAME": lambda token: token.project_domain.name if token.project_domain else None,
    "DOMAIN_ID": lambda token: token.scope.id if token.scope and token.scope.kind == tokens.DOMAIN else None,
    "DOMAIN_NAME": lambda token: (
        token.scope.name if token.scope and token.scope.kind == tokens.DOMAIN else None
    ),
    "ROLES": lambda token: ",".join(role.name for role in token.roles),
}
_PREFIXES = ("HTTP_X_", "HTTP_X_SERVICE_")
#: Old spellings that keystonemiddleware still sets.
_ALIASES = {
    "HTTP_X_ROLE": "HTTP_X_ROLES",
    "HTTP_X_USER": "HTTP_X_USER_NAME",
    "HTTP_X_TENANT_ID": "HTTP_X_PROJECT_ID",
    "HTTP_X_TENANT_NAME": "HTTP_X_PROJECT_NAME",
    "HTTP_X_TENANT": "HTTP_X_PROJECT_NAME",
}
_STATUS, _SERVICE_STATUS = "HTTP_X_IDENTITY_STATUS", "HTTP_X_SERVICE_IDENTITY_STATUS"
_SYSTEM = "HTTP_OPENSTACK_SYSTEM_SCOPE"
#: What only a token filter may say: a client that sends these is not believed.
TRUSTED = frozenset(
    {prefix + name for prefix in _PREFIXES for name in _HEADERS}
    | set(_ALIASES)
    | {_STATUS, _SERVICE_STATUS, _SYSTEM, "HTTP_X_IS_ADMIN_PROJECT", "HTTP_X_SERVICE_CATALOG"}
)


def strip(environ: dict) -> None:
    """Remove the headers that only a token filter may set."""
    for name in TRUSTED & environ.keys():
        del environ[name]


def describe(environ: dict, token: tokens.Token, prefix: str = "HTTP_X_") -> None:
    """Set the headers that tell of a token."""
    for name, value in _HEADERS.items():
        filled = value(token)
        if filled is not None:
            environ[prefix + name] = filled
    if prefix == "HTTP_X_":
        if token.scope is not None and token.scope.kind == tokens.SYSTEM:
            environ[_SYSTEM] = token.scope.id
        for alias, name in _ALIASES.items():
            if name in environ:
                environ[alias] = environ[name]


def identity_uri() -> str:
    """Return the URL of the identity service, for clients that came without a token."""
    if CONF.identity.public_endpoint:
        return CONF.identity.public_endpoint.rstrip("/")
    return f"http://{CONF.identity_listen}:{CONF.identity_listen_port}"


def unauthorized() -> webob.Response:
    """Return keystonemiddleware's answer to a request without a good token."""
    body = {
        "error": {
            "code": 401,
            "title": "Unauthorized",
            "message": "The request you have made requires authentication.",
        }
    }
    response = webob.Response(status=401, body=json.dumps(body).encode(), content_type="application/json")
    response.charset = None
    response.headers["WWW-Authenticate"] = f'Keystone uri="{identity_uri()}"'
    return response


class FernetAuth:
    """Checks nova-lite's own tokens, as keystonemiddleware checks Keystone's.

    With `delay_auth_decision`, a request without a good token goes on, marked `Invalid`.
    """

    def __init__(self, application, delay_auth_decision: bool = False):
        """Take the next application.

        Raises:
            ConfigurationError: there are no keys; better known at start than at the first request.
        """
        self.application = application
        self.delay_auth_decision = delay_auth_decision
        tokens.codec().keys.load()

    @classmethod
    def factory(cls, _global_conf, delay_auth_decision="false"):
        """Return the filter for PasteDeploy."""
        delay = strutils.bool_from_string(delay_auth_decision, strict=True)
        return lambda application: cls(application, delay)

    def __call__(self, environ, start_response):
        """Answer a request, or pass it on."""
        strip(environ)
        try:
            good = self._check(environ)
        except exception.ServiceUnavailable as error:
            fault = faults.fault(error.code, error.format_message(), dict(error.headers))
            return fault(environ, start_response)
        if not good and not self.delay_auth_decision:
            return unauthorized()(environ, start_response)
        return self.application(environ, start_response)

    @staticmethod
    def _check(environ: dict) -> bool:
        service_good, allow_expired = True, False
        service_text = environ.get("HTTP_X_SERVICE_TOKEN")
        if service_text:
            service = _good(service_text)
            service_good = service is not None and any(role.name == SERVICE_ROLE for role in service.roles)
            environ[_SERVICE_STATUS] = "Confirmed" if service_good else "Invalid"
            if service is not None and service_good:
                describe(environ, service, "HTTP_X_SERVICE_")
                allow_expired = True
        text = environ.get("HTTP_X_AUTH_TOKEN") or environ.get("HTTP_X_STORAGE_TOKEN")
        token = _good(text, allow_expired=allow_expired) if text else None
        environ[_STATUS] = "Invalid" if token is None else "Confirmed"
        if token is None:
            return False
        describe(environ, token)
        environ["nova.token"] = token
        return service_good


def _good(text: str, *, allow_expired: bool = False) -> tokens.Token | None:
    try:
        return check.token(text.strip(), allow_expired=allow_expired)
    except exception.NotAuthenticated:
        return None


class NoAuth:
    """Believes every request: X-Auth-Token is `USER:PROJECT`, both `admin` when there is none. For tests.

    The user `admin` is an administrator; others are members of their project.
    """

    def __init__(self, application):
        self.application = application

    @classmethod
    def factory(cls, _global_conf, **_local_conf):
        """Return the filter for PasteDeploy."""
        return cls

    def __call__(self, environ, start_response):
        """Answer a request, or pass it on."""
        strip(environ)
        user_id, _, project_id = (environ.get("HTTP_X_AUTH_TOKEN") or "admin:admin").partition(":")
        roles = "admin,manager,member,reader" if user_id == "admin" else "member,reader"
        environ |= {
            _STATUS: "Confirmed",
            "HTTP_X_USER_ID": user_id,
            "HTTP_X_USER_NAME": user_id,
            "HTTP_X_PROJECT_ID": project_id or user_id,
            "HTTP_X_PROJECT_NAME": project_id or user_id,
            "HTTP_X_ROLES": roles,
        }
        return self.application(environ, start_response)


#: Argument of RequestContext → where a token filter left it.
_CONTEXT = {
    "auth_token": "HTTP_X_AUTH_TOKEN",
    "user_id": "HTTP_X_USER_ID",
    "user_name": "HTTP_X_USER_NAME",
    "user_domain_id": "HTTP_X_USER_DOMAIN_ID",
    "user_domain_name": "HTTP_X_USER_DOMAIN_NAME",
    "project_id": "HTTP_X_PROJECT_ID",
    "project_name": "HTTP_X_PROJECT_NAME",
    "project_domain_id": "HTTP_X_PROJECT_DOMAIN_ID",
    "project_domain_name": "HTTP_X_PROJECT_DOMAIN_NAME",
    "domain_id": "HTTP_X_DOMAIN_ID",
    "domain_name": "HTTP_X_DOMAIN_NAME",
    "system_scope": _SYSTEM,
}
_SERVICE_CONTEXT = {
    "service_token": "HTTP_X_SERVICE_TOKEN",
    "service_user_id": "HTTP_X_SERVICE_USER_ID",
    "service_user_name": "HTTP_X_SERVICE_USER_NAME",
    "service_user_domain_id": "HTTP_X_SERVICE_USER_DOMAIN_ID",
    "service_project_id": "HTTP_X_SERVICE_PROJECT_ID",
    "service_project_name": "HTTP_X_SERVICE_PROJECT_NAME",
    "service_project_domain_id": "HTTP_X_SERVICE_PROJECT_DOMAIN_ID",
}


def _roles(text: str | None) -> list[str]:
    return [role.strip() for role in text.split(",") if role.strip()] if text else []


def _remote_address(environ: dict) -> str | None:
    if CONF.api.use_forwarded_for and environ.get("HTTP_X_FORWARDED_FOR"):
        return environ["HTTP_X_FORWARDED_FOR"].split(",")[0].strip()
    return environ.get("REMOTE_ADDR")


def make_context(environ: dict) -> context.RequestContext:
    """Return the RequestContext of the headers that a token filter left."""
    values = {name: environ.get(header) for name, header in _CONTEXT.items()}
    if environ.get(_SERVICE_STATUS) == "Confirmed":
        values |= {name: environ.get(header) for name, header in _SERVICE_CONTEXT.items()}
        values["service_roles"] = _roles(environ.get("HTTP_X_SERVICE_ROLES"))
    request_id, global_request_id = requestid.of(environ)
    made = context.RequestContext(
        **values,
        roles=_roles(environ.get("HTTP_X_ROLES")),
        remote_address=_remote_address(environ),
        request_id=request_id,
        global_request_id=global_request_id,
    )
    made.is_admin = policy.authorize(made, "context_is_admin", fatal=False)
    return made


class KeystoneContext:
    """Puts the RequestContext into the environment as `nova.context`; 401 when no filter named a user."""

    def __init__(self, application):
        self.application = application

    @classmethod
    def factory(cls, _global_conf, **_local_conf):
        """Return the filter for PasteDeploy."""
        return cls

    def __call__(self, environ, start_response):
        """Answer a request, or pass it on."""
        if not environ.get("HTTP_X_USER_ID"):
            LOG.debug("No token filter of the pipeline set X-User-Id")
            return unauthorized()(environ, start_response)
        environ["nova.context"] = make_context(environ)
        return self.application(environ, start_response)
