"""The client of nova-scheduler."""

import oslo_messaging as messaging

from nova_lite import exception, rpc
from nova_lite.conf import CONF
from nova_lite.objects import base as objects_base
from nova_lite.objects import selection as selection_object

TOPIC = "scheduler"


class SchedulerAPI:
    """Sends requests to a nova-scheduler.

    * 4.4: select_destinations answers with dictionaries
    * 4.5: and with Selection objects and alternates
    """

    def __init__(self):
        target = messaging.Target(topic=TOPIC, version="4.0")
        self._client = rpc.Client(target, objects_base.NovaObjectSerializer(), CONF.upgrade_levels.scheduler)

    def select_destinations(
        self, context, request_spec, instance_uuids, return_objects=True, return_alternates=True
    ) -> list[list[selection_object.Selection]]:
        """Have hosts chosen and claimed; see scheduler.manager.SchedulerManager.select_destinations.

        Raises:
            NoValidHost: no host for at least one of the servers.
            oslo_messaging.MessagingTimeout: no scheduler, or one that died: noticed after `rpc_response_timeout`.
            MessagingUnavailable: the broker cannot be reached.
            ConfigurationError: the pin of this interface is older than what is asked for.
        """
        version = "4.5"
        if not self._client.can_send_version(version):
            if return_objects or return_alternates:
                raise exception.ConfigurationError(
                    reason=f"[upgrade_levels] scheduler is {CONF.upgrade_levels.scheduler}; Selection objects and"
                    " alternates need 4.5"
                )
            version = "4.4"
        return self._client.call(
            context,
            "select_destinations",
            version=version,
            long=True,
            request_spec=request_spec,
            instance_uuids=instance_uuids,
            return_objects=return_objects,
            return_alternates=return_alternates,
        )
