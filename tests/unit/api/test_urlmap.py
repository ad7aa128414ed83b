"""The URL map."""

import pytest

from nova_lite import exception
from nova_lite.api.urlmap import URLMap

MAP = {"/": "root", "/v2": "doc2", "/v2.1": "doc21", "/v2/+": "api2", "/v2.1/+": "api21"}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", ("", "root")),
        ("/", ("", "root")),
        ("/v3/servers", ("", "root")),
        ("/v2", ("/v2", "doc2")),
        ("/v2/", ("/v2", "doc2")),
        ("/v2.1", ("/v2.1", "doc21")),
        ("/v2.1/", ("/v2.1", "doc21")),
        ("/v2.1/servers", ("/v2.1", "api21")),
        ("/v2/servers", ("/v2", "api2")),
        ("/v2.10/servers", ("", "root")),
        ("/v2.1//", ("/v2.1", "api21")),
    ],
)
def test_the_longest_prefix_wins(path, found):
    assert URLMap(MAP).find(path) == found


def test_the_prefix_moves_to_script_name():
    seen = {}

    def application(environ, _start_response):
        seen.update(environ)
        return []

    URLMap({"/v2.1/+": application})({"SCRIPT_NAME": "/compute", "PATH_INFO": "/v2.1/servers"}, None)
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == ("/compute/v2.1", "/servers")


def test_a_path_of_nobody_is_404():
    statuses = []
    URLMap({"/a": None})({"PATH_INFO": "/b"}, lambda status, _headers: statuses.append(status))
    assert statuses == ["404 Not Found"]


def test_a_prefix_without_a_slash_is_refused():
    with pytest.raises(exception.ConfigurationError, match="'v2'"):
        URLMap({"v2": None})
