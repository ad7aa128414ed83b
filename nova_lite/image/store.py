"""The image store: a directory with one file an image, named by its id.

Data is written to `ID.part`, hashed and inspected on the way, synced, and renamed to `ID`, so that a file
named by an id is always whole. Memory use does not depend on the size. Runs of zeros become holes.
"""

import contextlib
import errno
import fcntl
import hashlib
import os
import pathlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from oslo_log import log as logging

from nova_lite import exception
from nova_lite.conf import CONF

LOG = logging.getLogger(__name__)

CHUNK = 1 << 20
_ZEROS = bytes(CHUNK)
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}


def knows(algorithm: str | None) -> bool:
    """Return whether `algorithm` is a hash of fixed length that this Python has."""
    return (
        algorithm is not None
        and algorithm in hashlib.algorithms_available
        and hashlib.new(algorithm).digest_size > 0
    )


def check_configuration() -> None:
    """Check the options of the store.

    Raises:
        ConfigurationError: an option has a value that cannot be used.
    """
    if not knows(CONF.image.hash_algorithm):
        raise exception.ConfigurationError(
            reason=f"[image] hash_algorithm is {CONF.image.hash_algorithm!r}; it must be a hash of fixed length"
            " such as sha256 or sha512"
        )


class Digests:
    """Size, MD5 (Glance's `checksum`) and one more hash (`os_hash_value`) of a stream, in one pass."""

    def __init__(self, algorithm: str | None, *, md5: bool = True):
        """Take the name of the second hash (one that `knows` knows); None leaves it out, `md5=False` the first."""
        self.size = 0
        self._md5 = hashlib.md5(usedforsecurity=False) if md5 else None
        self._hash = hashlib.new(algorithm) if algorithm else None

    def update(self, chunk: bytes) -> None:
        """Take the next piece of the data."""
        self.size += len(chunk)
        for each in (self._md5, self._hash):
            if each is not None:
                each.update(chunk)

    @property
    def checksum(self) -> str | None:
        """The MD5 in hexadecimal."""
        return self._md5.hexdigest() if self._md5 else None

    @property
    def os_hash_value(self) -> str | None:
        """The second hash in hexadecimal."""
        return self._hash.hexdigest() if self._hash else None


class Part:
    """A file in the making, `path.part`: `write` pieces, then `commit`. Leaving it otherwise removes it."""

    def __init__(self, path: str | os.PathLike):
        self._path = pathlib.Path(path)
        self._part = self._path.with_name(self._path.name + ".part")
        self._size = 0

    def __enter__(self) -> Self:
        self._file = open(self._part, "wb", buffering=0)
        return self

    def write(self, chunk: bytes) -> None:
        """Append a piece; one of zeros only becomes a hole."""
        self._size += len(chunk)
        view = memoryview(chunk)
        for start in range(0, len(view), CHUNK):
            piece = view[start : start + CHUNK]
            if piece == _ZEROS[: len(piece)]:
                self._file.seek(len(piece), os.SEEK_CUR)
                continue
            while piece:
                piece = piece[self._file.write(piece) :]

    def commit(self) -> None:
        """Bring the data to the disk, then give the file its name."""
        self._file.truncate(self._size)
        os.fsync(self._file.fileno())
        os.replace(self._part, self._path)
        directory = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def __exit__(self, *_error) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)


