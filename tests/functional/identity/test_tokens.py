"""Sign-ins, scopes, and all that ends a token."""

import datetime

import pytest

from nova_lite.identity import tokens
from tests.functional.identity.conftest import grant, role_id
from tests.support.keystone import by_token, credential, password
from tests.support.keystone import project as project_scope

REFUSED = {
    "error": {
        "code": 401,
        "message": "The request you have made requires authentication.",
        "title": "Unauthorized",
    }
}


def _roles(token: dict) -> list[str]:
    return sorted(role["name"] for role in token["roles"])


def test_a_token_for_a_project_by_name(face):
    answer = face.authenticate(password("admin", "admin-secret"), project_scope("admin"))
    assert answer.status_int == 201
    assert answer.headers["Vary"] == "X-Auth-Token"
    token = answer.json["token"]
    assert token["methods"] == ["password"]
    assert token["user"]["name"] == "admin"
    assert token["user"]["domain"] == {"id": "default", "name": "Default"}
    assert token["project"]["name"] == "admin"
    assert token["project"]["domain"] == {"id": "default", "name": "Default"}
    assert _roles(token) == ["admin", "manager", "member", "reader"]
    assert sorted(entry["type"] for entry in token["catalog"]) == ["compute", "identity", "image"]
    issued, expires = (datetime.datetime.fromisoformat(token[name]) for name in ("issued_at", "expires_at"))
    assert (expires - issued).total_seconds() == 3600
    assert len(token["audit_ids"]) == 1


def test_demo_is_a_member_and_nova_a_service(face):
    demo = face.authenticate(password("demo", "demo-secret"), project_scope("demo")).json["token"]
    assert _roles(demo) == ["member", "reader"]
    nova = face.authenticate(password("nova", "nova-secret"), project_scope("service")).json["token"]
    assert _roles(nova) == ["service"]


def test_the_catalog_can_be_left_out(face):
    auth = {"identity": password("admin", "admin-secret"), "scope": project_scope("admin")}
    assert "catalog" not in face.post("auth/tokens?nocatalog", {"auth": auth}).json["token"]


@pytest.mark.parametrize(
    ("scope", "key", "value"),
    [
        ({"system": {"all": True}}, "system", {"all": True}),
        ("unscoped", "roles", None),
        ({"unscoped": {}}, "catalog", None),
        (None, "project", None),
    ],
)
def test_other_scopes(face, scope, key, value):
    assert face.authenticate(password("admin", "admin-secret"), scope).json["token"].get(key) == value


def test_a_domain_scope(face, admin, user):
    path = f"domains/default/users/{user['id']}/roles/{role_id(admin, 'manager')}"
    assert admin.put(path).status_int == 204
    for domain in ({"id": "default"}, {"name": "Default"}):
        token = face.authenticate(password(user["name"], "secret"), {"domain": domain}).json["token"]
        assert token["domain"] == {"id": "default", "name": "Default"}
        assert _roles(token) == ["manager", "member", "reader"]


def test_without_a_scope_the_default_project_counts_while_it_works(face, admin, user, project):
    admin.patch(f"users/{user['id']}", {"user": {"default_project_id": project["id"]}})
    sign_in = password(user["name"], "secret")
    assert face.authenticate(sign_in).json["token"]["project"]["id"] == project["id"]
    assert "project" not in face.authenticate(sign_in, "unscoped").json["token"]
    admin.patch(f"projects/{project['id']}", {"project": {"enabled": False}})
    assert "project" not in face.authenticate(sign_in).json["token"]


def test_every_failure_sounds_the_same(face, admin, user, project):
    off = admin.make("user", name=f"off-{user['name']}", password="secret", enabled=False)
    other = admin.make("project", name=f"other-{user['name']}")
    name = user["name"]
    cases = [
        (password(name, "wrong"), None),
        (password("nobody", "secret"), None),
        (password(name, "secret", "nowhere"), None),
        (password(off["name"], "secret"), None),
        (password(name, ""), None),
        (password(name, "secret"), project_scope("nowhere")),
        (password(name, "secret"), {"project": {"id": other["id"]}}),
        (password(name, "secret"), {"domain": {"id": "default"}}),
        (password(name, "secret"), {"system": {"all": True}}),
        (by_token("garbage"), None),
        ({"methods": ["application_credential"], "application_credential": {"id": "x", "secret": "y"}}, None),
        ({"methods": ["kerberos"]}, None),
    ]
    for identity, scope in cases:
        answer = face.authenticate(identity, scope)
        assert (answer.status_int, answer.json) == (401, REFUSED), (identity, scope)
        assert answer.headers["WWW-Authenticate"].startswith('Keystone uri="http')


