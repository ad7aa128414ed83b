"""Password hashes: bcrypt, with Keystone's rule for passwords longer than the 72 bytes that bcrypt looks at.

Keystone's rule: https://docs.openstack.org/keystone/latest/configuration/config-options.html (identity:
max_password_length, and DEFAULT: strict_password_check).
"""

import bcrypt
from oslo_log import log as logging

from nova_lite import concurrency, exception
from nova_lite.conf import CONF

LOG = logging.getLogger(__name__)

BCRYPT_BYTES = 72


def _significant(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")[:BCRYPT_BYTES]


def make_hash(password: str) -> str:
    """Return the hash to store for a new password.

    Raises:
        ValidationError: the password is longer than the options allow.
    """
    length = len(password.encode("utf-8", "surrogatepass"))
    limit = CONF.identity.max_password_length
    if CONF.identity.strict_password_check:
        limit = min(limit, BCRYPT_BYTES)
    if length > limit:
        raise exception.ValidationError(
            detail=f"The password length must be less than or equal to {limit}. The server could not comply with"
            " the request because the password is invalid."
        )
    if length > BCRYPT_BYTES:
        LOG.warning("A password of %d bytes was cut to the %d that bcrypt looks at", length, BCRYPT_BYTES)
    salt = bcrypt.gensalt(CONF.identity.password_hash_rounds)
    return concurrency.native(bcrypt.hashpw, _significant(password), salt).decode()


def check(password: str, stored: str | None) -> bool:
    """Return whether a password is the stored one; takes as long when there is nothing stored (None)."""
    # Checking against a well-formed hash costs what a real check costs, and no password fits this one.
    against = stored if stored is not None else f"$2b${CONF.identity.password_hash_rounds:02d}${'.' * 53}"
    try:
        matches = concurrency.native(bcrypt.checkpw, _significant(password), against.encode())
    except ValueError:
        LOG.error("A stored password hash is not bcrypt's")
        return False
    return matches and stored is not None
