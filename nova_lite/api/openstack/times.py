"""Times as the compute API writes them: UTC without a zone and with microseconds, or ISO 8601 with `Z`."""

import datetime as dt


def naive(value: dt.datetime | None) -> str | None:
    """Return "2012-10-29T13:42:02.000000", as services, key pairs, zones and aggregates show it."""
    return None if value is None else value.isoformat(timespec="microseconds")


def iso(value: dt.datetime | None) -> str | None:
    """Return "2012-10-29T13:42:02Z", as server records show it."""
    return None if value is None else value.isoformat(timespec="seconds") + "Z"
