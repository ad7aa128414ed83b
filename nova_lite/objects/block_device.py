"""The disks of a server."""

from oslo_versionedobjects import fields

from nova_lite.db import block_device_mappings
from nova_lite.objects import base


@base.register
class BlockDeviceMapping(base.NovaObject):
    """One disk: `source_type` (image, blank, snapshot, volume) on `destination_type` (local, volume).

    `volume_size` is in GiB (for swap: MiB). `boot_index` 0 is the root disk; negative or None never boots.
    """

    VERSION = "1.21"
    fields = {
        "id": fields.IntegerField(nullable=True),
        "uuid": fields.UUIDField(nullable=True),
        "instance_uuid": fields.UUIDField(nullable=True),
        "source_type": fields.StringField(nullable=True),
        "destination_type": fields.StringField(nullable=True),
        "guest_format": fields.StringField(nullable=True),
        "device_type": fields.StringField(nullable=True),
        "disk_bus": fields.StringField(nullable=True),
        "boot_index": fields.IntegerField(nullable=True),
        "device_name": fields.StringField(nullable=True),
        "delete_on_termination": fields.BooleanField(default=False),
        "snapshot_id": fields.StringField(nullable=True),
        "volume_id": fields.StringField(nullable=True),
        "volume_size": fields.IntegerField(nullable=True),
        "volume_type": fields.StringField(nullable=True),
        "image_id": fields.StringField(nullable=True),
        "no_device": fields.BooleanField(default=False),
        "connection_info": fields.SensitiveStringField(nullable=True),
        "tag": fields.StringField(nullable=True),
        "attachment_id": fields.StringField(nullable=True),
    }

    @property
    def is_root(self) -> bool:
        """Whether the server boots from it."""
        return self.boot_index == 0

    @property
    def is_volume(self) -> bool:
        """Whether it is a volume and not a local disk."""
        return self.destination_type == "volume"

    @base.remotable
    def save(self):
        """Write the changed fields."""
        changes = self.obj_get_changes()
        if changes:
            block_device_mappings.update(self.id, changes)
        self.obj_reset_changes()


@base.register
class BlockDeviceMappingList(base.NovaObjectList):
    """The disks of a server, root first."""

    VERSION = "1.17"
    fields = {"objects": fields.ListOfObjectsField("BlockDeviceMapping")}

    @classmethod
    @base.remotable
    def get_by_instance_uuid(cls, context, instance_uuid):
        """Return the disks of a server."""
        rows = block_device_mappings.get_by_instance(instance_uuid)
        return cls(context, objects=[BlockDeviceMapping.from_row(context, row) for row in rows])
