"""Tokens: issue, show, check, revoke; and what a token's user may ask for."""

from oslo_log import log as logging

from nova_lite import exception
from nova_lite.api import wsgi
from nova_lite.api.identity import domains, filters, links, projects, resource
from nova_lite.api.identity.schemas import auth as schemas
from nova_lite.api.identity.views import tokens as views
from nova_lite.identity import api, catalog, methods, scopes

LOG = logging.getLogger(__name__)

_SUBJECT = "X-Subject-Token"


class Auth:
    """`/v3/auth`."""

    def issue(self, req, body):
        """Make a token; 401 with the same words whatever was wrong."""
        identity, scope = body["auth"]["identity"], body["auth"].get("scope")
        known = set(identity["methods"]) & set(methods.METHODS)
        for name in sorted(known):
            if name not in identity:
                raise resource.expect(name, "identity")
        if isinstance(scope, dict) and "unscoped" in scope:
            scope = scopes.UNSCOPED
        try:
            text, token = api.authenticate(identity, scope)
        except exception.NotAuthenticated:
            # Not the name that was given: people type their passwords there.
            LOG.warning("Authorization failed: %s from %s", "+".join(sorted(known)), req.remote_addr)
            raise
        return wsgi.Reply(self._document(req, token), headers={_SUBJECT: text})

    def show(self, req):
        """Show the token in X-Subject-Token."""
        text, token = self._subject(req, "identity:validate_token", filters.is_set(req, "allow_expired"))
        return wsgi.Reply(self._document(req, token), headers={_SUBJECT: text})

    def revoke(self, req):
        """Revoke the token in X-Subject-Token."""
        _, token = self._subject(req, "identity:revoke_token")
        api.revoke_token(token)

    @staticmethod
    def _document(req, token) -> dict:
        return views.render(token, with_catalog=not filters.is_set(req, "nocatalog"))

    @staticmethod
    def _subject(req, rule: str, allow_expired: bool = False):
        """Return (text, token) of X-Subject-Token.

        Raises:
            ValidationError: the header is missing.
            IdentityNotFound: it is no good token. Anyone with a token may learn that much.
            PolicyNotAuthorized: it is somebody else's.
        """
        text = req.headers.get(_SUBJECT, "").strip()
        if not text:
            raise resource.expect(_SUBJECT, "the headers")
        try:
            token = api.check_token(text, allow_expired=allow_expired)
        except exception.NotAuthenticated:
            raise exception.IdentityNotFound(
                "Could not find token: it is invalid, expired or revoked."
            ) from None
        req.context.can(rule, {"user_id": token.user.id})
        return text, token

    def list_projects(self, req):
        """List the projects that the token's user may have a token for."""
        own = req.environ["nova.token"]
        if own.application_credential_id:  # an application credential cannot leave its project
            found = [row for row in scopes.projects_of(own.user.id) if row["id"] == own.scope.id]
        else:
            found = scopes.projects_of(own.user.id)
        return projects.CONTROLLER.many(req, found)

    def list_domains(self, req):
        """List the domains that the token's user may have a token for."""
        return domains.CONTROLLER.many(req, scopes.domains_of(req.context.user_id))

    def list_system(self, req):
        """Say whether the token's user may have a token for the system."""
        found = [{"all": True}] if scopes.has_system(req.context.user_id) else []
        return {"system": found, "links": links.of_list(req)}

    def show_catalog(self, req):
        """Show the catalog of the token.

        Raises:
            IdentityForbidden: the token is unscoped.
        """
        token = req.environ["nova.token"]
        if token.scope is None:
            raise exception.IdentityForbidden(
                reason="You are not authorized to perform the requested action: get_auth_catalog."
            )
        return {"catalog": catalog.of(token), "links": {"self": links.href(req, "auth", "catalog")}}


def _get(path: str, handler: str) -> wsgi.Operation:
    return wsgi.Operation(
        method="GET", path=path, handler=handler, policy=f"identity:get_auth_{path.rpartition('/')[2]}"
    )


_TOKENS = "/v3/auth/tokens"
CONTROLLER = Auth()
OPERATIONS = (
    wsgi.Operation(method="POST", path=_TOKENS, handler="issue", status=201, body=schemas.ISSUE),
    wsgi.Operation(
        method="GET", path=_TOKENS, handler="show", policy="identity:validate_token", target="handler"
    ),
    wsgi.Operation(
        method="DELETE",
        path=_TOKENS,
        handler="revoke",
        status=204,
        policy="identity:revoke_token",
        target="handler",
    ),
    _get("/v3/auth/projects", "list_projects"),
    _get("/v3/auth/domains", "list_domains"),
    _get("/v3/auth/system", "list_system"),
    _get("/v3/auth/catalog", "show_catalog"),
)
