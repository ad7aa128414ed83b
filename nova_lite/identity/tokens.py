"""Fernet tokens that hold all that a check needs: who, for what, with which roles, until when.

A token is an encrypted and signed msgpack list, so a check reads no database; names are those of the moment
when it was made. What was made invalid since stands in `nova_lite.identity.revocations`.
"""

import base64
import dataclasses
import datetime
import functools
import secrets
import struct
import threading
import time
from collections import OrderedDict

import msgpack
from cryptography import fernet
from oslo_log import log as logging

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.identity import keys

LOG = logging.getLogger(__name__)

_FORMAT = 1
#: Longest token, in characters: with it, the other headers stay within `[wsgi] max_header_line`.
MAX_LENGTH = 8192
METHODS = ("password", "token", "application_credential")
PROJECT, DOMAIN, SYSTEM = _KINDS = ("project", "domain", "system")


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """An id with its name."""

    id: str
    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Scope:
    """What a token is for: a project (with its domain), a domain, or the system (id `all`)."""

    kind: str
    id: str
    name: str = ""
    domain: Named | None = None

    @property
    def key(self) -> str:
        """`project:ID`, `domain:ID` or `system:all`: how assignments and revocations name it."""
        return f"{self.kind}:{self.id}"


@dataclasses.dataclass(frozen=True)
class Token:
    """What a token says. Times are microseconds since 1970 (UTC); `scope` is None for an unscoped one."""

    user: Named
    user_domain: Named
    scope: Scope | None
    roles: tuple[Named, ...]
    methods: tuple[str, ...]
    audit_ids: tuple[str, ...]
    issued_at: int
    expires_at: int
    application_credential_id: str | None = None

    @property
    def project(self) -> Scope | None:
        """The project that it is for, or None."""
        return self.scope if self.scope and self.scope.kind == PROJECT else None

    @property
    def project_domain(self) -> Named | None:
        """The domain of that project, or None."""
        return self.scope.domain if self.scope and self.scope.kind == PROJECT else None

    @functools.cached_property
    def revocation_keys(self) -> tuple[tuple, ...]:
        """What a revocation may name to fit this token; see `revocations.Snapshot`."""
        scope = self.scope.key if self.scope else None
        domains = {self.user_domain.id}
        if self.scope is not None and self.scope.kind == DOMAIN:
            domains.add(self.scope.id)
        if self.scope is not None and self.scope.domain is not None:
            domains.add(self.scope.domain.id)
        found: list[tuple] = [("audit_id", self.audit_ids[0]), ("user_id", self.user.id)]
        if scope:
            found += [("scope", scope), ("user_id", self.user.id, "scope", scope)]
        if self.application_credential_id:
            found.append(("application_credential_id", self.application_credential_id))
        found += [("domain_id", each) for each in sorted(domains)]
        found += [("role_id", role.id) for role in self.roles]
        return tuple(found)

    def is_expired(self, late: int = 0) -> bool:
        """Return whether it ended more than `late` seconds ago."""
        return time.time_ns() // 1000 >= self.expires_at + late * 1_000_000


def now() -> int:
    """Return the current time as tokens keep it."""
    return time.time_ns() // 1000


def to_datetime(moment: int) -> datetime.datetime:
    """Return a token's time as the tables keep times: naive UTC."""
    return datetime.datetime.fromtimestamp(moment / 1_000_000, datetime.UTC).replace(tzinfo=None)


def from_datetime(moment: datetime.datetime) -> int:
    """Return a naive UTC time as tokens keep it."""
    seconds = moment.replace(tzinfo=datetime.UTC, microsecond=0).timestamp()
    return int(seconds) * 1_000_000 + moment.microsecond


def new_audit_id() -> str:
    """Return a random audit id in Keystone's form: 16 bytes, base64 without padding."""
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()


# -- the wire form ---------------------------------------------------------------------------------------------


def _pack_id(value: str) -> bytes | str:
    """Return 16 bytes for a hexadecimal uuid, else the text itself (`default`, `all`)."""
    try:
        packed = bytes.fromhex(value)
    except ValueError:
        return value
    return packed if len(packed) == 16 and packed.hex() == value else value


def _unpack_id(value: bytes | str) -> str:
    return value.hex() if isinstance(value, bytes) else value


def _pack_named(value: Named) -> list:
    return [_pack_id(value.id), value.name]


def _unpack_named(value: list) -> Named:
    return Named(_unpack_id(value[0]), value[1])


def _pack_scope(scope: Scope) -> list:
    domain = None if scope.domain is None else _pack_named(scope.domain)
    return [_KINDS.index(scope.kind), _pack_id(scope.id), scope.name, domain]


