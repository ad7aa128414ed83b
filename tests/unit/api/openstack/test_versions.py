"""Version documents."""

import pytest
import webob

from nova_lite import exception
from nova_lite.api.openstack.versions import Versions


def _get(path, version=None, script_name=""):
    req = webob.Request.blank(path, base_url=f"http://cloud:8774{script_name}")
    return req.get_response(Versions(version))


def test_list():
    answer = _get("/")
    assert answer.status_int == 200
    assert answer.json == {
        "versions": [
            {
                "id": "v2.0",
                "status": "DEPRECATED",
                "version": "",
                "min_version": "",
                "updated": "2011-01-21T11:33:21Z",
                "links": [{"rel": "self", "href": "http://cloud:8774/v2/"}],
            },
            {
                "id": "v2.1",
                "status": "CURRENT",
                "version": "2.104",
                "min_version": "2.1",
                "updated": "2013-07-23T11:33:21Z",
                "links": [{"rel": "self", "href": "http://cloud:8774/v2.1/"}],
            },
        ]
    }


def test_one():
    version = _get("/", "v2.1", "/v2.1").json["version"]
    assert (version["id"], version["version"], version["min_version"]) == ("v2.1", "2.104", "2.1")
    assert version["links"][0] == {"rel": "self", "href": "http://cloud:8774/v2.1/"}
    assert version["media-types"] == [
        {"base": "application/json", "type": "application/vnd.openstack.compute+json;version=2.1"}
    ]


def test_an_unknown_path_offers_choices():
    answer = _get("/v3/servers")
    assert answer.status_int == 300
    assert [choice["links"][0]["href"] for choice in answer.json["choices"]] == [
        "http://cloud:8774/v2/v3/servers",
        "http://cloud:8774/v2.1/v3/servers",
    ]


def test_a_path_that_is_not_utf8_is_404():
    assert _get("/%ff").status_int == 404


def test_an_unknown_version_is_refused():
    with pytest.raises(exception.ConfigurationError, match="v3"):
        Versions("v3")
