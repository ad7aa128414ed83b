"""Images of nova-lite's own service, in this process: tables and store directly, without HTTP."""

import contextlib
from collections.abc import Callable, Iterator

from nova_lite import exception
from nova_lite.image import document, filters, metadata, service
from nova_lite.image.drivers import base


@contextlib.contextmanager
def _errors(image_id: str | None = None) -> Iterator[None]:
    """Turn the service's refusals into the ones that a driver announces."""
    try:
        yield
    except exception.Forbidden as error:
        raise exception.ImageNotAuthorized(image_id=image_id) from error
    except (exception.ImageInvalid, exception.ImageFormatMismatch, exception.ImageLimitExceeded) as error:
        raise exception.ImageBadRequest(image_id=image_id, response=error.format_message()) from error


def _nova(row: dict) -> dict:
    return metadata.from_record(metadata.record(row))


class LocalDriver(base.ImageDriver):
    """nova-lite's own images; nova-api uses it, because it has the database and the store."""

    def show(self, context, image_id):
        """Return an image."""
        with _errors(image_id):
            return _nova(service.find(context, image_id))

    def detail(self, context, **given):
        """Return all images that fit."""
        found: list[dict] = []
        with _errors():
            query = filters.parse(filters.from_arguments(given))
            while page := service.find_all(context, query):
                found += page
                if len(page) < query.limit:
                    break
                query.marker = page[-1]["id"]
        return [_nova(row) for row in found]

    def create(self, context, meta, data=None):
        """Make an image and, with data, upload it."""
        with _errors(meta.get("id")):
            row = service.create(context, *document.parse(metadata.to_record(meta)))
        if data is not None:
            self.upload(context, row["id"], data)
        return self.show(context, row["id"])

    def update(self, context, image_id, meta, data=None, *, purge_props=True):
        """Set what `meta` has."""

        def change(row: dict) -> dict:
            patch = metadata.changes(metadata.record(row), meta, purge=purge_props)
            return document.patched(row, document.read_patch(patch))

        with _errors(image_id):
            service.update(context, image_id, change)
        if data is not None:
            self.upload(context, image_id, data)
        return self.show(context, image_id)

    def delete(self, context, image_id):
        """Delete an image."""
        with _errors(image_id):
            service.delete(context, image_id)

    def upload(self, context, image_id, data):
        """Give a queued image its data."""
        with _errors(image_id):
            service.upload(context, image_id, base.pieces(data))

    def download(self, context, image_id, destination_path):
        """Copy an image's data into a file."""
        image = self.show(context, image_id)
        base.require_active(image)
        opened: Callable | None
        with _errors(image_id):
            _, opened = service.download(context, image_id)
        if opened is None:
            raise exception.ImageCorrupt(image_id=image_id, reason="the store has no such data")
        base.save(image, opened(0, None), destination_path)
        return image
