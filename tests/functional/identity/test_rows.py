"""The nouns: create, show, list with filters, change, delete, and who may."""

import uuid

import pytest

from nova_lite.api.identity.app import RESOURCES
from tests.functional.identity.conftest import grant, role_id


def _name() -> str:
    return f"n-{uuid.uuid4().hex[:12]}"


#: noun → (values of a new one, a change, a list that finds it)
NOUNS = {
    "domain": (lambda: {"name": _name()}, {"description": "new"}, "domains?name={name}"),
    "project": (lambda: {"name": _name()}, {"description": "new"}, "projects?name={name}&domain_id=default"),
    "user": (lambda: {"name": _name(), "email": "a@b"}, {"email": "c@d"}, "users?name={name}&enabled=true"),
    "role": (lambda: {"name": _name()}, {"description": "new"}, "roles?name={name}"),
    "region": (
        lambda: {"id": _name(), "parent_region_id": "RegionOne"},
        {"description": "new"},
        "regions?parent_region_id=RegionOne",
    ),
    "service": (lambda: {"type": _name(), "name": "x"}, {"description": "new"}, "services?type={type}"),
}


@pytest.mark.parametrize("noun", list(NOUNS))
def test_the_life_of_a_noun(admin, noun):
    values, change, found = NOUNS[noun]
    given = values()
    made = admin.make(noun, **given)
    assert given.items() <= made.items()
    assert made["links"]["self"] == f"http://localhost/v3/{noun}s/{made['id']}"
    assert admin.get(f"{noun}s/{made['id']}").json == {noun: made}
    listed = admin.get(found.format(**given)).json
    assert listed[f"{noun}s"] == [made]
    assert listed["links"] == {
        "self": f"http://localhost/v3/{found.format(**given)}", "previous": None, "next": None,
    }  # fmt: skip
    changed = admin.patch(f"{noun}s/{made['id']}", {noun: change})
    assert (changed.status_int, changed.json[noun]) == (200, made | change)
    if noun == "domain":
        refused = admin.delete(f"domains/{made['id']}")
        assert (refused.status_int, "disable it first" in refused.text) == (403, True)
        admin.patch(f"domains/{made['id']}", {"domain": {"enabled": False}})
    assert admin.delete(f"{noun}s/{made['id']}").status_int == 204
    gone = admin.get(f"{noun}s/{made['id']}")
    assert gone.json == {
        "error": {"code": 404, "title": "Not Found", "message": f"Could not find {noun}: {made['id']}."}
    }
    assert admin.delete(f"{noun}s/{made['id']}").status_int == 404
    assert admin.patch(f"{noun}s/{made['id']}", {noun: change}).status_int == 404


@pytest.mark.parametrize("noun", ["domain", "project", "user", "role", "region"])
def test_names_are_unique(admin, noun):
    values = NOUNS[noun][0]()
    admin.make(noun, **values)
    answer = admin.post(f"{noun}s", {noun: values})
    assert answer.status_int == 409
    assert answer.json["error"]["message"].startswith(
        f"Conflict occurred attempting to store {noun} - Duplicate entry"
    )
    if noun != "region":
        other = admin.make(noun, **NOUNS[noun][0]())
        assert admin.patch(f"{noun}s/{other['id']}", {noun: {"name": values["name"]}}).status_int == 409


def test_the_same_name_in_another_domain(admin):
    domain = admin.make("domain", name=_name())
    for noun in ("project", "user"):
        name = _name()
        admin.make(noun, name=name)
        assert admin.make(noun, name=name, domain_id=domain["id"])["domain_id"] == domain["id"]


def test_other_attributes_are_kept(admin):
    made = admin.make("user", name=_name(), phone={"home": "1"}, description="x\u00e9")
    assert made["phone"] == {"home": "1"}
    changed = admin.patch(f"users/{made['id']}", {"user": {"phone": None, "town": "Bern"}}).json["user"]
    assert "phone" not in changed
    assert changed["town"] == "Bern"
    assert "password" not in changed


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("name__contains=needle", 2),
        ("name__icontains=PinCushion", 1),
        ("name__startswith=a-needle", 1),
        ("name__endswith=_100%25", 1),
        ("name__contains=needle&enabled=false", 1),
        ("name__contains=needle&enabled=0", 1),
        ("name=nobody", 0),
        ("unknown=1&name__contains=needle", 2),
    ],
)
def test_inexact_filters(admin, query, count):
    if not admin.get("users?name=a-needle-x").json["users"]:
        admin.make("user", name="a-needle-x")
        admin.make("user", name="b-needle_100%", enabled=False)
        admin.make("user", name="c-pINcUSHION")
    answer = admin.get(f"users?{query}")
    assert len(answer.json["users"]) == count


