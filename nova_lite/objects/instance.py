"""A server, as it travels between conductor and compute."""

import datetime
import traceback as traceback_module
from typing import Any

from oslo_versionedobjects import fields

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.db import instance_builds, instance_faults, instances
from nova_lite.objects import base
from nova_lite.objects.flavor import Flavor

_STRINGS = (
    "user_id", "project_id", "image_ref", "kernel_id", "ramdisk_id", "hostname", "key_name", "key_data",
    "vm_state", "task_state", "flavorid", "host", "node", "launched_on", "user_data", "reservation_id",
    "availability_zone", "display_name", "display_description", "locked_by", "locked_reason", "os_type",
    "architecture", "vm_mode", "root_device_name", "default_ephemeral_device", "default_swap_device",
    "config_drive", "access_ip_v4", "access_ip_v6", "pinned_availability_zone",
)  # fmt: skip
_INTEGERS = (
    "launch_index", "power_state", "memory_mb", "vcpus", "root_gb", "ephemeral_gb", "progress", "cleaned",
)  # fmt: skip
_BOOLEANS = ("locked", "auto_disk_config", "shutdown_terminate", "disable_terminate", "hidden")
_TIMES = ("created_at", "updated_at", "deleted_at", "launched_at", "terminated_at")
_JSON = ("system_metadata", "network_info", "trusted_certs", "security_groups", "scheduler_hints")

#: Changed through other calls than `save`, or never.
_NOT_SAVED = {"id", "uuid", "created_at", "updated_at", "deleted", "deleted_at", "metadata", "tags"}


def event(op: str, name: str, context, host: str | None, error: BaseException | None = None, **more) -> dict:
    """Return one entry for `Instance.save(events=…)`: `op` is start or finish, `name` the step's name."""
    made = {"op": op, "event": name, "request_id": context.request_id, "host": host} | more
    if op == "finish":
        made["result"] = "Success" if error is None else "Error"
        if error is not None:
            made["traceback"] = "".join(traceback_module.format_exception(error))
            made["details"] = exception.describe(error)
    return made