@pytest.mark.parametrize(
    "auth",
    [
        {},
        {"identity": {}},
        {"identity": {"methods": []}},
        {"identity": {"methods": "password"}},
        {"identity": {"methods": ["password"]}},
        {"identity": password("admin", "nul\0")},
        {"identity": {"methods": ["password"], "password": {"user": {"name": "admin", "password": "x"}}}},
        {"identity": {"methods": ["password"], "password": {"user": {"id": 1, "password": "x"}}}},
        {"identity": password("admin", "admin-secret"), "scope": {"project": {"name": "admin"}}},
        {"identity": password("admin", "admin-secret"), "scope": {"moon": {}}},
        {
            "identity": password("admin", "admin-secret"),
            "scope": {"project": {"id": "a"}, "domain": {"id": "b"}},
        },
    ],
)
def test_malformed_requests_are_400(face, auth):
    answer = face.post("auth/tokens", {"auth": auth})
    assert answer.status_int == 400
    assert answer.json["error"]["title"] == "Bad Request"


# -- rescoping


def test_rescoping_keeps_the_chain_and_the_end(face, user, project):
    first = face.authenticate(password(user["name"], "secret"), "unscoped")
    parent = first.json["token"]
    scope = {"project": {"id": project["id"]}}
    second = face.authenticate(by_token(first.headers["X-Subject-Token"]), scope)
    child = second.json["token"]
    assert child["expires_at"] == parent["expires_at"]
    assert child["audit_ids"][1:] == parent["audit_ids"]
    assert set(child["methods"]) == {"password", "token"}
    third = face.authenticate(by_token(second.headers["X-Subject-Token"]), "unscoped").json["token"]
    assert third["audit_ids"][1] == parent["audit_ids"][0]
    assert third["audit_ids"][0] not in (child["audit_ids"][0], parent["audit_ids"][0])


# -- looking at tokens


def test_show_check_and_revoke(face, admin, member):
    for who in (member, admin):
        shown = who.get("auth/tokens", X_Subject_Token=member.token)
        assert shown.status_int == 200
        assert shown.headers["X-Subject-Token"] == member.token
        assert _roles(shown.json["token"]) == ["member", "reader"]
    checked = admin.call("HEAD", "auth/tokens", headers={"X-Subject-Token": member.token})
    assert (checked.status_int, checked.body) == (200, b"")
    assert member.get("auth/tokens", X_Subject_Token=admin.token).status_int == 403
    assert admin.get("auth/tokens", X_Subject_Token="garbage").status_int == 404
    assert admin.get("auth/tokens").status_int == 400
    headers = {"X-Subject-Token": member.token}
    assert admin.call("DELETE", "auth/tokens", headers=headers).status_int == 204
    assert not member.works()
    assert admin.get("auth/tokens", X_Subject_Token=member.token).status_int == 404
    assert admin.works()


def test_an_expired_token_is_none(face, admin, user, monkeypatch):
    own = face.sign_in(password(user["name"], "secret"))
    in_an_hour = tokens.now() + 3600 * 1_000_000
    monkeypatch.setattr(tokens.time, "time_ns", lambda: (in_an_hour - 60_000_000) * 1000)
    assert own.works()
    monkeypatch.setattr(tokens.time, "time_ns", lambda: (in_an_hour + 1_000_000) * 1000)
    assert not own.works()
    assert face.authenticate(by_token(own.token)).status_int == 401


def test_what_a_user_may_ask_for(face, admin, member, project):
    assert [row["id"] for row in member.get("auth/projects").json["projects"]] == [project["id"]]
    assert member.get("auth/domains").json["domains"] == []
    assert member.get("auth/system").json["system"] == []
    assert admin.get("auth/system").json["system"] == [{"all": True}]
    entries = member.get("auth/catalog").json["catalog"]
    urls = {entry["type"]: {each["url"] for each in entry["endpoints"]} for entry in entries}
    assert urls["compute"] == {"http://127.0.0.1:8774/v2.1"}
    unscoped = face.sign_in(by_token(member.token), "unscoped")
    assert unscoped.get("auth/catalog").status_int == 403
    assert [row["id"] for row in unscoped.get("auth/projects").json["projects"]] == [project["id"]]


# -- what ends a token


def _disable_user(admin, user, project):
    return admin.patch(f"users/{user['id']}", {"user": {"enabled": False}})


def _delete_user(admin, user, project):
    return admin.delete(f"users/{user['id']}")


def _set_password(admin, user, project):
    return admin.patch(f"users/{user['id']}", {"user": {"password": "new"}})


def _disable_project(admin, user, project):
    return admin.patch(f"projects/{project['id']}", {"project": {"enabled": False}})


def _delete_project(admin, user, project):
    return admin.delete(f"projects/{project['id']}")


def _remove_role(admin, user, project):
    path = f"projects/{project['id']}/users/{user['id']}/roles/{role_id(admin, 'member')}"
    return admin.delete(path)


ENDS = [_disable_user, _delete_user, _set_password, _disable_project, _delete_project, _remove_role]


@pytest.mark.parametrize("end", ENDS)
def test_a_change_ends_tokens_at_once(admin, user, project, member, end):
    assert member.works()
    assert end(admin, user, project).status_int in (200, 204)
    assert not member.works()
    assert admin.works()


