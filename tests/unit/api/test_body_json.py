"""Which JSON documents are taken: those that MariaDB, PostgreSQL and SQLite can all keep."""

import json

import pytest

from nova_lite.api import body


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": 1, "b": [1.5, null, true, "\xc3\xa9"]}',
        b'\xef\xbb\xbf{"with": "a BOM"}',
        '{"a": "é"}'.encode("utf-16"),
        b'"\\ud83d\\ude00"',
        b'"\\\\u0000"',
        b"[" * body.DEEPEST + b"]" * body.DEEPEST,
        json.dumps([[]] * 1000).encode(),
        json.dumps("[" * 1000).encode(),
    ],
)
def test_taken(raw):
    assert body.decode(raw) == json.loads(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'"\xff"',
        b'"\xed\xa0\x80"',  # UTF-8 of half a letter
        '"\\ud800"'.encode("utf-16"),
        b'"\\ud800"',
        b'"\\u0000"',
        b'{"\\u0000": 1}',
        b'"\\\\\\u0000"',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b"9" * 5000,
        b"[" * (body.DEEPEST + 1) + b"]" * (body.DEEPEST + 1),
        b'{"a":' * 21 + b"1" + b"}" * 21,
        b"[" * 100_000,
    ],
)
def test_refused(raw):
    with pytest.raises(ValueError):
        body.decode(raw)
