"""What `nova-manage identity …` does, as plain functions. Passwords never come from the command line."""

import grp
import os
import pathlib
import pwd
import stat
from collections.abc import Mapping
from urllib.parse import urlsplit

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.identity import bootstrap as first
from nova_lite.identity import keys

#: User → environment variable that holds its password.
PASSWORD_VARIABLES = {name: f"NOVA_LITE_{name.upper()}_PASSWORD" for name in first.USERS}


def bootstrap(
    urls: Mapping[str, str],
    *,
    region: str | None = None,
    password_file: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> list[str]:
    """Make or mend what every cloud begins with; return what was done, a line a thing.

    Args:
        urls: type of a service (identity, compute, image) → URL of its endpoints.
        region: of the endpoints; None: `[identity] region`.
        password_file: file of `USER=PASSWORD` lines; wins over the environment.
        environ: where `NOVA_LITE_ADMIN_PASSWORD`, `NOVA_LITE_DEMO_PASSWORD`, `NOVA_LITE_NOVA_PASSWORD` may stand.

    Raises:
        InvalidInput: a URL, a line of the file, or a missing password; the text says which.
        DatabaseUnavailable: the database cannot be reached.
    """
    for kind, url in urls.items():
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            raise exception.InvalidInput(
                reason=f"the URL of {kind}, {url!r}, must begin with http:// or https://HOST"
            )
    given = {
        name: environ[variable] for name, variable in PASSWORD_VARIABLES.items() if environ.get(variable)
    }
    if password_file is not None:
        given |= read_passwords(pathlib.Path(password_file))
    return first.run(given, dict(urls), region or CONF.identity.region)


def read_passwords(path: pathlib.Path) -> dict[str, str]:
    """Return user → password from a file of `USER=PASSWORD` lines; empty lines and # lines are skipped.

    Raises:
        InvalidInput: the file cannot be read, is open to others, or has a line of another form (not shown).
    """
    try:
        about = path.stat()
        if stat.S_ISREG(about.st_mode) and about.st_mode & 0o077:
            raise exception.InvalidInput(
                reason=f"password file {path} is open to others; close it with chmod 600"
            )
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise exception.InvalidInput(reason=f"password file {path}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise exception.InvalidInput(reason=f"password file {path} is not UTF-8") from None
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            name, equals, password = line.partition("=")
            if not equals or not password:
                raise exception.InvalidInput(
                    reason=f"password file {path}, line {number}: must be USER=PASSWORD"
                )
            found[name.strip()] = password
    return found


def fernet_setup(user: str | None = None, group: str | None = None) -> str:
    """Make `[identity] key_repository` with its first keys, unless it has some; return what was done.

    Args:
        user, group: owner of the keys, for a caller that may give files away (root); None: the caller.

    Raises:
        InvalidInput: there is no such user or group, or the directory cannot be made.
    """
    directory = pathlib.Path(CONF.identity.key_repository)
    try:
        owner = None
        if user or group:
            uid = pwd.getpwnam(user).pw_uid if user else -1
            gid = grp.getgrnam(group).gr_gid if group else -1
            owner = (uid, gid)
        made = keys.setup(directory, owner)
    except (OSError, KeyError) as error:
        raise exception.InvalidInput(reason=f"[identity] key_repository {directory}: {error}") from error
    return f"keys made in {directory}" if made else f"{directory} has keys already"


def fernet_rotate() -> str:
    """Make the staged key primary and stage a new one; return what was done.

    Raises:
        ConfigurationError: there are no keys yet.
        InvalidInput: the directory cannot be read or written.
    """
    directory = pathlib.Path(CONF.identity.key_repository)
    try:
        primary = keys.rotate(directory, CONF.identity.max_active_keys)
    except OSError as error:
        raise exception.InvalidInput(
            reason=f"[identity] key_repository {directory}: {error.strerror}"
        ) from error
    return f"key {primary} is primary now in {directory}"
