"""The identity face over each database."""

import itertools

import pytest

from nova_lite.api import loader
from nova_lite.conf import CONF
from nova_lite.identity import commands, revocations, tokens
from tests.support import keystone, options, tables

URLS = {
    "identity": "http://127.0.0.1:5000",
    "compute": "http://127.0.0.1:8774/v2.1",
    "image": "http://127.0.0.1:9292",
}
PASSWORDS = {f"NOVA_LITE_{name.upper()}_PASSWORD": f"{name}-secret" for name in ("admin", "demo", "nova")}

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def face(database, tmp_path_factory):
    """The face over a database that was just bootstrapped, without a token."""
    with options.parsed():
        CONF.set_override("key_repository", str(tmp_path_factory.mktemp("keys")), group="identity")
        CONF.set_override("password_hash_rounds", 4, group="identity")
        tokens.reset()
        with tables.made(database):
            revocations.reset()
            commands.fernet_setup()
            commands.bootstrap(URLS, environ=PASSWORDS)
            yield keystone.Keystone(loader.load_app("identity", CONF))
        revocations.reset()
        tokens.reset()


@pytest.fixture(scope="module")
def admin(face):
    """An administrator, for the project admin."""
    return face.sign_in(keystone.password("admin", "admin-secret"), keystone.project("admin"))


@pytest.fixture
def project(admin):
    """A new project."""
    return admin.make("project", name=f"project-{next(_numbers)}")


@pytest.fixture
def user(admin, project):
    """A new user, member of the new project, with password `secret`."""
    made = admin.make("user", name=f"user-{next(_numbers)}", password="secret")
    grant(admin, made, project, "member")
    return made


@pytest.fixture
def member(face, user, project):
    """The new user with a token for the new project."""
    return face.sign_in(keystone.password(user["name"], "secret"), {"project": {"id": project["id"]}})


def role_id(admin, name: str) -> str:
    """Return the id of a role."""
    (role,) = admin.get(f"roles?name={name}").json["roles"]
    return role["id"]


def grant(admin, user: dict, project: dict, role: str, method: str = "PUT") -> None:
    """Give a role on a project, or (DELETE) take it away."""
    path = f"projects/{project['id']}/users/{user['id']}/roles/{role_id(admin, role)}"
    assert admin.call(method, path).status_int == 204
