"""Which services are up: those that reported within `service_down_time` seconds and were not forced down."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from nova_lite.conf import CONF


def utcnow() -> dt.datetime:
    """Return the current time as the tables keep it (naive UTC)."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def last_seen(service: Mapping[str, Any]) -> dt.datetime | None:
    """Return when a service (a row of `services`) last reported, else when its row was made."""
    return service["last_seen_up"] or service["created_at"]


def is_up(service: Mapping[str, Any], now: dt.datetime | None = None) -> bool:
    """Return whether a service (a row of `services`) is alive.

    A clock that is ahead counts like one that is behind: Nova compares the absolute difference.
    """
    if service["forced_down"]:
        return False
    seen = last_seen(service)
    if seen is None:
        return False
    return abs(((now or utcnow()) - seen).total_seconds()) <= CONF.service_down_time
