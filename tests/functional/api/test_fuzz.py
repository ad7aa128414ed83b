"""Whatever is sent to the resources below, at any version: an announced answer, and never a 500.

Bodies and queries are drawn from the operations' own schemas, and from no schema at all.
"""

import json
import os
from urllib.parse import quote, urlencode

import pytest
import webob
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nova_lite.api import wsgi
from nova_lite.api.openstack import microversions
from nova_lite.api.openstack.compute import (
    aggregates,
    availability_zone,
    flavor_extra_specs,
    flavors,
    hosts,
    hypervisors,
    keypairs,
    limits,
    server_groups,
    services,
)
from nova_lite.db import flavors as db
from tests.support import face, tables

MODULES = (
    aggregates,
    availability_zone,
    flavor_extra_specs,
    flavors,
    hosts,
    hypervisors,
    keypairs,
    limits,
    server_groups,
    services,
)
OPERATIONS = [operation for module in MODULES for operation in module.OPERATIONS]

#: Requests drawn for each operation on each database; more by the environment.
EXAMPLES = int(os.environ.get("NOVA_LITE_FUZZ_EXAMPLES", "40"))

#: What any request may be answered with, beside success and what its operation announces.
ALWAYS = {400, 403, 404, 413, 415}

#: Those who ask: an administrator asks most of the time, since others are soon told that they may not.
CALLERS = ("admin:root:operators", "admin:root:operators", "member:alice:demo")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
WORDS = st.sampled_from(
    ["1", "0", "-1", "2147483648", "9" * 30, "9" * 5000, "nope", "flavor", "cmp1", "enable", "force-down", "%", "ü",
     " ", "²", "aaaaaaaa-0000-0000-0000-000000000003", "None", "true", "(", "\u0000", "a b"]
) | st.text(min_size=1, max_size=12)  # fmt: skip


@pytest.fixture(scope="module")
def rows(database):
    """Some of everything, so that requests do not all end in 404; databases differ in what they refuse."""
    with face.database(database):
        _fill()
        yield


def _fill():
    tables.add_projects("demo")
    tables.add_host("cmp1", service={"uuid": "aaaaaaaa-0000-0000-0000-000000000003"})
    tables.add_aggregate("cmp1", availability_zone="east")
    tables.add_group("affinity", project_id="operators")
    db.create({"name": "flavor", "flavorid": "1", "memory_mb": 1, "vcpus": 1}, {"a": "b"}, ["demo"])


def _query(schema):
    names = [*(schema or {}).get("properties", {}), "colour"]
    return st.lists(st.tuples(st.sampled_from(names), WORDS), max_size=3)


def _objects(schema):
    known = {name: _like(each) for name, each in schema.get("properties", {}).items()}
    required = {name: known.pop(name) for name in list(known) if name in schema.get("required", ())}
    made = st.fixed_dictionaries(required, optional=known)
    for each in schema.get("patternProperties", {}).values():
        more = st.dictionaries(
            st.sampled_from(["a", "hw:cpu_policy", "availability_zone", "\n"]), _like(each)
        )
        made = st.tuples(made, more).map(lambda pair: pair[0] | pair[1])
    return made


#: JSON type → values of it, the odd ones among them.
_TYPES = {
    "object": _objects,
    "array": lambda schema: st.lists(_like(schema.get("items", {})), max_size=2),
    "string": lambda _: WORDS | st.text(max_size=300),
    "integer": lambda _: st.sampled_from([0, 1, -1, 7, 0x7FFFFFFF, 0x80000000, 10**30]),
    "number": lambda _: st.sampled_from([0, 0.5, -1.5, 1e300]),
    "boolean": lambda _: st.booleans(),
    "null": lambda _: st.none(),
}


def _like(schema):
    """Draw what looks like a schema's values: the right shape, and often the wrong content."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "oneOf" in schema:
        return st.one_of(*(_like({"type": schema.get("type", "string")} | each) for each in schema["oneOf"]))
    types = schema.get("type", "string")
    return st.one_of(*(_TYPES[name](schema) for name in ([types] if isinstance(types, str) else types)))


def _body(schema):
    if schema is None:
        return st.none()
    return st.one_of(_like(schema), _like(schema), _like(schema), JSON)


@st.composite
def requests(draw, operation):
    """Draw a request for an operation at a version that has it."""
    version = draw(st.integers(operation.since, operation.until or microversions.MAX))
    path = operation.path
    while "{" in path:
        head, _, rest = path.partition("{")
        path = head + quote(draw(WORDS), safe="") + rest.partition("}")[2]
    query = draw(_query(wsgi.pick(operation.query, version)))
    return version, path, urlencode(query), draw(_body(wsgi.pick(operation.body, version)))


def name_of(operation) -> str:
    """Return what a test of an operation is called."""
    return f"{operation.method} {operation.path} {operation.action or ''} {operation.since}"


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_no_surprise(application, rows, operation):
    check_operation(application, operation)


def check_operation(application, operation, *also: int) -> None:
    """Send many drawn requests for an operation; each answer must be an announced one, or have a status of `also`.

    Raises:
        AssertionError: one is not.
    """

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests(operation), st.sampled_from(CALLERS))
    def check(drawn, caller):
        version, path, query, body = drawn
        req = webob.Request.blank(f"/v2.1{path}?{query}", method=operation.method)
        req.headers["X-Auth-Token"] = caller
        req.headers["OpenStack-API-Version"] = f"compute 2.{version}"
        if body is not None:
            req.body = json.dumps(body).encode()
            req.content_type = "application/json"
        answer = req.get_response(application)
        expected = {operation.status, *also, *operation.faults, *ALWAYS}
        assert answer.status_int in expected, f"{answer.status}: {answer.text}"
        assert answer.headers["x-openstack-request-id"].startswith("req-")
        if answer.status_int >= 400 and answer.content_type == "application/json":
            (fault,) = answer.json.values()
            assert fault["code"] == answer.status_int
            assert fault["message"]
        if answer.status_int == 200 and answer.body:
            answer.json  # noqa: B018 - raises when it is none

    check()
