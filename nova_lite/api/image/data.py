"""The data of images: upload and download, streamed."""

import webob.byterange

from nova_lite import exception
from nova_lite.api import body
from nova_lite.api.wsgi import Operation, Reply
from nova_lite.image import service

_FILE = "/images/{image_id}/file"
_BYTES = "application/octet-stream"

OPERATIONS = (
    Operation(
        method="PUT",
        path=_FILE,
        handler="upload",
        status=204,
        faults=(400, 403, 404, 409, 410, 413, 415, 503),
    ),
    Operation(method="GET", path=_FILE, handler="download", faults=(403, 404, 416)),
)


class DataController:
    """Answers for data. Bodies are read and written in pieces of at most 1 MiB."""

    def upload(self, req, image_id):
        """Store the request's body."""
        if req.content_type != _BYTES:
            raise exception.ImageFormatMismatch(f"The content type must be {_BYTES}")
        service.upload(req.context, image_id, body.pieces(req.environ), _size(req))

    def download(self, req, image_id):
        """Return the data, all of it or one range; 204 when there is none yet."""
        image, opened = service.download(req.context, image_id)
        if opened is None:
            return Reply(status=204)
        size = image["size"]
        headers = {"Content-Length": str(size), "Accept-Ranges": "bytes"}
        if req.range is None:
            headers["Content-MD5"] = image["checksum"]
            return Reply(app_iter=_once(req, opened, 0, size), headers=headers, content_type=_BYTES)
        span = req.range.range_for_length(size)
        if span is None:
            error = exception.ImageRangeInvalid(range=req.headers["Range"], size=size)
            error.headers = {"Content-Range": f"bytes */{size}"}
            raise error
        start, stop = span
        headers |= {
            "Content-Length": str(stop - start),
            "Content-Range": str(webob.byterange.ContentRange(start, stop, size)),
        }
        return Reply(
            status=206, app_iter=_once(req, opened, start, stop - start), headers=headers, content_type=_BYTES
        )


def _once(req, opened, start: int, length: int):
    return () if req.method == "HEAD" else opened(start, length)


def _size(req) -> int | None:
    """Return the bytes that the client promises: Content-Length or, with a chunked body, its own header."""
    given = req.headers.get("X-OpenStack-Image-Size")
    if req.content_length is not None or not given:
        return req.content_length
    if not given.isascii() or not given.isdigit():
        raise exception.ImageInvalid(
            reason=f"X-OpenStack-Image-Size is {given!r}; it must be a number of bytes"
        )
    return int(given)


CONTROLLER = DataController()
