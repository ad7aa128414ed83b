"""keystonemiddleware, unmodified, in front of a service, with this face as its Keystone.

It must leave in the environment what the own filter leaves, for every kind of token.
"""

import pytest
import webob
from keystonemiddleware import auth_token
from oslo_config import cfg

from nova_lite.api.openstack import auth
from nova_lite.identity import commands
from tests.functional.identity.conftest import role_id
from tests.support import keystone
from tests.support.face import served


class _End:
    """The end of the pipeline: remembers the environment."""

    environ: dict | None = None

    def __call__(self, environ, start_response):
        self.environ = {
            name: value for name, value in environ.items() if name in auth.TRUSTED and value is not None
        }
        start_response("204 No Content", [])
        return []


@pytest.fixture(scope="module")
def middleware(face):
    """A function that puts keystonemiddleware in front of an application."""
    with served(face.application) as url:
        commands.bootstrap({"identity": url}, environ={})
        own = cfg.ConfigOpts()  # its required options are not left behind in this process's configuration
        own([], project="nova", default_config_files=[], default_config_dirs=[])
        conf = {
            "oslo_config_config": own,
            "auth_type": "password",
            "auth_url": url,
            "username": "nova",
            "password": "nova-secret",
            "project_name": "service",
            "user_domain_name": "Default",
            "project_domain_name": "Default",
            "www_authenticate_uri": "http://127.0.0.1:5000",
            "service_token_roles_required": "true",
            "include_service_catalog": "false",
            "delay_auth_decision": "false",
        }
        yield lambda application: auth_token.AuthProtocol(application, dict(conf))


def _ask(application, **headers):
    request = webob.Request.blank("/servers")
    request.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return request.get_response(application)


def _seen(make, headers):
    end = _End()
    return _ask(make(end), **headers), end.environ


@pytest.fixture
def headers(request, face, admin, user, project, member):
    """The headers of each kind of request."""
    sign_in = keystone.password(user["name"], "secret")
    if request.param == "project":
        return {"X_Auth_Token": member.token}
    if request.param == "unscoped":
        return {"X_Auth_Token": face.sign_in(sign_in, "unscoped").token}
    if request.param == "domain":
        admin.put(f"domains/default/users/{user['id']}/roles/{role_id(admin, 'reader')}")
        return {"X_Auth_Token": face.sign_in(sign_in, {"domain": {"id": "default"}}).token}
    if request.param == "system":
        own = keystone.password("admin", "admin-secret")
        return {"X_Auth_Token": face.sign_in(own, {"system": {"all": True}}).token}
    if request.param == "application credential":
        path = f"users/{user['id']}/application_credentials"
        made = member.make("application_credential", path, name="ci", roles=[{"name": "reader"}])
        return {"X_Auth_Token": face.sign_in(keystone.credential(made)).token}
    service = face.sign_in(keystone.password("nova", "nova-secret"), keystone.project("service"))
    return {"X_Auth_Token": member.token, "X_Service_Token": service.token}


@pytest.mark.parametrize(
    "headers",
    ["project", "unscoped", "domain", "system", "application credential", "service"],
    indirect=True,
)
def test_both_filters_say_the_same(middleware, headers):
    theirs, their_environ = _seen(middleware, headers)
    ours, our_environ = _seen(auth.FernetAuth, headers)
    assert theirs.status_int == ours.status_int == 204
    their_environ = {
        name: ",".join(sorted(value.split(","))) if name.endswith(("ROLE", "ROLES")) else value
        for name, value in their_environ.items()
        # It is deprecated, and always True where no admin project is set.
        if name != "HTTP_X_IS_ADMIN_PROJECT" and value != ""
    }
    assert our_environ == their_environ | {
        name: value for name, value in our_environ.items() if name.endswith(("ROLE", "ROLES")) and value == ""
    }


@pytest.mark.parametrize("headers", [{}, {"X_Auth_Token": "garbage"}], ids=["none", "garbage"])
def test_both_filters_refuse_with_the_same_words(middleware, headers):
    theirs, _ = _seen(middleware, headers)
    ours, _ = _seen(auth.FernetAuth, headers)
    assert (ours.status_int, ours.json) == (theirs.status_int, theirs.json) == (401, ours.json)
    for name in ("Content-Type", "WWW-Authenticate"):
        assert ours.headers[name] == theirs.headers[name]


def test_both_refuse_a_service_token_without_the_role(middleware, member):
    headers = {"X_Auth_Token": member.token, "X_Service_Token": member.token}
    assert [_seen(make, headers)[0].status_int for make in (middleware, auth.FernetAuth)] == [401, 401]
