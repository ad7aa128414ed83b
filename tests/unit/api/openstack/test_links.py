"""Links and pages: prefixes, project ids, markers, sort orders."""

import pytest

from nova_lite import exception
from nova_lite.api import validation, wsgi
from nova_lite.api.openstack import links, paging
from nova_lite.conf import CONF


def request(query="", project_id=None):
    req = wsgi.Request.blank(f"/servers?{query}", base_url="http://cloud:8774/v2.1")
    req.environ["nova.url_project_id"] = project_id
    schema = {"type": "object", "properties": {**paging.PROPERTIES, **paging.SORT_PROPERTIES}}
    req.environ["nova.query"] = validation.query(schema, dict(_pairs(query)))
    return req


def _pairs(query):
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        yield name, [value]


@pytest.fixture
def prefix():
    def use(name, value):
        CONF.set_override(name, value, group="api")

    yield use
    for name in ("compute_link_prefix", "glance_link_prefix", "max_limit"):
        CONF.clear_override(name, group="api")


def test_self_has_the_version_and_bookmark_has_not():
    assert links.pair(request(), "servers", "1") == [
        {"rel": "self", "href": "http://cloud:8774/v2.1/servers/1"},
        {"rel": "bookmark", "href": "http://cloud:8774/servers/1"},
    ]


def test_the_project_stands_in_links_when_it_stood_in_the_request():
    req = request(project_id="abc")
    assert links.href(req, "servers", "1") == "http://cloud:8774/v2.1/abc/servers/1"
    assert links.bookmark(req, "servers", "1") == "http://cloud:8774/abc/servers/1"
    assert links.image_bookmark(req, "i") == "http://cloud:8774/abc/images/i"


def test_prefixes(prefix):
    prefix("compute_link_prefix", "https://outside/compute/")
    prefix("glance_link_prefix", "https://images")
    assert links.href(request(), "servers", "1") == "https://outside/compute/v2.1/servers/1"
    assert links.bookmark(request(), "servers", "1") == "https://outside/compute/servers/1"
    assert links.image_bookmark(request(), "i") == "https://images/images/i"


def test_odd_names_are_quoted():
    assert links.href(request(), "flavors", "a b/c?ü").endswith("/flavors/a%20b/c%3F%C3%BC")


@pytest.mark.parametrize(
    ("query", "markers", "href"),
    [
        ("limit=2", ["a", "b"], "limit=2&marker=b"),
        ("limit=2&marker=x&sort_key=name", ["a", "b"], "limit=2&sort_key=name&marker=b"),
        ("limit=2", ["a b", "c&d"], "limit=2&marker=c%26d"),
        ("", ["a", "b", "c"], "marker=c"),  # max_limit is 3 here
        ("limit=100", ["a", "b", "c"], "limit=100&marker=c"),
    ],
)
def test_a_full_page_has_a_next_one(prefix, query, markers, href):
    prefix("max_limit", 3)
    (link,) = links.next_page(request(query), "servers/detail", markers)
    assert link == {"rel": "next", "href": f"http://cloud:8774/v2.1/servers/detail?{href}"}


@pytest.mark.parametrize(("query", "markers"), [("limit=0", []), ("limit=3", ["a"]), ("", []), ("", ["a"])])
def test_other_pages_have_none(query, markers):
    assert links.next_page(request(query), "servers", markers) == []


def test_sorting_as_asked_then_by_the_defaults():
    defaults = [("created_at", "desc"), ("id", "desc")]
    assert paging.sort_params(request(), defaults) == defaults
    assert paging.sort_params(request("sort_dir=asc"), defaults) == [("created_at", "asc"), ("id", "asc")]
    assert paging.sort_params(request("sort_key=name&sort_dir=asc"), defaults) == [
        ("name", "asc"), ("created_at", "asc"), ("id", "asc"),
    ]  # fmt: skip
    assert paging.sort_params(request("sort_key=id"), defaults) == [("id", "desc"), ("created_at", "desc")]


def test_bad_sorting():
    with pytest.raises(exception.InvalidSortKey):
        paging.sort_params(request("sort_key=secret"), [("id", "asc")], {"id"})
    with pytest.raises(exception.InvalidInput, match="Unknown sort direction 'up'"):
        paging.sort_params(request("sort_dir=up"), [("id", "asc")])


def test_more_directions_than_keys():
    req = request("sort_key=id")
    req.environ["nova.query"]["sort_dir"] = ["asc", "desc"]
    with pytest.raises(exception.InvalidInput, match="exceeds sort key size"):
        paging.sort_params(req, [("id", "asc")])
