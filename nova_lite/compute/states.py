"""The states of a server and the ONE table of what may be done in which.

The API's 409 answers, the managers' guards, the documentation and the tests are all read from `ACTIONS`.
vm_state is where a server rests, task_state what is being done to it; names are Nova's
(https://docs.openstack.org/nova/latest/reference/vm-states.html).
"""

from dataclasses import dataclass

from nova_lite import exception

# -- vm_states
BUILDING = "building"
ACTIVE = "active"
STOPPED = "stopped"
PAUSED = "paused"
SUSPENDED = "suspended"
RESCUED = "rescued"
RESIZED = "resized"
SOFT_DELETED = "soft-delete"
DELETED = "deleted"
ERROR = "error"
SHELVED = "shelved"
SHELVED_OFFLOADED = "shelved_offloaded"

VM_STATES = (
    BUILDING, ACTIVE, STOPPED, PAUSED, SUSPENDED, RESCUED, RESIZED, SOFT_DELETED, DELETED, ERROR, SHELVED,
    SHELVED_OFFLOADED,
)  # fmt: skip

# -- task_states
SCHEDULING = "scheduling"
NETWORKING = "networking"
BLOCK_DEVICE_MAPPING = "block_device_mapping"
SPAWNING = "spawning"
POWERING_OFF = "powering-off"
POWERING_ON = "powering-on"
REBOOTING = "rebooting"
REBOOT_PENDING = "reboot_pending"
REBOOT_STARTED = "reboot_started"
REBOOTING_HARD = "rebooting_hard"
REBOOT_PENDING_HARD = "reboot_pending_hard"
REBOOT_STARTED_HARD = "reboot_started_hard"
PAUSING = "pausing"
UNPAUSING = "unpausing"
SUSPENDING = "suspending"
RESUMING = "resuming"
DELETING = "deleting"
SOFT_DELETING = "soft-deleting"

BUILD_TASKS = (SCHEDULING, NETWORKING, BLOCK_DEVICE_MAPPING, SPAWNING)
SOFT_REBOOT_TASKS = (REBOOTING, REBOOT_PENDING, REBOOT_STARTED)
HARD_REBOOT_TASKS = (REBOOTING_HARD, REBOOT_PENDING_HARD, REBOOT_STARTED_HARD)

#: Where a server's metadata and tags may change.
RESTING = (ACTIVE, PAUSED, SUSPENDED, STOPPED)

ANY = None
IDLE = (None,)


@dataclass(frozen=True)
class Action:
    """What one action needs and does.

    `method`: the word in "Cannot 'stop' instance … while it is in vm_state stopped". `record`: the name in the
    list of instance actions, empty for what leaves none. `vm_states`, `task_states`: where it is allowed (ANY:
    everywhere). `task_state`: what is set when it is accepted. `ends_in`: the vm_state after success. `locked`:
    refused on a locked server for those who may not override the lock. `ready`: refused before the server ran
    for the first time.
    """

    method: str
    record: str
    vm_states: tuple | None
    task_states: tuple | None
    task_state: str | None
    ends_in: str | None
    locked: bool = True
    ready: bool = True


def _table(*rows: Action) -> dict[str, Action]:
    return {row.method: row for row in rows}


# fmt: off
ACTIONS = _table(
    #      method           record           allowed vm_states                                  allowed task_states    sets            ends in
    Action("start",         "start",         (STOPPED,),                                        IDLE,                  POWERING_ON,    ACTIVE),
    Action("stop",          "stop",          (ACTIVE, ERROR),                                   IDLE,                  POWERING_OFF,   STOPPED),
    Action("reboot",        "reboot",        (ACTIVE,),                                         IDLE,                  REBOOTING,      ACTIVE),
    Action("reboot_hard",   "reboot",        (ACTIVE, STOPPED, PAUSED, SUSPENDED, ERROR),       (None, *SOFT_REBOOT_TASKS, *HARD_REBOOT_TASKS, RESUMING, UNPAUSING, SUSPENDING), REBOOTING_HARD, ACTIVE),
    Action("pause",         "pause",         (ACTIVE,),                                         IDLE,                  PAUSING,        PAUSED),
    Action("unpause",       "unpause",       (PAUSED,),                                         IDLE,                  UNPAUSING,      ACTIVE),
    Action("suspend",       "suspend",       (ACTIVE,),                                         IDLE,                  SUSPENDING,     SUSPENDED),
    Action("resume",        "resume",        (SUSPENDED,),                                      IDLE,                  RESUMING,       ACTIVE),
    Action("delete",        "delete",        ANY,                                               ANY,                   DELETING,       DELETED, ready=False),
    Action("force_delete",  "delete",        ANY,                                               ANY,                   DELETING,       DELETED, ready=False),
    Action("lock",          "lock",          ANY,                                               ANY,                   None,           None, locked=False, ready=False),
    Action("unlock",        "unlock",        ANY,                                               ANY,                   None,           None, locked=False, ready=False),
    Action("update",        "update",        ANY,                                               ANY,                   None,           None, locked=False, ready=False),
    Action("update metadata", "",            RESTING,                                           ANY,                   None,           None),
    Action("delete metadata", "",            RESTING,                                           ANY,                   None,           None),
    Action("update tag",    "",              RESTING,                                           ANY,                   None,           None, locked=False, ready=False),
    Action("update tags",   "",              RESTING,                                           ANY,                   None,           None, locked=False, ready=False),
    Action("delete tag",    "",              RESTING,                                           ANY,                   None,           None, locked=False, ready=False),
    Action("delete tags",   "",              RESTING,                                           ANY,                   None,           None, locked=False, ready=False),
)
# fmt: on

#: The method as Nova's message names it, where the table needs two rows for one.
_SHOWN = {"reboot_hard": "reboot", "force_delete": "forceDelete"}


def check(instance, method: str) -> Action:
    """Return the row of `method` if `instance` is in a state that allows it.

    `instance` needs `uuid`, `vm_state`, `task_state` and `launched_at`. Whether a lock refuses it is the
    caller's to check: that depends on who asks.

    Raises:
        InstanceInvalidState: it does not (409).
    """
    action = ACTIONS[method]
    shown = _SHOWN.get(method, method)
    if action.vm_states is not ANY and instance.vm_state not in action.vm_states:
        raise _refused(instance, shown, "vm_state", instance.vm_state)
    if action.task_states is not ANY and instance.task_state not in action.task_states:
        raise _refused(instance, shown, "task_state", instance.task_state)
    if action.ready and not instance.launched_at:
        raise exception.InstanceInvalidState(f"Instance {instance.uuid} is in an invalid state for '{shown}'")
    return action


def _refused(instance, method: str, attribute: str, state) -> exception.NovaException:
    return exception.InstanceInvalidState(
        method=method, instance_uuid=instance.uuid, attr=attribute, state=state
    )