def read(path: str | os.PathLike, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """Yield a file's bytes from `start` on, in pieces of at most 1 MiB; the file is open at once.

    Raises:
        OSError: it cannot be opened (at once) or read.
    """
    source = open(path, "rb", buffering=0)  # noqa: SIM115 - the generator closes it
    source.seek(start)

    def pieces(left: int | None):
        with source:
            while left is None or left > 0:
                piece = source.read(CHUNK if left is None else min(CHUNK, left))
                if not piece:
                    return
                if left is not None:
                    left -= len(piece)
                yield piece

    return pieces(length)


@dataclass(frozen=True)
class Stored:
    """What is known of data once it is stored; sizes in bytes."""

    size: int
    checksum: str
    os_hash_algo: str
    os_hash_value: str
    virtual_size: int | None


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    """Turn what the file system says into what Glance says."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise exception.ImageStorageFull(reason=os.strerror(error.errno)) from error
        if error.errno in _DENIED:
            LOG.exception("The image store %s cannot be written", CONF.image.store_path)
            raise exception.ImageStorageDenied from error
        raise


def _locked(path: pathlib.Path) -> int | None:
    """Return an open file that this caller alone has locked; None if another one has."""
    # flock and not lockf (fasteners, oslo.concurrency): its locks belong to the open file, not to the
    # process, so two threads exclude each other too.
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        except BlockingIOError:
            os.close(handle)
            return None
        except FileNotFoundError:
            pass
        os.close(handle)  # the last owner removed the file after it was opened here: lock the new one


class Store:
    """The directory `[image] store_path`."""

    def __init__(self, path: str | os.PathLike | None = None):
        self._root = pathlib.Path(path or CONF.image.store_path)

    def _path(self, image_id: str) -> pathlib.Path:
        if not _ID.fullmatch(image_id):
            raise exception.ImageNotFound(image_id=image_id)  # never a path that a client made up
        return self._root / image_id

    @contextlib.contextmanager
    def claim(self, image_id: str) -> Iterator[bool]:
        """Be the only one, of all processes of this host, who writes an image; False if another one does.

        The kernel drops the claim of a process that dies, so a claim that can be had means that nobody works
        on the image, whatever the database says.
        """
        path = self._path(image_id).with_suffix(".lock")
        with _errors():
            self._root.mkdir(parents=True, exist_ok=True)
            handle = _locked(path)
        if handle is None:
            yield False
            return
        try:
            yield True
        finally:
            path.unlink(missing_ok=True)
            os.close(handle)

    def write(self, image_id: str, chunks: Iterable[bytes], inspection, *, size: int | None = None) -> Stored:
        """Store an image's data; the caller holds the claim.

        Args:
            image_id: the image.
            chunks: its bytes, in pieces of any size.
            inspection: an `inspector.Inspection`.
            size: bytes that are promised; None if unknown.

        Raises:
            ImageSizeLimitExceeded: more than `[image] max_image_size`.
            ImageStorageFull, ImageStorageDenied: the file system refuses.
            ImageFormatMismatch: the inspection does.
            ImageInvalid: not as many bytes as promised.
        """
        algorithm = CONF.image.hash_algorithm
        digests = Digests(algorithm)
        limit = CONF.image.max_image_size
        with _errors():
            self._root.mkdir(parents=True, exist_ok=True)
            self._check_room(size, limit)
            with Part(self._path(image_id)) as part:
                for chunk in inspection.through(chunks):
                    digests.update(chunk)
                    if digests.size > limit:
                        raise exception.ImageSizeLimitExceeded(reason=f"it is over {limit} bytes")
                    part.write(chunk)
                if size is not None and digests.size != size:
                    raise exception.ImageInvalid(
                        reason=f"Size mismatch: {size} bytes were announced, {digests.size} arrived"
                    )
                virtual_size = inspection.finish()
                part.commit()
        return Stored(
            digests.size, digests.checksum or "", algorithm, digests.os_hash_value or "", virtual_size
        )

    def _check_room(self, size: int | None, limit: int) -> None:
        if size is None:
            return
        if size > limit:
            raise exception.ImageSizeLimitExceeded(reason=f"{size} bytes is over {limit} bytes")
        state = os.statvfs(self._root)
        room = state.f_bavail * state.f_frsize
        if size > room:
            raise exception.ImageStorageFull(reason=f"{size} bytes are needed, {room} bytes are free")

    def size(self, image_id: str) -> int | None:
        """Return the bytes of an image's data; None if there is none."""
        try:
            return self._path(image_id).stat().st_size
        except FileNotFoundError:
            return None

    def open(self, image_id: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Return an image's data in pieces; see `read`.

        Raises:
            FileNotFoundError: there is none.
        """
        return read(self._path(image_id), start, length)

    def delete(self, image_id: str, *, part: bool = False) -> None:
        """Remove an image's data; nothing happens if there is none.

        With `part`, also what an upload left unfinished: only for one who holds the claim.
        """
        path = self._path(image_id)
        with _errors():
            path.unlink(missing_ok=True)
            if part:
                path.with_name(path.name + ".part").unlink(missing_ok=True)

    def ids(self) -> list[str]:
        """Return the ids of all images that have data, or half of it, or a claim that a dead process left."""
        try:
            names = os.listdir(self._root)
        except FileNotFoundError:
            return []
        return sorted({stem for name in names if _ID.fullmatch(stem := name.partition(".")[0])})
