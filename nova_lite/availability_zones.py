"""Availability zones: which zone a host is in, and which zones there are.

A host's zone is the metadata item `availability_zone` of an aggregate that it is in, else
`default_availability_zone`. Services other than nova-compute are in `internal_service_availability_zone`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from nova_lite.conf import CONF
from nova_lite.db import aggregates, services

COMPUTE = "nova-compute"


def of_host(conn: sa.Connection, host: str) -> str:
    """Return the zone of a host that runs nova-compute."""
    return aggregates.zones_by_host.within(conn).get(host, CONF.default_availability_zone)


def of_service(service: Mapping[str, Any], zones: Mapping[str, str]) -> str:
    """Return the zone of a service; `zones` is what `aggregates.zones_by_host` returns."""
    if service["binary"] != COMPUTE:
        return CONF.internal_service_availability_zone
    return zones.get(service["host"], CONF.default_availability_zone)


def with_zones(conn: sa.Connection, rows: Iterable[Mapping[str, Any]]) -> list[dict]:
    """Return services (rows of `services`) with their zone as `availability_zone`."""
    zones = aggregates.zones_by_host.within(conn)
    return [dict(row, availability_zone=of_service(row, zones)) for row in rows]


def available(conn: sa.Connection) -> tuple[list[str], list[str]]:
    """Return (zones with an enabled service, zones whose services are all disabled), each without doubles.

    The internal zone is among them; it is not one that a server can ask for.
    """
    return split(with_zones(conn, services.list_all.within(conn)))


def split(rows: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """Return what `available` does, for services that `with_zones` returned."""
    rows = list(rows)
    enabled = list(dict.fromkeys(row["availability_zone"] for row in rows if not row["disabled"]))
    others = dict.fromkeys(row["availability_zone"] for row in rows if row["disabled"])
    return enabled, [zone for zone in others if zone not in enabled]