def _unpack_scope(value: list) -> Scope:
    kind, key, name, domain = value
    return Scope(_KINDS[kind], _unpack_id(key), name, None if domain is None else _unpack_named(domain))


def pack(token: Token) -> bytes:
    """Return the clear text of a token."""
    scope = token.scope
    return msgpack.packb(
        [
            _FORMAT,
            _pack_named(token.user),
            _pack_named(token.user_domain),
            None if scope is None else _pack_scope(scope),
            [_pack_named(role) for role in token.roles],
            sum(1 << METHODS.index(method) for method in token.methods),
            [base64.urlsafe_b64decode(each + "==") for each in token.audit_ids],
            struct.pack(">QQ", token.issued_at, token.expires_at),
            None if token.application_credential_id is None else _pack_id(token.application_credential_id),
        ]
    )


def unpack(clear: bytes) -> Token:
    """Return the token that `pack` packed.

    Raises:
        ValueError: another format.
    """
    fields = msgpack.unpackb(clear)
    if not isinstance(fields, list) or not fields or fields[0] != _FORMAT:
        raise ValueError("unknown token format")
    _, user, user_domain, scope, roles, methods, audit_ids, times, credential = fields
    issued_at, expires_at = struct.unpack(">QQ", times)
    return Token(
        user=_unpack_named(user),
        user_domain=_unpack_named(user_domain),
        scope=None if scope is None else _unpack_scope(scope),
        roles=tuple(_unpack_named(role) for role in roles),
        methods=tuple(method for bit, method in enumerate(METHODS) if methods & 1 << bit),
        audit_ids=tuple(base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in audit_ids),
        issued_at=issued_at,
        expires_at=expires_at,
        application_credential_id=None if credential is None else _unpack_id(credential),
    )


# -- encryption, with what was decrypted before ----------------------------------------------------------------


class Codec:
    """Encrypts tokens, decrypts them, and remembers the last ones that it decrypted."""

    def __init__(self, directory: str, cache_size: int):
        self.keys = keys.Keys(directory)
        self._cache_size = cache_size
        self._cache: OrderedDict[str, Token] = OrderedDict()
        self._cache_generation: int | None = None
        self._lock = threading.Lock()

    def encode(self, token: Token) -> str:
        """Return the text of a token.

        Raises:
            IdentityForbidden: so many or so long roles that it would not fit a header.
        """
        _, cipher = self.keys.load()
        text = cipher.encrypt(pack(token)).decode().rstrip("=")
        if len(text) > MAX_LENGTH:
            raise exception.IdentityForbidden(
                reason=f"The token would be {len(text)} characters long, and {MAX_LENGTH} is the most:"
                f" {len(token.roles)} roles are too many for one user and project."
            )
        return text

    def decode(self, text: str) -> Token:
        """Return what a token says, whether expired or not.

        Raises:
            NotAuthenticated: it was not made with any of the keys.
        """
        generation, cipher = self.keys.load()
        with self._lock:
            if generation != self._cache_generation:  # a dropped key takes its tokens with it
                self._cache.clear()
                self._cache_generation = generation
            found = self._cache.get(text)
            if found is not None:
                self._cache.move_to_end(text)
                return found
        token = self._decrypt(cipher, text)
        with self._lock:
            if self._cache_size and generation == self._cache_generation:
                self._cache[text] = token
                if len(self._cache) > self._cache_size:
                    self._cache.popitem(last=False)
        return token

    @staticmethod
    def _decrypt(cipher: fernet.MultiFernet, text: str) -> Token:
        if not text or len(text) > MAX_LENGTH or not text.isascii():
            raise exception.NotAuthenticated
        padded = text + "=" * (-len(text) % 4)
        try:
            return unpack(cipher.decrypt(padded.encode()))
        except (fernet.InvalidToken, ValueError, KeyError, IndexError, TypeError, struct.error) as error:
            LOG.debug("A token was refused: %s", type(error).__name__)
            raise exception.NotAuthenticated from None


_codec: Codec | None = None
_codec_lock = threading.Lock()


def codec() -> Codec:
    """Return the process's codec, for `[identity] key_repository`."""
    global _codec  # noqa: PLW0603 - one cache a process
    found = _codec
    if found is None or str(found.keys.directory) != CONF.identity.key_repository:
        with _codec_lock:
            found = _codec = Codec(CONF.identity.key_repository, CONF.identity.token_cache_size)
    return found


def reset() -> None:
    """Forget keys and decoded tokens (tests, reload)."""
    global _codec  # noqa: PLW0603
    _codec = None
