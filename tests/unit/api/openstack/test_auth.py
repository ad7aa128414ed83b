"""The token filters and the one that makes the context."""

import dataclasses

import pytest
import webob

from nova_lite.api.openstack import auth
from nova_lite.conf import CONF
from nova_lite.db.identity import revocations as rows
from nova_lite.identity import revocations, tokens
from nova_lite.identity.tokens import Named, Scope
from tests.support import tables
from tests.unit.identity.test_tokens import DEFAULT, make


class Seen:
    """The end of the pipeline: remembers the environment."""

    environ: dict | None = None

    def __call__(self, environ, start_response):
        self.environ = environ
        start_response("204 No Content", [])
        return []


@pytest.fixture
def seen(repository, tmp_path):
    with tables.made(f"sqlite:///{tmp_path}/t.sqlite"):
        revocations.reset()
        yield Seen()
    revocations.reset()


def _ask(application, **headers):
    req = webob.Request.blank("/servers", remote_addr="192.0.2.7")
    for name, value in headers.items():
        req.headers[name.replace("_", "-")] = value
    return req.get_response(application)


def _text(**changes):
    return tokens.codec().encode(make(**changes))


def test_a_good_token_fills_the_environment_as_keystonemiddleware_does(seen):
    token = make()
    answer = _ask(auth.FernetAuth(seen), X_Auth_Token=tokens.codec().encode(token))
    assert answer.status_int == 204
    assert {name: value for name, value in seen.environ.items() if name in auth.TRUSTED} == {
        "HTTP_X_IDENTITY_STATUS": "Confirmed",
        "HTTP_X_USER_ID": token.user.id,
        "HTTP_X_USER_NAME": "admin",
        "HTTP_X_USER": "admin",
        "HTTP_X_USER_DOMAIN_ID": "default",
        "HTTP_X_USER_DOMAIN_NAME": "Default",
        "HTTP_X_PROJECT_ID": token.scope.id,
        "HTTP_X_TENANT_ID": token.scope.id,
        "HTTP_X_PROJECT_NAME": "admin",
        "HTTP_X_TENANT_NAME": "admin",
        "HTTP_X_TENANT": "admin",
        "HTTP_X_PROJECT_DOMAIN_ID": "default",
        "HTTP_X_PROJECT_DOMAIN_NAME": "Default",
        "HTTP_X_ROLES": "admin",
        "HTTP_X_ROLE": "admin",
    }


def test_the_context(seen):
    token = make()
    text = tokens.codec().encode(token)
    _ask(auth.FernetAuth(auth.KeystoneContext(seen)), X_Auth_Token=text)
    context = seen.environ["nova.context"]
    assert (context.user_id, context.project_id, context.roles) == (token.user.id, token.scope.id, ["admin"])
    assert (context.user_domain_name, context.project_domain_name) == ("Default", "Default")
    assert (context.is_admin, context.auth_token, context.remote_address) == (True, text, "192.0.2.7")
    assert text not in repr(context)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (None, (None, None, None)),
        (Scope("domain", "d1", "D1"), (None, "d1", None)),
        (Scope("system", "all"), (None, None, "all")),
    ],
)
def test_other_scopes(seen, scope, expected):
    _ask(auth.FernetAuth(auth.KeystoneContext(seen)), X_Auth_Token=_text(scope=scope))
    context = seen.environ["nova.context"]
    assert (context.project_id, context.domain_id, context.system_scope) == expected


def test_a_member_is_no_administrator(seen):
    text = _text(roles=(Named("m", "member"), Named("r", "reader")))
    _ask(auth.FernetAuth(auth.KeystoneContext(seen)), X_Auth_Token=text)
    assert seen.environ["nova.context"].is_admin is False


def test_headers_of_the_client_are_not_believed(seen):
    text = _text(roles=(Named("m", "member"),), scope=None)
    forged = {
        "X_Roles": "admin", "X_Role": "admin", "X_Project_Id": "victim", "X_User_Id": "victim",
        "X_Tenant_Id": "victim", "X_Domain_Id": "victim", "OpenStack_System_Scope": "all",
        "X_Service_Roles": "service", "X_Service_Identity_Status": "Confirmed", "X_Service_User_Id": "victim",
    }  # fmt: skip
    _ask(auth.FernetAuth(auth.KeystoneContext(seen)), X_Auth_Token=text, **forged)
    context = seen.environ["nova.context"]
    assert (context.roles, context.project_id, context.domain_id, context.system_scope) == (
        ["member"],
        None,
        None,
        None,
    )
    assert (context.service_roles, context.service_user_id) == ([], None)
    assert "victim" not in {str(value) for value in seen.environ.values()}
    assert _ask(auth.FernetAuth(seen), **forged).status_int == 401


