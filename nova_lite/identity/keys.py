"""The key repository of Fernet tokens, laid out as Keystone's.

A directory of files named by whole numbers, one key each. The highest number is the primary key: it encrypts.
0 is the staged key: it only decrypts, and becomes primary at the next rotation, so that other hosts know it
before any token is made with it. The rest only decrypt, until a rotation drops them.
https://docs.openstack.org/keystone/latest/admin/fernet-token-faq.html
"""

import contextlib
import fcntl
import os
import pathlib
import threading
import time
from collections.abc import Iterator

from cryptography import fernet
from oslo_log import log as logging

from nova_lite import exception

LOG = logging.getLogger(__name__)

STAGED = 0
#: Nanoseconds for which a change of the directory may be followed by another one with the same modification
#: time (file systems keep it by the kernel's clock tick).
_SETTLING = 1_000_000_000


class Keys:
    """The keys of a directory, read again when the directory changes.

    Keys must be put in place by a rename, as `setup` and `rotate` (and rsync, and git) do: the directory's
    modification time is what is watched.
    """

    def __init__(self, directory: str):
        self.directory = pathlib.Path(directory)
        self._lock = threading.Lock()
        self._stamp: int | None = None
        self._settled = False
        self._texts: list[bytes] | None = None
        self._loaded: tuple[int, fernet.MultiFernet] | None = None

    def load(self) -> tuple[int, fernet.MultiFernet]:
        """Return (generation, cipher); the generation differs after each change of the keys.

        Raises:
            ConfigurationError: the directory or a key in it is missing or cannot be used.
        """
        try:
            stamp = os.stat(self.directory).st_mtime_ns
        except OSError as error:
            raise exception.ConfigurationError(
                reason=f"[identity] key_repository {self.directory}: {error.strerror};"
                " make it with `nova-manage identity fernet_setup`"
            ) from error
        loaded = self._loaded
        if loaded is None or stamp != self._stamp or not self._settled:
            with self._lock:
                loaded = self._reload(stamp)
        return loaded

    def _reload(self, stamp: int) -> tuple[int, fernet.MultiFernet]:
        settled = abs(time.time_ns() - stamp) > _SETTLING
        texts = self._read()
        if self._loaded is None or texts != self._texts:
            generation = self._loaded[0] + 1 if self._loaded else 1
            self._loaded = generation, fernet.MultiFernet([fernet.Fernet(text) for text in texts])
            self._texts = texts
        self._stamp, self._settled = stamp, settled
        return self._loaded

    def _read(self) -> list[bytes]:
        files = numbered(self.directory)
        # Primary first: MultiFernet encrypts with the first key.
        keys = []
        for number in sorted(files, reverse=True):
            try:
                text = files[number].read_bytes().strip()
                fernet.Fernet(text)  # raises ValueError for what is no key
                keys.append(text)
            except OSError as error:
                raise exception.ConfigurationError(
                    reason=f"[identity] key_repository: {files[number]}: {error.strerror}"
                ) from error
            except ValueError:
                raise exception.ConfigurationError(
                    reason=f"[identity] key_repository: {files[number]} is not a Fernet key"
                ) from None
        if not keys:
            raise exception.ConfigurationError(
                reason=f"[identity] key_repository {self.directory} holds no keys;"
                " make them with `nova-manage identity fernet_setup`"
            )
        if self.directory.stat().st_mode & 0o007:
            LOG.warning("The key repository %s is open to everyone; close it with chmod 700", self.directory)
        return keys


def numbered(directory: pathlib.Path) -> dict[int, pathlib.Path]:
    """Return the key files of a directory by number."""
    return {int(path.name): path for path in directory.iterdir() if path.name.isdecimal() and path.is_file()}


def setup(directory: pathlib.Path, owner: tuple[int, int] | None = None) -> bool:
    """Make the directory (0700) with a staged and a primary key; return False when it has keys already.

    Args:
        directory: the key repository.
        owner: (user id, group id) of directory and keys, for a caller that may give files away.

    Raises:
        OSError: it cannot be made.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if owner is not None:
        os.chown(directory, *owner)
    with _locked(directory):
        if numbered(directory):
            return False
        _write(directory, STAGED)
        _write(directory, 1)
    return True


def rotate(directory: pathlib.Path, max_active_keys: int) -> int:
    """Make the staged key primary, stage a new one, drop the oldest; return the number of the primary key.

    Args:
        directory: the key repository.
        max_active_keys: most keys that are left, the staged one included.

    Raises:
        ConfigurationError: there are no keys to rotate.
        OSError: the directory cannot be read or written.
    """
    with _locked(directory):
        files = numbered(directory)
        if STAGED not in files:
            raise exception.ConfigurationError(
                reason=f"{directory} has no staged key (0); make the keys with `nova-manage identity fernet_setup`"
            )
        primary = max(files) + 1
        files[STAGED].rename(directory / str(primary))
        _write(directory, STAGED)
        older = sorted(number for number in files if number != STAGED)
        for number in older[: max(0, len(older) - (max_active_keys - 2))]:
            files[number].unlink()
    return primary


@contextlib.contextmanager
def _locked(directory: pathlib.Path) -> Iterator[None]:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(directory: pathlib.Path, number: int) -> None:
    """Put a new key in place at once: no reader ever sees half a key."""
    partial = directory / f".{number}.new"
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        owner = directory.stat()
        if os.geteuid() == 0:  # keys belong to the service that owns the directory, whoever rotates them
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        file.write(fernet.Fernet.generate_key())
        file.flush()
        os.fsync(file.fileno())
    partial.rename(directory / str(number))