def test_a_filter_that_no_name_can_fit_is_refused(admin):
    assert admin.get("users?name=nul%00").status_int == 400


def test_projects_have_parents_and_tags(admin):
    top = admin.make("project", name=_name(), tags=["red", "big"])
    assert top["parent_id"] == "default"
    below = admin.make("project", name=_name(), parent_id=top["id"], tags=["red"])
    assert below["domain_id"] == "default"
    assert [row["id"] for row in admin.get(f"projects?parent_id={top['id']}").json["projects"]] == [
        below["id"]
    ]
    in_domain = {row["id"] for row in admin.get("projects?parent_id=default").json["projects"]}
    assert top["id"] in in_domain
    assert below["id"] not in in_domain
    queries = ("tags=red,big", "tags-any=big,blue", f"not-tags=red,big&parent_id={top['id']}")
    tagged = [[row["id"] for row in admin.get(f"projects?{query}").json["projects"]] for query in queries]
    assert tagged == [[top["id"]], [top["id"]], [below["id"]]]
    assert admin.delete(f"projects/{top['id']}").status_int == 403
    assert admin.patch(f"projects/{below['id']}", {"project": {"parent_id": "default"}}).status_int == 403
    assert admin.get("projects?is_domain=true").json["projects"] == []


def test_a_domain_takes_what_is_in_it_along(admin):
    domain = admin.make("domain", name=_name())
    project = admin.make("project", name=_name(), domain_id=domain["id"])
    below = admin.make("project", name=_name(), parent_id=project["id"], domain_id=domain["id"])
    user = admin.make("user", name=_name(), domain_id=domain["id"])
    role = admin.make("role", name=_name(), domain_id=domain["id"])
    grant(admin, user, below, "member")
    admin.patch(f"domains/{domain['id']}", {"domain": {"enabled": False}})
    assert admin.delete(f"domains/{domain['id']}").status_int == 204
    for path in (
        f"projects/{project['id']}",
        f"projects/{below['id']}",
        f"users/{user['id']}",
        f"roles/{role['id']}",
    ):
        assert admin.get(path).status_int == 404
    admin.patch("domains/default", {"domain": {"description": "still here"}})
    assert admin.delete("domains/default").status_int == 403


def test_endpoints(admin):
    service = admin.make("service", type=_name(), name="x")
    values = {
        "service_id": service["id"],
        "interface": "public",
        "url": "http://x/$(project_id)s/%(user_id)s",
    }
    made = admin.make("endpoint", **values, region_id="RegionOne")
    assert (made["region"], made["region_id"]) == ("RegionOne", "RegionOne")
    old = admin.make("endpoint", **{**values, "interface": "admin"}, region="Elsewhere")
    assert old["region_id"] == "Elsewhere"
    assert admin.get("regions/Elsewhere").status_int == 200
    found = admin.get(f"endpoints?service_id={service['id']}&interface=public").json["endpoints"]
    assert [row["id"] for row in found] == [made["id"]]
    own = admin.get("auth/tokens", X_Subject_Token=admin.token).json["token"]
    urls = [
        each["url"] for entry in own["catalog"] if entry["id"] == service["id"] for each in entry["endpoints"]
    ]
    assert set(urls) == {f"http://x/{own['project']['id']}/{own['user']['id']}"}
    assert admin.delete("regions/Elsewhere").status_int == 403
    for bad in (
        {**values, "service_id": "nowhere"},
        {**values, "region_id": "nowhere"},
        {**values, "interface": "secret"},
        {**values, "url": "x"},
    ):
        assert admin.post("endpoints", {"endpoint": bad}).status_int == 400
    assert admin.delete(f"services/{service['id']}").status_int == 204
    assert admin.get(f"endpoints/{made['id']}").status_int == 404