def test_a_password_changed_by_its_user(face, user, member):
    path = f"users/{user['id']}/password"
    wrong = face.post(path, {"user": {"original_password": "no", "password": "new"}})
    assert (wrong.status_int, wrong.json) == (401, REFUSED)
    assert member.works()
    right = face.post(path, {"user": {"original_password": "secret", "password": "new"}})
    assert right.status_int == 204
    assert not member.works()
    assert face.authenticate(password(user["name"], "secret")).status_int == 401
    assert face.sign_in(password(user["name"], "new")).works()


def test_a_deleted_role_ends_the_tokens_that_have_it(face, admin, user, project, member):
    role = admin.make("role", name=f"role-{user['name']}")
    grant(admin, user, project, role["name"])
    with_role = face.sign_in(password(user["name"], "secret"), {"project": {"id": project["id"]}})
    assert admin.delete(f"roles/{role['id']}").status_int == 204
    assert not with_role.works()
    assert member.works()


def test_a_disabled_domain_ends_the_tokens_of_its_users(face, admin, user):
    domain = admin.make("domain", name=f"domain-{user['name']}")
    admin.make("user", name="bob", domain_id=domain["id"], password="secret")
    bob = face.sign_in(password("bob", "secret", domain["id"]))
    assert admin.patch(f"domains/{domain['id']}", {"domain": {"enabled": False}}).status_int == 200
    assert not bob.works()
    assert face.authenticate(password("bob", "secret", domain["id"])).status_int == 401


# -- application credentials


def _credentials(user):
    return f"users/{user['id']}/application_credentials"


def test_an_application_credential(face, user, project, member):
    made = member.make("application_credential", _credentials(user), name="ci", roles=[{"name": "reader"}])
    assert made["project_id"] == project["id"]
    assert made["unrestricted"] is False
    for identity in (
        credential(made),
        {
            "methods": ["application_credential"],
            "application_credential": {"name": "ci", "user": {"id": user["id"]}, "secret": made["secret"]},
        },
    ):
        token = face.authenticate(identity).json["token"]
        assert token["project"]["id"] == project["id"]
        assert _roles(token) == ["reader"]
        assert token["application_credential"] == {"id": made["id"], "name": "ci", "restricted": True}
    shown = member.get(f"{_credentials(user)}/{made['id']}").json["application_credential"]
    assert "secret" not in shown
    assert [row["id"] for row in member.get(_credentials(user)).json["application_credentials"]] == [
        made["id"]
    ]
    assert face.authenticate(credential({**made, "secret": "wrong"})).json == REFUSED


def test_a_restricted_one_neither_makes_others_nor_leaves_its_project(face, admin, user, project, member):
    other = admin.make("project", name=f"second-{user['name']}")
    grant(admin, user, other, "member")
    made = member.make("application_credential", _credentials(user), name="ci")
    own = face.sign_in(credential(made))
    body = {"application_credential": {"name": "second"}}
    assert own.post(_credentials(user), body).status_int == 403
    assert own.delete(f"{_credentials(user)}/{made['id']}").status_int == 403
    assert face.authenticate(credential(made), {"project": {"id": project["id"]}}).status_int == 401
    assert face.authenticate(by_token(own.token), {"project": {"id": other["id"]}}).status_int == 401
    assert face.authenticate(by_token(own.token), "unscoped").status_int == 401
    again = face.authenticate(by_token(own.token), {"project": {"id": project["id"]}})
    assert again.json["token"]["application_credential"]["id"] == made["id"]


def test_its_token_ends_with_it(face, admin, user, project, member):
    first = member.make("application_credential", _credentials(user), name="a")
    second = member.make("application_credential", _credentials(user), name="b")
    own = [face.sign_in(credential(each)) for each in (first, second)]
    assert member.delete(f"{_credentials(user)}/{first['id']}").status_int == 204
    assert [each.works() for each in own] == [False, True]
    grant(admin, user, project, "member", "DELETE")
    assert not own[1].works()
    assert admin.get(_credentials(user)).json["application_credentials"] == []


def test_it_ends_at_its_time_and_so_do_its_tokens(face, user, member):
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=5)
    text = soon.strftime("%Y-%m-%dT%H:%M:%S.%f")
    made = member.make("application_credential", _credentials(user), name="soon", expires_at=text)
    assert made["expires_at"] == text
    assert face.authenticate(credential(made)).json["token"]["expires_at"] == f"{text}Z"


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"name": "x", "roles": [{"name": "admin"}]}, 404),
        ({"name": "x", "expires_at": "2001-01-01T00:00:00"}, 400),
        ({"name": "x", "expires_at": "0001-01-01T00:00:00+23:00"}, 400),
        ({"name": "x", "expires_at": "soon"}, 400),
        ({"name": ""}, 400),
        ({"name": "x", "access_rules": [{"path": "/", "method": "GET", "service": "compute"}]}, 501),
    ],
)
def test_bad_ones(user, member, values, status):
    assert member.post(_credentials(user), {"application_credential": values}).status_int == status


def test_only_the_owner_makes_them_and_names_differ(admin, user, member):
    body = {"application_credential": {"name": "x"}}
    assert admin.post(_credentials(user), body).status_int == 403
    assert member.post(_credentials(user), body).status_int == 201
    assert member.post(_credentials(user), body).status_int == 409
