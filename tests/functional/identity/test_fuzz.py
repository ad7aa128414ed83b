"""Requests that nobody should send: every answer is one of Keystone's, none is 500."""

import json
import re
import string
from urllib.parse import quote

import webob
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nova_lite.api.identity.app import RESOURCES

OPERATIONS = [operation for module in RESOURCES for operation in module.OPERATIONS]

_words = st.sampled_from(
    [
        "name", "id", "domain", "domain_id", "enabled", "password", "user", "users", "project", "region", "default",
        "tags", "roles", "options", "extra", "parent_id", "url", "interface", "service_id", "type", "auth", "scope",
        "identity", "methods", "token", "expires_at", "default_project_id", "description", "email",
    ]
)  # fmt: skip
_texts = st.one_of(
    _words, st.text(max_size=20), st.sampled_from(["\0", "\ud800", "x" * 300, "-1", "2030-01-01"])
)
_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_words, inner, max_size=5)),
    max_leaves=15,
)
_queries = st.lists(
    st.tuples(
        st.one_of(
            _words, st.sampled_from(["name__contains", "user.id", "scope.project.id", "effective", "tags"])
        ),
        _texts,
    ),
    max_size=3,
)


def _noun(operation) -> str | None:
    schema = operation.body
    return next(iter(schema["properties"])) if schema else None


@given(data=st.data(), operation=st.sampled_from(OPERATIONS), query=_queries)
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_request_breaks_the_face(admin, data, operation, query):
    if operation.handler == "delete" or ("tokens" in operation.path and operation.method == "DELETE"):
        return  # the administrator's own rows are needed by the examples that follow
    path = re.sub(
        r"\{\w+\}", lambda _: quote(data.draw(_texts).encode(errors="replace")) or "x", operation.path
    )
    text = "&".join(f"{quote(name)}={quote(value.encode(errors='replace'))}" for name, value in query)
    request = webob.Request.blank(f"{path}?{text}", method=operation.method)
    if operation.body is not None:
        inner = data.draw(st.dictionaries(_words, _json, max_size=8) | _json)
        body = {_noun(operation): inner} if data.draw(st.booleans()) else inner
        request.body = json.dumps(body).encode()
        request.content_type = "application/json"
    request.headers["X-Auth-Token"] = admin.token
    subject = data.draw(st.text(string.printable.strip(), max_size=20))
    request.headers["X-Subject-Token"] = subject
    answer = request.get_response(admin.application)
    assert answer.status_int in (200, 201, 204, 300, 400, 401, 403, 404, 405, 409, 501), answer.text
    if answer.status_int >= 400:
        assert answer.json["error"]["code"] == answer.status_int
