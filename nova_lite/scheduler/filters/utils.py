"""What several filters share: metadata of aggregates, and the operators of extra specs."""

import functools

from oslo_utils import specs_matcher


def aggregate_values(host_state, key: str) -> set[str]:
    """Return the values that the host's aggregates have for a key; a value may be a comma-separated list."""
    found: set[str] = set()
    for metadata in host_state.aggregates:
        if key in metadata:
            found.update(value.strip() for value in metadata[key].split(","))
    return found


def aggregate_values_by_prefix(host_state, prefix: str) -> set[str]:
    """Return the values that the host's aggregates have for all keys that begin so."""
    keys = {key for metadata in host_state.aggregates for key in metadata if key.startswith(prefix)}
    return {value for key in keys for value in aggregate_values(host_state, key)}


@functools.lru_cache(maxsize=4096)
def match(value: str, wanted: str) -> bool:
    """Return whether a value does for an extra spec such as `>= 4`, `s== x`, `<in> x`, `<or> x <or> y`, `x`.

    The operators are those of oslo.utils' specs_matcher, which Nova's documentation of extra specs describes.
    A value or a wish that an operator cannot compare (text where it wants a number) does not match.
    """
    try:
        return bool(specs_matcher.match(value, wanted))
    except (ValueError, TypeError, SyntaxError):
        return False


def scoped(extra_specs: dict[str, str], scope: str) -> dict[str, str]:
    """Return the extra specs of a scope without it (`scope:a:b` → `a:b`), and those that have no scope."""
    found = {}
    for key, value in (extra_specs or {}).items():
        head, colon, rest = key.partition(":")
        if not colon:
            found[key] = value
        elif head == scope:
            found[rest] = value
    return found
