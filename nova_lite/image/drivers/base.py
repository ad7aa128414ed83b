"""What compute code may ask of images, wherever they are: the contract of `nova_lite.image.drivers`.

Images are Nova's dictionaries (`metadata.from_record`). tests/functional/image/test_contract.py runs against
every driver.
"""

import abc
import os
from collections.abc import Iterable, Iterator

from oslo_log import log as logging

from nova_lite import exception
from nova_lite.image import store

LOG = logging.getLogger(__name__)


class ImageDriver(abc.ABC):
    """Images, for the caller that a RequestContext names.

    All methods raise ImageNotFound (none, or not to be known), ImageNotAuthorized (known, but not allowed),
    ImageBadRequest (the service refuses the values) and, over HTTP, GlanceConnectionFailed.
    """

    def close(self) -> None:
        """Give back what the driver holds open."""
        return

    @abc.abstractmethod
    def show(self, context, image_id: str) -> dict:
        """Return an image."""

    @abc.abstractmethod
    def detail(self, context, **filters) -> list[dict]:
        """Return all images that fit Glance's list filters (`name`, `status`, `tag`, properties …).

        Pages are followed to the end; `limit` is the size of one page.
        """

    @abc.abstractmethod
    def create(self, context, meta: dict, data: Iterable[bytes] | None = None) -> dict:
        """Make an image of Nova's dictionary and, with `data`, upload it; return the image."""

    @abc.abstractmethod
    def update(
        self,
        context,
        image_id: str,
        meta: dict,
        data: Iterable[bytes] | None = None,
        *,
        purge_props: bool = True,
    ) -> dict:
        """Set what `meta` has, and return the image.

        Properties that `meta` does not have are removed, unless `purge_props` is false.
        """

    @abc.abstractmethod
    def delete(self, context, image_id: str) -> None:
        """Delete an image; ImageNotAuthorized if it is protected."""

    @abc.abstractmethod
    def upload(self, context, image_id: str, data: Iterable[bytes]) -> None:
        """Give a queued image its data: a file open for bytes, or an iterable of pieces.

        Raises:
            ImageConflict: it has data already.
        """

    @abc.abstractmethod
    def download(self, context, image_id: str, destination_path: str | os.PathLike) -> dict:
        """Fetch an image's data into a file, whole or not at all, and return the image.

        The data goes to `destination_path.part`; size and hashes are checked on the way.

        Raises:
            ImageNotActive: it has no data, or is deactivated.
            ImageCorrupt: what arrives is not what was uploaded.
            ImageDownloadFailed: it stops arriving.
        """


def pieces(data) -> Iterator[bytes]:
    """Return the pieces of a file open for bytes, or of any iterable of bytes."""
    if isinstance(data, bytes | bytearray | memoryview):
        return iter([bytes(data)] if data else [])
    if hasattr(data, "read"):
        return iter(lambda: data.read(store.CHUNK), b"")
    return iter(data)


def save(image: dict, chunks: Iterable[bytes], destination_path: str | os.PathLike) -> None:
    """Write an image's data to a file, checking it against the image's size, os_hash_value or checksum.

    Raises:
        ImageCorrupt: it is another data.
        ImageDownloadFailed: the disk refuses.
    """
    algorithm = image["os_hash_algo"] if store.knows(image["os_hash_algo"]) else None
    checked = {"checksum": image["checksum"]}
    if algorithm and image["os_hash_value"]:
        checked["os_hash_value"] = image["os_hash_value"]
    digests = store.Digests(algorithm, md5=bool(image["checksum"]))

    def wrong(reason: str) -> exception.NovaException:
        return exception.ImageCorrupt(image_id=image["id"], reason=reason)

    try:
        with store.Part(destination_path) as part:
            for chunk in chunks:
                digests.update(chunk)
                if image["size"] is not None and digests.size > image["size"]:
                    raise wrong(f"more than {image['size']} bytes came")
                part.write(chunk)
            if image["size"] is not None and digests.size != image["size"]:
                raise wrong(f"{digests.size} bytes came instead of {image['size']}")
            for name, expected in checked.items():
                if expected and getattr(digests, name) != expected:
                    raise wrong(f"its {name} is {getattr(digests, name)} instead of {expected}")
            part.commit()
    except OSError as error:
        raise exception.ImageDownloadFailed(image_id=image["id"], reason=str(error)) from error


def require_active(image: dict) -> None:
    """Raise ImageNotActive unless an image is active."""
    if image["status"] != "active":
        raise exception.ImageNotActive(image_id=image["id"])
