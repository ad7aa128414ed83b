"""Bootstrap and its input."""

import os

import pytest

from nova_lite import exception
from nova_lite.identity import commands
from tests.functional.identity.conftest import PASSWORDS, URLS
from tests.support.keystone import password


def test_a_second_run_changes_nothing(face):
    assert commands.bootstrap(URLS, environ=PASSWORDS) == []
    assert commands.bootstrap(URLS, environ={}) == []


def test_what_differs_is_set_right(face, admin, tmp_path):
    file = tmp_path / "passwords"
    file.write_text("# comment\n\ndemo=a=b\n")
    file.chmod(0o600)
    done = commands.bootstrap({"image": "https://other"}, password_file=str(file), environ=PASSWORDS)
    assert done[0] == "user demo: password set"
    assert [line.split(" ", 1)[1] for line in done[1:]] == ["endpoint of image changed: https://other"] * 3
    assert face.authenticate(password("demo", "a=b")).status_int == 201
    assert face.authenticate(password("demo", "demo-secret")).status_int == 401
    (member,) = admin.get("roles?name=member").json["roles"]
    (demo,) = admin.get("users?name=demo").json["users"]
    (project,) = admin.get("projects?name=demo").json["projects"]
    admin.delete(f"projects/{project['id']}/users/{demo['id']}/roles/{member['id']}")
    done = commands.bootstrap(URLS, environ=PASSWORDS)
    assert f"user demo: role member on project {project['id']}" in done
    assert commands.bootstrap(URLS, environ=PASSWORDS) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("demo", "line 1: must be USER=PASSWORD"),
        ("\ndemo=", "line 2"),
        ("root=x", "unknown user root"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_a_bad_password_file_is_told_without_its_content(face, tmp_path, content, said):
    file = tmp_path / "passwords"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    file.chmod(0o600)
    with pytest.raises(exception.InvalidInput, match=said):
        commands.bootstrap({}, password_file=str(file), environ={})
    file.chmod(0o644)
    with pytest.raises(exception.InvalidInput, match="chmod 600"):
        commands.bootstrap({}, password_file=str(file), environ={})


@pytest.mark.parametrize(
    ("urls", "said"),
    [
        ({"compute": "cloud:8774"}, "must begin with http"),
        ({"compute": "http:///v2.1"}, "compute"),
        ({"x": "http://x"}, "unknown service x"),
    ],
)
def test_bad_urls(face, urls, said):
    with pytest.raises(exception.InvalidInput, match=said):
        commands.bootstrap(urls, environ={})


def test_passwords_may_come_through_a_pipe(face):
    reader, writer = os.pipe()
    os.write(writer, b"admin=admin-secret\n")
    os.close(writer)
    try:
        assert commands.bootstrap({}, password_file=f"/dev/fd/{reader}", environ={}) == []
    finally:
        os.close(reader)