@base.register
class Instance(base.NovaObject):
    """A server. `memory_mb` MiB, `root_gb` and `ephemeral_gb` GiB; `network_info` is a list of VIF dictionaries."""

    VERSION = "2.8"
    fields: Any = (
        {
            "id": fields.IntegerField(),
            "uuid": fields.UUIDField(),
            "deleted": fields.BooleanField(default=False),
        }
        | {name: fields.StringField(nullable=True) for name in _STRINGS}
        | {name: fields.IntegerField(nullable=True) for name in _INTEGERS}
        | {name: fields.BooleanField(nullable=True) for name in _BOOLEANS}
        | {name: fields.DateTimeField(nullable=True) for name in _TIMES}
        | {name: base.JsonField(nullable=True) for name in _JSON}
        | {
            "flavor": fields.ObjectField("Flavor"),
            "metadata": fields.DictOfStringsField(default={}),
            "tags": fields.ListOfStringsField(default=[]),
        }
    )

    @property
    def name(self) -> str:
        """The name of the guest at the hypervisor (`instance_name_template`)."""
        try:
            return CONF.instance_name_template % self.id
        except TypeError:
            return CONF.instance_name_template % {"uuid": self.uuid, "id": self.id, "hostname": self.hostname}

    @classmethod
    def from_row(cls, context, row) -> "Instance":
        """Return the object of a row of `db.instances`."""
        made = cls(context)
        values = {key: row[key] for key in cls.fields if key in row and key != "flavor"}
        values["deleted"] = bool(row["deleted"])
        for key in ("system_metadata", "scheduler_hints"):
            values[key] = values.get(key) or {}
        for key in ("network_info", "security_groups"):
            values[key] = values.get(key) or []
        made.obj_set(values)
        made.flavor = Flavor(**(row["flavor"] or {}))
        made.flavor.obj_reset_changes()
        made.obj_reset_changes()
        return made

    @classmethod
    @base.remotable
    def get_by_uuid(cls, context, uuid):
        """Return a server.

        Raises:
            InstanceNotFound: there is none (deleted ones count when the context reads deleted rows).
        """
        return cls.from_row(context, instances.get(uuid, read_deleted=context.read_deleted != "no"))

    def _changed_columns(self) -> dict:
        values = {}
        for name in self.obj_what_changed() - _NOT_SAVED:
            value = getattr(self, name)
            if isinstance(value, Flavor):
                value = value.to_dict()
            elif isinstance(value, datetime.datetime):
                value = value.astimezone(datetime.UTC).replace(tzinfo=None)
            values[name] = value
        return values

    @base.remotable
    def save(self, expected_vm_state="unset", expected_task_state="unset", events=None):
        """Write the changed fields if the server is in the expected states.

        `expected_*`: a state or list of states; "unset": whatever it is. `events`: entries made by `event()`,
        begun or ended in the same transaction.

        Raises:
            InstanceNotFound: it is gone.
            UnexpectedTaskStateError, UnexpectedDeletingTaskStateError, UnexpectedVMStateError.
        """
        conditions = {}
        if expected_vm_state != "unset":
            conditions["expected_vm_state"] = expected_vm_state
        if expected_task_state != "unset":
            conditions["expected_task_state"] = expected_task_state
        changed = instances.update(self.uuid, self._changed_columns(), events=events, **conditions)
        self.updated_at = base.utc(changed["updated_at"])
        self.obj_reset_changes()

    @base.remotable
    def refresh(self):
        """Read all fields again."""
        fresh = Instance.get_by_uuid(self._context, self.uuid)
        for name in self.fields:
            if fresh.obj_attr_is_set(name) and (
                not self.obj_attr_is_set(name) or getattr(self, name) != getattr(fresh, name)
            ):
                setattr(self, name, getattr(fresh, name))
        self.obj_reset_changes()

    @base.remotable
    def add_fault(self, code, message, details, host):
        """Keep what went wrong, for the server's `fault`."""
        instance_faults.create(
            {"instance_uuid": self.uuid, "code": code, "message": message, "details": details, "host": host}
        )

    @base.remotable
    def fail_build(self, code, message, details, host, events):
        """End a build in ERROR without a host: state, fault, step and claim in one transaction."""
        instance_builds.fail(
            self.uuid, {"code": code, "message": message, "details": details, "host": host}, events
        )

    @base.remotable
    def complete_deletion(self, events=None):
        """End a deletion: row, disks, groups and claim in one transaction. Nothing happens the second time."""
        instance_builds.complete_deletion(self.uuid, events)


@base.register
class InstanceList(base.NovaObjectList):
    """Many servers."""

    VERSION = "2.6"
    fields = {"objects": fields.ListOfObjectsField("Instance")}

    @classmethod
    def _from_rows(cls, context, rows):
        made = cls(context, objects=[Instance.from_row(context, row) for row in rows])
        made.obj_reset_changes()
        return made

    @classmethod
    @base.remotable
    def get_by_host(cls, context, host):
        """Return the servers of a host."""
        return cls._from_rows(context, instances.get_by_host(host))

    @classmethod
    @base.remotable
    def get_deleted_by_host(cls, context, host, since):
        """Return the servers of a host that were deleted after `since` (ISO text, UTC)."""
        moment = datetime.datetime.fromisoformat(since).replace(tzinfo=None)
        return cls._from_rows(context, instances.get_by_host(host, deleted_since=moment))

    @classmethod
    @base.remotable
    def get_by_uuids(cls, context, uuids):
        """Return the servers with these uuids, deleted ones too when the context reads deleted rows."""
        return cls._from_rows(context, instances.get_many(uuids, read_deleted=context.read_deleted != "no"))
