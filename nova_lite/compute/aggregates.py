"""Changing host aggregates, so that every host stays in one availability zone and no server's zone changes.

Behaviour: https://docs.openstack.org/nova/latest/admin/aggregates.html.
"""

from nova_lite import availability_zones, exception
from nova_lite.conf import CONF
from nova_lite.db import aggregates as db
from nova_lite.db import api, hypervisors, services

ZONE = db.AVAILABILITY_ZONE


def _refuse(action: str, aggregate: dict, reason: str) -> None:
    raise exception.InvalidAggregateAction(action=action, aggregate_id=aggregate["id"], reason=reason)


def _check_zone(conn, aggregate: dict, zone: str | None, hosts: list[str], action: str) -> None:
    """Check that `hosts` of an aggregate may come into a zone; None: that they may leave the aggregate's.

    Raises:
        InvalidAggregateAction: a host is in another zone by another aggregate, or has servers and would move.
    """
    for host in hosts:
        others = {
            each["metadata"][ZONE]
            for each in db.list_by_host.within(conn, host)
            if each["id"] != aggregate["id"] and ZONE in each["metadata"]
        }
        if zone is not None and others - {zone}:
            names = ", ".join(sorted(others))
            _refuse(action, aggregate, f"host {host} is already in availability zone {names}")
        after = zone or next(iter(others), CONF.default_availability_zone)
        if after != availability_zones.of_host(conn, host) and hypervisors.is_in_use.within(conn, host):
            _refuse(action, aggregate, f"host {host} has servers, whose availability zone would change")


@api.writer
def create(conn, name: str, zone: str | None) -> dict:
    """Make an aggregate and return it.

    Raises:
        AggregateNameExists: the name is taken.
    """
    return db.create.within(conn, name, {ZONE: zone} if zone else None)


@api.writer
def update(conn, aggregate_id: int, values: dict) -> dict:
    """Change `name`, `availability_zone` (None removes it) or both, and return the aggregate.

    Raises:
        AggregateNotFound: there is none.
        AggregateNameExists: the name is taken.
        InvalidAggregateAction: its hosts cannot be in that zone.
    """
    aggregate = db.get.within(conn, aggregate_id)
    if "name" in values:
        db.rename.within(conn, aggregate_id, values["name"])
    if ZONE in values:
        _check_zone(conn, aggregate, values[ZONE], aggregate["hosts"], "update")
        db.set_metadata.within(conn, aggregate_id, {ZONE: values[ZONE]})
    return db.get.within(conn, aggregate_id)


@api.writer
def set_metadata(conn, aggregate_id: int, changes: dict[str, str | None]) -> dict:
    """Set metadata items (None removes one), and return the aggregate.

    Raises:
        AggregateNotFound: there is none.
        InvalidAggregateAction: its hosts cannot be in that availability zone.
    """
    aggregate = db.get.within(conn, aggregate_id)
    if ZONE in changes:
        action = "update metadata of"
        zone = changes[ZONE]
        if zone is not None and not zone.strip():
            _refuse(action, aggregate, "an availability zone needs a name")
        _check_zone(conn, aggregate, zone, aggregate["hosts"], action)
    db.set_metadata.within(conn, aggregate_id, changes)
    return db.get.within(conn, aggregate_id)


@api.writer
def delete(conn, aggregate_id: int) -> None:
    """Remove an aggregate.

    Raises:
        AggregateNotFound: there is none.
        InvalidAggregateAction: it has hosts.
    """
    aggregate = db.get.within(conn, aggregate_id)
    if aggregate["hosts"]:
        _refuse("delete", aggregate, "Host aggregate is not empty")
    db.delete.within(conn, aggregate_id)


@api.writer
def add_host(conn, aggregate_id: int, host: str) -> dict:
    """Put a host that runs nova-compute into an aggregate, and return the aggregate.

    Raises:
        AggregateNotFound: there is none.
        ComputeHostNotFound: no nova-compute runs there.
        AggregateHostExists: it is there.
        InvalidAggregateAction: the host cannot be in the aggregate's zone.
    """
    aggregate = db.get.within(conn, aggregate_id)
    if services.find.within(conn, host, availability_zones.COMPUTE) is None:
        raise exception.ComputeHostNotFound(host=host)
    if host not in aggregate["hosts"] and ZONE in aggregate["metadata"]:
        _check_zone(conn, aggregate, aggregate["metadata"][ZONE], [host], "add host to")
    db.add_host.within(conn, aggregate_id, host)
    return db.get.within(conn, aggregate_id)


@api.writer
def remove_host(conn, aggregate_id: int, host: str) -> dict:
    """Take a host out of an aggregate, and return the aggregate.

    Raises:
        AggregateNotFound: there is none.
        AggregateHostNotFound: it is not there.
        InvalidAggregateAction: the host has servers, and would leave their zone.
    """
    aggregate = db.get.within(conn, aggregate_id)
    if host in aggregate["hosts"] and ZONE in aggregate["metadata"]:
        _check_zone(conn, aggregate, None, [host], "remove host from")
    db.remove_host.within(conn, aggregate_id, host)
    return db.get.within(conn, aggregate_id)
