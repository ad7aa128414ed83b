"""The names of new servers: host names, reservation ids, passwords."""

import re
import secrets
import string

from nova_lite.conf import CONF

#: A DNS label; dnsmasq takes no more.
HOSTNAME_LENGTH = 63

_LETTERS = string.ascii_lowercase + string.digits
#: Without those that look alike; a password has one of each group.
_PASSWORD_GROUPS = ("23456789", "ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz")


def hostname(name: str, default: str) -> str:
    """Return a host name made from a display name (RFC 1123 letters), or `default` if nothing is left of it."""
    made = name.encode("latin-1", "ignore").decode("latin-1")[:HOSTNAME_LENGTH]
    made = re.sub(r"[ _.]", "-", made)
    made = re.sub(r"[^a-zA-Z0-9_-]+", "", made)
    made = made.lower().strip(".-")
    return made or default[:HOSTNAME_LENGTH]


def default_hostname(instance_uuid: str) -> str:
    """Return the host name of a server whose name has no letter that a host name may have."""
    return f"Server-{instance_uuid}"


def reservation_id() -> str:
    """Return an id for the servers of one request: r-xxxxxxxx."""
    return "r-" + "".join(secrets.choice(_LETTERS) for _ in range(8))


def password(length: int | None = None) -> str:
    """Return a random password of `[DEFAULT] password_length` letters, with one of each group where it fits."""
    length = CONF.password_length if length is None else length
    letters = [secrets.choice(group) for group in _PASSWORD_GROUPS][:length]
    letters += [secrets.choice("".join(_PASSWORD_GROUPS)) for _ in range(length - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)