def test_a_region_is_not_below_itself(admin):
    name = _name()
    assert admin.put(f"regions/{name}", {"region": {}}).status_int == 201
    assert admin.put(f"regions/{'x' * 256}", {"region": {}}).status_int == 400
    assert admin.put("regions/other", {"region": {"id": name}}).status_int == 400
    below = admin.make("region", parent_region_id=name)
    for parent in (name, below["id"]):
        assert admin.patch(f"regions/{name}", {"region": {"parent_region_id": parent}}).status_int == 400
    assert admin.delete(f"regions/{name}").status_int == 403


# -- grants and assignments


@pytest.mark.parametrize("kind", ["projects", "domains", "system"])
def test_grants(admin, user, project, kind):
    where = {"projects": f"projects/{project['id']}", "domains": "domains/default", "system": "system"}[kind]
    base = f"{where}/users/{user['id']}/roles"
    role = f"{base}/{role_id(admin, 'manager')}"
    assert admin.get(role).status_int == 404
    assert [admin.put(role).status_int for _ in range(2)] == [204, 204]
    assert admin.get(role).status_int == 204
    assert admin.call("HEAD", role).status_int == 204
    names = [row["name"] for row in admin.get(base).json["roles"]]
    assert names == (["manager", "member"] if kind == "projects" else ["manager"])
    assert admin.delete(role).status_int == 204
    assert admin.delete(role).status_int == 404
    for path in (f"{where}/users/nobody/roles", f"{base}/nothing"):
        assert (
            admin.put(f"{path}/{role_id(admin, 'member')}" if path.endswith("roles") else path).status_int
            == 404
        )
    if kind != "system":
        assert (
            admin.put(f"{kind}/nowhere/users/{user['id']}/roles/{role_id(admin, 'member')}").status_int == 404
        )


def test_role_assignments(admin, user, project):
    def found(query):
        return admin.get(f"role_assignments?{query}").json["role_assignments"]

    member_id = role_id(admin, "member")
    path = f"http://localhost/v3/projects/{project['id']}/users/{user['id']}/roles/{member_id}"
    expected = {
        "role": {"id": member_id},
        "user": {"id": user["id"]},
        "scope": {"project": {"id": project["id"]}},
        "links": {"assignment": path},
    }
    for query in (
        f"user.id={user['id']}",
        f"scope.project.id={project['id']}",
        f"user.id={user['id']}&role.id={member_id}",
        f"user.id={user['id']}&include_names=false",
    ):
        assert found(query) == [expected]
    for query in (
        f"user.id={user['id']}&scope.system=all",
        f"user.id={user['id']}&role.id={role_id(admin, 'reader')}",
        f"user.id={user['id']}&scope.domain.id=default",
        f"scope.project.id={project['id']}&scope.domain.id=default",
        "group.id=x",
    ):
        assert found(query) == []
    (named,) = found(f"user.id={user['id']}&include_names")
    domain = {"id": "default", "name": "Default"}
    assert named["user"] == {"id": user["id"], "name": user["name"], "domain": domain}
    assert named["scope"]["project"] == {"id": project["id"], "name": project["name"], "domain": domain}
    assert named["role"]["name"] == "member"
    effective = found(f"user.id={user['id']}&effective&include_names")
    assert [row["role"]["name"] for row in effective] == ["member", "reader"]
    assert "prior_role" in effective[1]["links"]
    assert [row["scope"] for row in found("scope.system=all&include_names=1")] == [{"system": {"all": True}}]


# -- who may


def test_members_see_themselves_and_no_more(admin, member, user, project):
    own = (
        f"users/{user['id']}",
        f"users/{user['id']}/projects",
        f"users/{user['id']}/application_credentials",
        f"projects/{project['id']}",
        "regions",
    )
    assert {path: member.get(path).status_int for path in own} == dict.fromkeys(own, 200)
    (admin_user,) = admin.get("users?name=admin").json["users"]
    (admin_project,) = admin.get("projects?name=admin").json["projects"]
    refused = {
        f"users/{admin_user['id']}": "get_user",
        f"users/{admin_user['id']}/projects": "list_user_projects",
        f"projects/{admin_project['id']}": "get_project",
        "users/nobody": "get_user",
        "users": "list_users",
        "projects": "list_projects",
        "domains": "list_domains",
        "domains/default": "get_domain",
        "roles": "list_roles",
        "services": "list_services",
        "endpoints": "list_endpoints",
        "role_assignments": "list_role_assignments",
        f"projects/{project['id']}/users/{user['id']}/roles": "list_grants",
    }
    for path, rule in refused.items():
        answer = member.get(path)
        assert answer.status_int == 403, path
        text = f"You are not authorized to perform the requested action: identity:{rule}."
        assert answer.json["error"] == {"code": 403, "title": "Forbidden", "message": text}
    assert member.put(f"system/users/{user['id']}/roles/{role_id(admin, 'admin')}").status_int == 403
    assert member.patch(f"users/{user['id']}", {"user": {"name": "root"}}).status_int == 403


