"""Documents and patches: what any JSON gives is a change or a clear refusal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_lite import exception
from nova_lite.image import document, filters, metadata

NAMES = st.sampled_from([*metadata.BASE, *document.RESERVED, "os_type", "os_glance_x", "", "a/b", "~"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(NAMES | st.text(), inner), max_leaves=5
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["add", "remove", "replace", "move"]) | JSON,
        "path": NAMES.map(lambda name: f"/{name}") | JSON,
        "value": JSON,
        "add": JSON,
        "replace": st.just("/name"),
    },
)
ROW = {"name": "a", "tags": [], "properties": {"os_type": "linux"}, "status": "queued"}


@given(st.dictionaries(NAMES | st.text(), JSON) | JSON)
def test_any_document(body):
    try:
        values, properties, tags = document.parse(body)
    except (exception.ImageInvalid, exception.ImageForbidden):
        return
    assert set(values) <= set(metadata.WRITABLE)
    assert all(isinstance(value, str) for value in properties.values())
    assert not set(properties) & metadata.BASE
    assert all(isinstance(tag, str) for tag in tags)


@given(st.lists(CHANGES) | JSON, st.booleans())
def test_any_patch(body, draft4):
    try:
        values = document.patched(ROW, document.read_patch(body, draft4=draft4))
    except (exception.ImageInvalid, exception.ImageForbidden, exception.ImageConflict):
        return
    assert set(values) <= {*metadata.WRITABLE, "properties"}
    assert not set(values["properties"]) & metadata.BASE


@given(st.dictionaries(st.text(), st.lists(st.text(), min_size=1)))
def test_any_query(values):
    try:
        query = filters.parse(values)
    except exception.ImageInvalid:
        return
    assert all(operator in (*filters.OPERATORS, "in") for _, operator, _ in query.conditions)


@given(st.sampled_from(sorted(filters.FILTERS)), st.text())
def test_any_value_of_a_filter(name, value):
    try:
        query = filters.parse({name: [value]})
    except exception.ImageInvalid:
        return
    assert query.conditions


@pytest.mark.parametrize(
    ("pointer", "key"),
    [("/name", "name"), ("/a~1b", "a/b"), ("/a~0b", "a~b"), ("/a~01", "a~1"), ("/ a ", "a")],
)
def test_pointers(pointer, key):
    (change,) = document.read_patch([{"op": "remove", "path": pointer}])
    assert change.key == key


@pytest.mark.parametrize(
    "pointer", ["", "name", "/", "//", "/a/", "/a//b", "/a/b", "/~", "/~2", None, 1, ["/name"]]
)
def test_what_is_no_pointer(pointer):
    with pytest.raises(exception.ImageInvalid):
        document.read_patch([{"op": "add", "path": pointer, "value": "x"}])


def test_changes_follow_each_other():
    patch = [
        {"op": "add", "path": "/new", "value": "1"},
        {"op": "replace", "path": "/new", "value": "2"},
        {"op": "remove", "path": "/os_type"},
        {"op": "replace", "path": "/tags", "value": ["b", "a", "b"]},
        {"op": "add", "path": "/name", "value": None},
    ]
    values = document.patched(ROW, document.read_patch(patch))
    assert values == {"name": None, "tags": ["a", "b"], "properties": {"new": "2"}}
    with pytest.raises(exception.ImageConflict):
        document.patched(ROW, document.read_patch([patch[2], patch[2]]))


@pytest.mark.parametrize(
    "key", sorted(document.READ_ONLY | document.RESERVED | {"id", "os_glance_x", "locations"})
)
def test_what_only_the_service_changes(key):
    for operation in ("add", "replace", "remove"):
        with pytest.raises(exception.ImageForbidden):
            document.read_patch([{"op": operation, "path": f"/{key}", "value": "x"}])


def test_limits_of_properties():
    with pytest.raises(exception.ImageInvalid, match="255 characters"):
        document.parse({"k" * 256: "v"})
    with pytest.raises(exception.ImageInvalid, match="65535 bytes"):
        document.parse({"k": "ü" * 32768})
    assert document.parse({"k": "v" * 65535})[1] == {"k": "v" * 65535}
