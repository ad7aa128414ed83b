"""The console log of a server."""

import re

from nova_lite.compute import rpcapi
from nova_lite.compute.api import actions

#: What may not stand in the answer: control characters but tab and line feed (Nova takes them out, too).
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f]")


def get_output(context, instance, tail_length: int | None) -> str:
    """Return the last `tail_length` lines of the console (None: all that is kept).

    Raises:
        InstanceNotReady: the server has no host (409).
        ConsoleLogNotFound: the host has no log of it (404).
        FeatureNotSupported, NotImplementedByDriver: the driver has none (501).
        oslo_messaging.MessagingTimeout: the host does not answer.
    """
    actions.check_host(instance)
    return _CONTROL.sub("", rpcapi.ComputeAPI().get_console_output(context, instance, tail_length) or "")
