"""What only administrators do to a server."""

from nova_lite.compute import states
from nova_lite.db import instances

#: What os-resetState may be asked for → vm_state.
RESETS = {"active": states.ACTIVE, "error": states.ERROR}


def reset_state(instance, state: str) -> None:
    """Say that a server is `active` or in `error` and that nothing is being done to it, whatever is true.

    Raises:
        InstanceNotFound: it is gone.
    """
    instances.update(instance.uuid, {"vm_state": RESETS[state], "task_state": None})
