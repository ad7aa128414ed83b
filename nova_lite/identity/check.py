"""Is this token good? No database is read for it, but for revocations (see `revocations`)."""

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.identity import revocations, tokens


def token(text: str, *, allow_expired: bool = False) -> tokens.Token:
    """Return what a good token says.

    Args:
        text: the token.
        allow_expired: also take one that expired less than `[identity] allow_expired_window` seconds ago.

    Raises:
        NotAuthenticated: not a token of this cloud, or expired, or revoked.
        ConfigurationError: there are no keys.
        DatabaseUnavailable: the revocations had to be read, and could not be.
    """
    found = tokens.codec().decode(text)
    if found.is_expired(CONF.identity.allow_expired_window if allow_expired else 0):
        raise exception.NotAuthenticated
    if revocations.is_revoked(found):
        raise exception.NotAuthenticated
    return found
