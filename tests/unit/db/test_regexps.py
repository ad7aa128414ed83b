"""Regular expressions on SQLite."""

import time

import pytest

from nova_lite import exception
from nova_lite.db import regexps


@pytest.mark.parametrize(
    ("pattern", "value", "found"),
    [
        ("^a", "abc", True),
        ("^b", "abc", False),
        ("1", 512, True),
        ("a", None, None),
        ("A", "a", False),
        ("", "", True),
    ],
)
def test_matches(pattern, value, found):
    assert regexps.matches(pattern, value) is found


def test_time_is_bounded():
    begun = time.monotonic()
    with pytest.raises(exception.InvalidInput, match="too long"):
        regexps.matches("(a|aa)+$", "a" * 250 + "b")
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("pattern", ["(", "[", "a{2,1}", "(?P<n>a)(?P<n"])
def test_what_is_none(pattern):
    with pytest.raises(exception.InvalidInput, match="not a valid"):
        regexps.matches(pattern, "a")
