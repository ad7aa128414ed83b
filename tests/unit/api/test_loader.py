"""Applications from api-paste.ini, and what is said when it is broken."""

import pathlib
import shutil

import pytest
import webob

from nova_lite import exception
from nova_lite.api import loader
from nova_lite.conf import CONF
from nova_lite.identity import keys, tokens

SHIPPED = pathlib.Path(__file__).parents[3] / "etc" / "api-paste.ini"


@pytest.fixture
def ini(tmp_path):
    """A copy of the shipped file, in use, with keys beside it."""
    path = tmp_path / "api-paste.ini"
    shutil.copy(SHIPPED, path)
    keys.setup(tmp_path / "keys")
    CONF.set_override("api_paste_config", str(path), group="wsgi")
    CONF.set_override("key_repository", str(tmp_path / "keys"), group="identity")
    tokens.reset()
    yield path
    CONF.clear_override("api_paste_config", group="wsgi")
    CONF.clear_override("key_repository", group="identity")
    CONF.clear_override("auth_strategy", group="api")
    tokens.reset()


def _change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize("name", ["osapi_compute", "identity", "image"])
def test_each_face_loads(ini, name):
    assert callable(loader.load_app(name, CONF))


def test_without_a_token_only_version_documents_answer(ini):
    app = loader.load_app("osapi_compute", CONF)
    answers = {
        path: webob.Request.blank(path).get_response(app)
        for path in ("/", "/v2.1", "/v2.1/", "/v2", "/v2.1/servers", "/v2/servers")
    }
    assert {path: answer.status_int for path, answer in answers.items()} == {
        "/": 200, "/v2.1": 200, "/v2.1/": 200, "/v2": 200, "/v2.1/servers": 401, "/v2/servers": 401,
    }  # fmt: skip
    assert all(answer.headers["x-openstack-request-id"].startswith("req-") for answer in answers.values())


def test_a_body_over_the_limit_is_413_before_anything_reads_it(ini):
    app = loader.load_app("identity", CONF)
    answer = webob.Request.blank("/v3/auth/tokens", method="POST", body=b"x" * 114689).get_response(app)
    assert answer.status_int == 413


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[filter:faultwrap]", "[filter:faultrap]", "'faultwrap'"),
        ("use = egg:nova-lite#fernet", "use = egg:nova-lite#fernot", "filter 'fernet' .*fernot"),
        (
            "use = egg:nova-lite#osapi_compute_app_v21",
            "use = egg:gone#x",
            "app 'osapi_compute_app_v21' .*gone",
        ),
        (
            "\nfernet = bounded_body cors",
            "\nferret = cors",
            "auth_strategy = fernet; there are ferret, keystone, noauth2",
        ),
        ("version = v2.1", "version = v9", "version = v9; there are v2.0, v2.1"),
        ("[composite:osapi_compute]", "[composite:other]", "app 'osapi_compute'"),
    ],
)
def test_what_is_broken_is_named_with_its_file(ini, old, new, said):
    _change(ini, old, new)
    with pytest.raises(exception.ConfigurationError, match=f"{ini}: .*{said}"):
        loader.load_app("osapi_compute", CONF)


def test_missing_keys_are_told_at_start(ini, tmp_path):
    shutil.rmtree(tmp_path / "keys")
    for name in ("osapi_compute", "identity"):
        with pytest.raises(exception.ConfigurationError, match=f"{tmp_path}/keys.*fernet_setup"):
            loader.load_app(name, CONF)


def test_a_missing_file_is_told_with_the_places(tmp_path):
    CONF.set_override("api_paste_config", "gone.ini", group="wsgi")
    try:
        with pytest.raises(exception.ConfigurationError, match=r"no gone.ini in .*/etc/nova-lite"):
            loader.load_app("identity", CONF)
    finally:
        CONF.clear_override("api_paste_config", group="wsgi")


def test_every_strategy_has_its_filter_in_every_face(ini):
    text = ini.read_text()
    for strategy, filter_name in (("fernet", "fernet"), ("keystone", "authtoken"), ("noauth2", "noauth2")):
        lines = [line for line in text.splitlines() if line.startswith(f"{strategy} = ")]
        assert len(lines) == 3
        assert all(f" {filter_name} keystonecontext " in line for line in lines)
