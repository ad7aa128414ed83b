"""Names of new servers."""

import re

import pytest

from nova_lite.compute.api import names

DEFAULT = "Server-12345678"


@pytest.mark.parametrize(
    ("name", "hostname"),
    [
        ("web", "web"),
        ("Web Server_1", "web-server-1"),
        ("db.example.org", "db-example-org"),
        ("-.web.-", "web"),
        ("naïve", "nave"),
        ("日本", DEFAULT),
        ("???", DEFAULT),
        ("x" * 100, "x" * 63),
        ("a'b\"c$(d)", "abcd"),
        ("line\nbreak", "linebreak"),
    ],
)
def test_hostname(name, hostname):
    made = names.hostname(name, DEFAULT)
    assert made == hostname.strip("-")
    assert re.fullmatch(r"[A-Za-z0-9-]{1,63}", made)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 12, 40])
def test_password(length):
    made = names.password(length)
    assert len(made) == length
    if length >= 3:
        for group in names._PASSWORD_GROUPS:
            assert set(made) & set(group)


def test_passwords_differ():
    assert len({names.password(12) for _ in range(100)}) == 100


def test_reservation_id():
    assert re.fullmatch("r-[a-z0-9]{8}", names.reservation_id())
