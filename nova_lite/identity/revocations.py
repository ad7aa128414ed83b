"""Which tokens no longer count, as this process last read it.

The rows are read at most every `[identity] revocation_refresh` seconds; a process that revokes something calls
`forget()`, so that its own next check reads them at once.
"""

import threading
import time

from nova_lite.conf import CONF
from nova_lite.db.identity import revocations as rows
from nova_lite.identity import tokens

#: Columns of a revocation that narrow it, in the order in which keys name them.
_COLUMNS = ("audit_id", "user_id", "scope", "domain_id", "role_id", "application_credential_id")


class Revocations:
    """A dictionary from what revocations name to the time until which tokens were issued in vain."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget everything (tests, another database)."""
        with self._lock:
            self._signature: tuple | None = None
            self._read_at: float | None = None
            self._until: dict[tuple, int] = {}

    def forget(self) -> None:
        """Make the next check read the rows."""
        with self._lock:  # a read that has begun ends first, and does not count for the next check
            self._read_at = None

    def is_revoked(self, token: tokens.Token) -> bool:
        """Return whether a token was revoked.

        Raises:
            DatabaseUnavailable: the rows had to be read, and could not be.
        """
        until = self._current()
        if not until:
            return False
        return any(until.get(key, -1) >= token.issued_at for key in token.revocation_keys)

    def _fresh(self) -> bool:
        read_at = self._read_at
        return read_at is not None and time.monotonic() - read_at < CONF.identity.revocation_refresh

    def _current(self) -> dict[tuple, int]:
        if self._fresh():
            return self._until
        with self._lock:
            if not self._fresh():
                begun = time.monotonic()
                self._read()
                self._read_at = begun
            return self._until

    def _read(self) -> None:
        signature = rows.signature()
        if signature == self._signature:
            return
        until: dict[tuple, int] = {}
        for row in rows.list_all():
            key = tuple(
                word for column in _COLUMNS if row[column] is not None for word in (column, row[column])
            )
            until[key] = max(until.get(key, -1), tokens.from_datetime(row["issued_before"]))
        self._until = until
        self._signature = signature


_revocations = Revocations()
forget = _revocations.forget
is_revoked = _revocations.is_revoked
reset = _revocations.clear