def _bad_tokens():
    expired = make()
    return {
        "none": {},
        "garbage": {"X_Auth_Token": "gAAAAABgarbage"},
        "not ASCII": {"X_Auth_Token": "\u00e9" * 10},
        "long": {"X_Auth_Token": "A" * 9000},
        "expired": {"X_Auth_Token": dataclasses.replace(expired, expires_at=tokens.now() - 1)},
    }


@pytest.mark.parametrize("case", list(_bad_tokens()))
def test_bad_tokens_are_401_with_keystonemiddlewares_words(seen, case):
    headers = _bad_tokens()[case]
    if isinstance(headers.get("X_Auth_Token"), tokens.Token):
        headers = {"X_Auth_Token": tokens.codec().encode(headers["X_Auth_Token"])}
    answer = _ask(auth.FernetAuth(seen), **headers)
    assert seen.environ is None
    assert answer.status_int == 401
    assert answer.headers["WWW-Authenticate"] == 'Keystone uri="http://127.0.0.1:5000"'
    assert answer.json == {
        "error": {
            "code": 401,
            "title": "Unauthorized",
            "message": "The request you have made requires authentication.",
        }
    }


def test_a_revoked_token_is_401(seen):
    token = make()
    rows.add(audit_id=token.audit_ids[0], issued_before=tokens.to_datetime(token.issued_at))
    assert _ask(auth.FernetAuth(seen), X_Auth_Token=tokens.codec().encode(token)).status_int == 401


def test_delayed_decision_marks_the_request(seen):
    assert _ask(auth.FernetAuth(seen, True), X_Auth_Token="x").status_int == 204
    assert seen.environ["HTTP_X_IDENTITY_STATUS"] == "Invalid"
    assert _ask(auth.FernetAuth(auth.KeystoneContext(seen), True)).status_int == 401


def test_a_database_that_is_gone_is_503(repository, tmp_path):
    CONF.set_override("connection", f"sqlite:///{tmp_path}/no/where.sqlite", group="database")
    revocations.reset()
    try:
        answer = _ask(auth.FernetAuth(Seen()), X_Auth_Token=_text())
    finally:
        CONF.clear_override("connection", group="database")
        revocations.reset()
    assert answer.status_int == 503
    assert answer.headers["Retry-After"] == "5"


SERVICE = {"roles": (Named("s", "service"),), "scope": Scope("project", "p", "service", DEFAULT)}


def test_a_service_token(seen):
    nova = Named("8f" * 16, "nova")
    headers = {"X_Auth_Token": _text(), "X_Service_Token": _text(user=nova, **SERVICE)}
    assert _ask(auth.FernetAuth(auth.KeystoneContext(seen)), **headers).status_int == 204
    context = seen.environ["nova.context"]
    assert (context.service_user_id, context.service_roles) == (nova.id, ["service"])
    assert context.roles == ["admin"]


@pytest.mark.parametrize("service", ["bad", None])
def test_a_service_token_that_is_bad_or_without_the_role_refuses_the_request(seen, service):
    headers = {"X_Auth_Token": _text(), "X_Service_Token": service or _text()}
    assert _ask(auth.FernetAuth(seen), **headers).status_int == 401


def test_a_service_may_end_what_an_expired_token_began(seen):
    hour_ago = _text(expires_at=tokens.now() - 3600 * 1_000_000)
    long_ago = _text(expires_at=tokens.now() - 3 * 86400 * 1_000_000)
    own = _text(**SERVICE)
    assert _ask(auth.FernetAuth(seen), X_Auth_Token=hour_ago).status_int == 401
    assert _ask(auth.FernetAuth(seen), X_Auth_Token=hour_ago, X_Service_Token=own).status_int == 204
    assert _ask(auth.FernetAuth(seen), X_Auth_Token=long_ago, X_Service_Token=own).status_int == 401


def test_noauth2_believes_names_and_no_headers():
    seen = Seen()
    _ask(auth.NoAuth(auth.KeystoneContext(seen)), X_Auth_Token="bob:p1", X_Roles="admin")
    context = seen.environ["nova.context"]
    assert (context.user_id, context.project_id, context.roles, context.is_admin) == (
        "bob", "p1", ["member", "reader"], False,
    )  # fmt: skip
    _ask(auth.NoAuth(auth.KeystoneContext(seen)))
    assert seen.environ["nova.context"].is_admin is True


def test_the_clients_address_behind_a_proxy_counts_only_when_told_so():
    seen = Seen()
    application = auth.NoAuth(auth.KeystoneContext(seen))
    _ask(application, X_Forwarded_For="198.51.100.1, 10.0.0.1")
    assert seen.environ["nova.context"].remote_address == "192.0.2.7"
    CONF.set_override("use_forwarded_for", True, group="api")
    try:
        _ask(application, X_Forwarded_For="198.51.100.1, 10.0.0.1")
    finally:
        CONF.clear_override("use_forwarded_for", group="api")
    assert seen.environ["nova.context"].remote_address == "198.51.100.1"
