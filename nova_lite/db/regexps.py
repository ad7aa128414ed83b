"""Regular expressions of lists on SQLite, which has none of its own: matched here, within a bounded time.

MariaDB and PostgreSQL bring their own, and stop at `[database] statement_timeout`. Python's `re` would neither
stop nor let other threads run while a pattern such as `(a|a)*b` is tried.
"""

import functools

import regex

from nova_lite import exception

#: Seconds for one value; an honest pattern takes microseconds.
TIMEOUT = 0.02


@functools.lru_cache(256)
def _compiled(pattern: str):
    return regex.compile(pattern)


def matches(pattern: str, value) -> bool | None:
    """Return whether a pattern is found in a value; None for None, as in SQL.

    Raises:
        InvalidInput: it is no regular expression, or takes too long.
    """
    if value is None:
        return None
    try:
        return _compiled(pattern).search(str(value), timeout=TIMEOUT, concurrent=True) is not None
    except (regex.error, OverflowError, RecursionError):
        raise exception.InvalidInput(reason="not a valid regular expression") from None
    except TimeoutError:
        raise exception.InvalidInput(reason="a regular expression takes too long to match") from None
