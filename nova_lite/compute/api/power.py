"""Power actions: each is accepted by the states' table, recorded, and sent to the server's host."""

from nova_lite.compute import rpcapi
from nova_lite.compute.api import actions

SOFT, HARD = "SOFT", "HARD"

#: Action → method of the RPC client.
_SENDERS = {
    "start": "start_instance",
    "stop": "stop_instance",
    "pause": "pause_instance",
    "unpause": "unpause_instance",
    "suspend": "suspend_instance",
    "resume": "resume_instance",
}


def act(context, instance, method: str) -> None:
    """Do one of start, stop, pause, unpause, suspend, resume.

    Raises:
        InstanceIsLocked, InstanceInvalidState, InstanceNotReady: not now (409).
        MessagingUnavailable: the broker cannot be reached (503).
    """
    send = getattr(rpcapi.ComputeAPI(), _SENDERS[method])
    actions.perform(context, instance, method, lambda: send(context, instance))


def reboot(context, instance, reboot_type: str) -> None:
    """Reboot, `SOFT` (the guest is asked) or `HARD`; errors as `act`."""
    method = "reboot" if reboot_type == SOFT else "reboot_hard"
    client = rpcapi.ComputeAPI()
    actions.perform(context, instance, method, lambda: client.reboot_instance(context, instance, reboot_type))
