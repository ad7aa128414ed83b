"""What nova-scheduler does for others."""

from typing import Any

import oslo_messaging as messaging

from nova_lite import exception, manager, rpc
from nova_lite.scheduler import filter_scheduler


class SchedulerManager(manager.Manager):
    """The RPC interface of nova-scheduler.

    Nova's fanout methods (update_aggregates, update_instance_info, …) keep the caches of its schedulers fresh.
    nova-lite's read the database for each request and have no caches, so there is nothing to tell them.
    """

    target = messaging.Target(version="4.5")

    def __init__(self, host: str | None = None):
        super().__init__(host)
        self.driver = filter_scheduler.FilterScheduler()

    @rpc.expected_exceptions(exception.NoValidHost)
    def select_destinations(
        self, context, request_spec, instance_uuids, return_objects=True, return_alternates=True
    ):
        """Claim a host for each server; return for each a list of objects.Selection, the claimed one first.

        `return_objects` false (4.4): one dictionary with host and nodename a server.

        Raises:
            NoValidHost: no host for at least one of the servers; nothing is claimed then.
        """
        selections: list[list[Any]] = self.driver.select_destinations(
            request_spec, instance_uuids, return_alternates=return_objects and return_alternates
        )
        if return_objects:
            return selections
        return [
            {"host": chosen[0].service_host, "nodename": chosen[0].nodename, "limits": dict(chosen[0].limits)}
            for chosen in selections
        ]
