"""Bodies in pieces."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_lite import exception
from nova_lite.api import body


def encode(chunks, trailers=b""):
    return (
        b"".join(b"%x;ext=1\r\n%s\r\n" % (len(each), each) for each in chunks) + b"0\r\n" + trailers + b"\r\n"
    )


@given(st.lists(st.binary(min_size=1, max_size=300)), st.integers(1, 200))
def test_chunks_are_joined(chunks, size):
    source = io.BytesIO(encode(chunks) + b"GET / HTTP/1.1\r\n")
    reader = body.ChunkedReader(source)
    pieces = list(iter(lambda: reader.read(size), b""))
    assert b"".join(pieces) == b"".join(chunks)
    assert all(len(piece) <= size for piece in pieces)
    assert reader.read(size) == b""
    assert source.read() == b"GET / HTTP/1.1\r\n"  # the next request is whole


def test_trailers_are_passed_over():
    source = io.BytesIO(encode([b"abc"], b"X-Sum: 1\r\n") + b"next")
    assert body.ChunkedReader(source).read() == b"abc"
    assert source.read() == b"next"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"3\r\nab",
        b"3\r\nabc",
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"-3\r\nabc\r\n0\r\n\r\n",
        b"0x3\r\nabc\r\n0\r\n\r\n",
        b"+3\r\nabc\r\n0\r\n\r\n",
        b"3_0\r\nabc\r\n0\r\n\r\n",
        b"\r\nabc",
        b"3\nabc\n0\n\n",
        b"fffffffffffffffff\r\n",
        b"3" + b";" * 5000 + b"\r\nabc\r\n0\r\n\r\n",
        b"3\r\nabc\r\n0\r\n",
    ],
)
def test_what_is_no_chunked_encoding(raw):
    with pytest.raises(ValueError, match=r"."):
        body.ChunkedReader(io.BytesIO(raw)).read()


class Source(io.BytesIO):
    """Remembers the largest read."""

    largest = 0

    def read(self, size=-1):
        self.largest = max(self.largest, len(self.getvalue()) if size < 0 else size)
        return super().read(size)


def run(application, environ):
    said = []
    answer = b"".join(body.BoundedBody(application)(environ, lambda *arguments: said.append(arguments)))
    return said, answer


def refuse(_environ, start_response):
    start_response("401 Unauthorized", [("Content-Length", "2")])
    return [b"no"]


def test_the_rest_is_read_in_pieces_before_the_answer():
    source = Source(bytes(5 << 20))
    order = []
    source.read, real = lambda size: order.append("read") or real(size), source.read
    environ = {"wsgi.input": source, "CONTENT_LENGTH": str(5 << 20)}
    said = []
    body.BoundedBody(refuse)(environ, lambda *arguments: order.append("answer") or said.append(arguments))
    assert source.tell() == 5 << 20
    assert source.largest <= body.PIECE
    assert order[-1] == "answer"
    assert said == [("401 Unauthorized", [("Content-Length", "2")])]


def test_nothing_is_read_where_there_is_no_body():
    source = Source(b"the next request")
    assert run(refuse, {"wsgi.input": source})[1] == b"no"
    assert source.tell() == 0


def test_a_chunked_body_that_breaks_off_ends_the_connection():
    source = io.BytesIO()
    source.rfile = io.BytesIO(b"5\r\nab")
    said, _ = run(refuse, {"wsgi.input": source, "wsgi.input_terminated": True})
    assert ("Connection", "close") in said[0][1]


def test_pieces_end_where_the_body_ends():
    environ = {"wsgi.input": io.BytesIO(b"abcdef"), "CONTENT_LENGTH": "4"}
    assert b"".join(body.pieces(environ)) == b"abcd"
    assert list(body.pieces({"wsgi.input": io.BytesIO(b"abcdef")})) == []


def test_a_body_that_is_shorter_than_it_said():
    with pytest.raises(exception.ImageInvalid, match="2 bytes before its end"):
        list(body.pieces({"wsgi.input": io.BytesIO(b"ab"), "CONTENT_LENGTH": "4"}))


def test_documents_have_a_limit():
    environ = {"wsgi.input": io.BytesIO(b"[" + b" " * 100 + b"]"), "CONTENT_LENGTH": "102"}
    with pytest.raises(exception.RequestTooLarge):
        body.read_json(environ, 101)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json(raw):
    with pytest.raises(exception.ImageInvalid):
        body.read_json({"wsgi.input": io.BytesIO(raw), "CONTENT_LENGTH": str(len(raw))}, 1 << 20)