def _operations():
    return [operation for module in RESOURCES for operation in module.OPERATIONS]


def test_every_operation_but_the_public_ones_wants_a_token(face):
    public = {
        ("GET", "/"),
        ("GET", "/v3"),
        ("POST", "/v3/auth/tokens"),
        ("POST", "/v3/users/{user_id}/password"),
    }
    for operation in _operations():
        path = operation.path.replace("{", "").replace("}", "")
        answer = face.call(operation.method, path, {"not": "valid"} if operation.body else None)
        if (operation.method, operation.path) in public:
            assert answer.status_int != 401
        else:
            assert answer.status_int == 401, operation
            assert answer.json["error"]["title"] == "Unauthorized"


# -- the envelope


def test_versions(face):
    for path, status in (
        ("/", 300),
        ("/identity", 300),
        ("/identity/", 300),
        ("/v3", 200),
        ("/v3/", 200),
        ("/identity/v3", 200),
    ):
        assert face.get(path).status_int == status, path
    assert face.get("/identity/v3").json["version"]["links"][0]["href"] == "http://localhost/identity/v3/"
    assert face.get("/").json["versions"]["values"][0]["id"].startswith("v3.")


def test_unknown_paths_and_methods(admin):
    for path in ("groups", "limits", "/v2.0/tokens", "users/a/b/c", "/%ff"):
        answer = admin.get(path)
        assert (answer.status_int, answer.json["error"]["title"]) == (404, "Not Found")
    answer = admin.put("users")
    assert (answer.status_int, answer.json["error"]["title"]) == (405, "Method Not Allowed")


def test_every_answer_has_a_request_id(face, admin):
    for answer in (face.get("/"), face.get("users"), admin.get("users"), admin.get("groups")):
        assert answer.headers["x-openstack-request-id"].startswith("req-")


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"name": ""},
        {"name": " "},
        {"name": 5},
        {"name": None},
        {"name": "x" * 256},
        {"name": "nul\0"},
        {"name": "\ud800"},
        {"name": "n", "enabled": "true"},
        {"name": "n", "email": 1},
        {"name": "n", "email": "x" * 256},
        {"name": "n", "description": "nul\0"},
        {"name": "n", "description": "x" * 20000},
        {"name": "n", "options": {"lock_password": True}},
        {"name": "n", "default_project_id": "../x"},
        {"name": "n", "password": 5},
        {"name": "n", "password": "x" * 5000},
    ],
)
def test_bad_users_are_400(admin, values):
    assert admin.post("users", {"user": values}).status_int == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b"\xff", 400),
        (b'{"user": []}', 400),
        (b"[" * 50000, 400),
    ],
)
def test_bad_bodies_are_400(face, admin, body, status):
    import webob

    request = webob.Request.blank("/v3/users", method="POST", body=body, content_type="application/json")
    request.headers["X-Auth-Token"] = admin.token
    assert request.get_response(face.application).status_int == status


def test_references_to_nothing(admin):
    assert admin.post("users", {"user": {"name": _name(), "domain_id": "nowhere"}}).status_int == 404
    assert admin.post("projects", {"project": {"name": _name(), "domain_id": "nowhere"}}).status_int == 404
    assert admin.post("projects", {"project": {"name": _name(), "parent_id": "nowhere"}}).status_int == 404
    assert admin.post("roles", {"role": {"name": _name(), "domain_id": "nowhere"}}).status_int == 404
    made = admin.make("user", name=_name())
    assert admin.patch(f"users/{made['id']}", {"user": {"domain_id": "nowhere"}}).status_int == 400
    assert admin.patch(f"users/{made['id']}", {"user": {"id": "other"}}).status_int == 400
    assert admin.get(f"users/{made['id'].upper()}").status_int == (
        404 if made["id"].upper() != made["id"] else 200
    )
