"""Request bodies: of any size in constant memory, and as JSON that all of our databases can hold.

cheroot reads a chunk of a chunked body, and what a handler left unread of any other body, in one piece: a
client could make it take gigabytes. The filter `BoundedBody`, first in each pipeline, reads chunked bodies
piecewise and throws away what the application left, before the answer goes out. (Clients such as requests send
all of a body before they look at the answer, so it must be read, or they see a broken connection instead of a
401, 409 or 413.)
"""

import io
import json
import math
import re

from oslo_log import log as logging

from nova_lite import exception

LOG = logging.getLogger(__name__)

PIECE = 1 << 20
#: Levels of lists and objects in a body. MariaDB's JSON holds 32, and what is kept of a body is kept with a few
#: levels around it; no request of any API here has more than eight.
DEEPEST = 20
#: NUL in a JSON text, not the letters that spell it behind a backslash of their own.
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
#: A line with a chunk's length: hexadecimal digits and extensions.
_LONGEST_LINE = 4096


class ChunkedReader:
    """A body in chunked transfer encoding (RFC 9112, 7.1), read as it comes.

    `read` raises ValueError when the encoding is broken or ends early, OSError when the connection does.
    """

    def __init__(self, source):
        self._source = source
        self._left = 0
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        """Return at least one and at most `size` bytes (all, if negative); nothing at the end."""
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(PIECE), b""))
        if self.closed or size == 0:
            return b""
        if self._left == 0:
            self._begin()
            if self.closed:
                return b""
        piece = self._source.read(min(size, self._left))
        if not piece:
            raise ValueError("the body ended within a chunk")
        self._left -= len(piece)
        if self._left == 0 and self._line():
            raise ValueError("a chunk is longer than it said")
        return piece

    def _line(self) -> bytes:
        line = self._source.readline(_LONGEST_LINE)
        if not line.endswith(b"\r\n"):
            raise ValueError("the body ended early, or has a line that is too long")
        return line[:-2]

    def _begin(self) -> None:
        digits = self._line().partition(b";")[0].strip()
        if not digits or len(digits) > 16 or digits.strip(b"0123456789abcdefABCDEF"):
            raise ValueError(f"{digits[:32]!r} is not the length of a chunk")
        self._left = int(digits, 16)
        if self._left == 0:
            self.closed = True
            while self._line():
                pass  # trailers


class BoundedBody:
    """The filter."""

    def __init__(self, application):
        self.application = application

    @classmethod
    def factory(cls, _global_conf, **_local_conf):
        """Return the filter for PasteDeploy."""
        return cls

    def __call__(self, environ, start_response):
        """Pass the request on, and answer once its body is read."""
        chunked = bool(environ.get("wsgi.input_terminated"))
        source = environ["wsgi.input"]
        if chunked and hasattr(source, "rfile"):  # cheroot's; other servers' readers are let be
            source = environ["wsgi.input"] = ChunkedReader(source.rfile)
        answered: list = []

        def later(*arguments):
            answered[:] = [arguments]
            return _refuse_write

        result = self.application(environ, later)
        if chunked or environ.get("CONTENT_LENGTH") not in (None, "", "0"):
            whole = self._drain(source)
            if not whole and chunked:
                # What follows on this connection cannot be told from the rest of the body.
                status, headers, *rest = answered[0]
                answered[0] = (status, [*headers, ("Connection", "close")], *rest)
        start_response(*answered[0])
        return result

    @staticmethod
    def _drain(source) -> bool:
        """Read what is left; return whether the body came to its proper end."""
        try:
            while source.read(PIECE):
                pass
        except (ValueError, OSError) as error:
            LOG.debug("The rest of a request's body was lost: %s", error)
            return False
        return True


def _refuse_write(_data):
    raise NotImplementedError("WSGI's write() is not for new applications")


def pieces(environ: dict):
    """Yield a request's body in pieces of at most 1 MiB.

    Raises:
        ImageInvalid: the client stopped sending before the end.
    """
    source = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH")
    left = int(length) if length else None
    if left is None and not environ.get("wsgi.input_terminated"):
        return
    while left is None or left > 0:
        try:
            piece = source.read(PIECE if left is None else min(PIECE, left))
        except (ValueError, OSError) as error:
            raise exception.ImageInvalid(reason=f"The request's body broke off: {error}") from error
        if not piece:
            break
        if left is not None:
            left -= len(piece)
        yield piece
    if left:
        raise exception.ImageInvalid(reason=f"The request's body broke off {left} bytes before its end")


def read(environ: dict, limit: int) -> bytes:
    """Return a request's whole body.

    Raises:
        RequestTooLarge: it is longer than `limit` bytes.
        ImageInvalid: the client stopped sending before the end.
    """
    made = io.BytesIO()
    for piece in pieces(environ):
        made.write(piece)
        if made.tell() > limit:
            raise exception.RequestTooLarge
    return made.getvalue()


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a number")
    return number


def _inner(value) -> list:
    values = value.values() if isinstance(value, dict) else value
    return [each for each in values if isinstance(each, list | dict)]


def _depth(value) -> int:
    level, depth = _inner([value]), 0
    while level:
        depth += 1
        level = [inner for each in level for inner in _inner(each)]
    return depth


def decode(raw: bytes):
    """Return the value of a JSON document that is UTF-8, UTF-16 or UTF-32 and fits all of our databases.

    Raises:
        ValueError: it is none; it holds NUL, half a letter, NaN or an infinite number, or is nested too deeply.
    """
    # Decoded here, since json would let halves of letters (lone surrogates) through: no database holds them.
    text = raw.decode(json.detect_encoding(raw))
    try:
        value = json.loads(text, parse_constant=_number, parse_float=_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if text.count("[") + text.count("{") > DEEPEST and _depth(value) > DEEPEST:
        raise ValueError("nested too deeply")
    if "\\u" in text:
        # Escapes can spell halves of letters too, and NUL, which PostgreSQL cannot hold.
        spelled = json.dumps(value, ensure_ascii=False)
        spelled.encode()
        if _NUL.search(spelled):
            raise ValueError("NUL")
    return value


def read_json(environ: dict, limit: int):
    """Return a request's decoded JSON body, whatever its content type.

    Raises:
        ImageInvalid: there is none, or it is not JSON.
        RequestTooLarge: it is longer than `limit` bytes.
    """
    raw = read(environ, limit)
    if not raw:
        raise exception.ImageInvalid(reason="Body expected in request.")
    try:
        return decode(raw)
    except ValueError:
        raise exception.ImageInvalid(reason="Malformed JSON in request body.") from None
