"""What the scheduler is asked for."""

from oslo_versionedobjects import fields

from nova_lite.objects import base
from nova_lite.objects.flavor import Flavor  # noqa: F401 - the registry must know it
from nova_lite.objects.image_meta import ImageMeta  # noqa: F401


@base.register
class InstanceGroup(base.NovaObject):
    """The server group of a request: its policy, and the hosts that its members are on."""

    VERSION = "1.11"
    fields = {
        "uuid": fields.UUIDField(),
        "policy": fields.StringField(nullable=True),
        "rules": fields.DictOfStringsField(default={}),
        "members": fields.ListOfStringsField(default=[]),
        "hosts": fields.ListOfStringsField(default=[]),
    }


@base.register
class RequestSpec(base.NovaObject):
    """A flavor, an image, and the wishes of user and operator; kept with the server for later moves.

    `ignore_hosts`, `force_hosts`, `force_nodes`: host and node names. `requested_destination`: host and node that
    the user named and that the filters still judge (2.74). `scheduler_hints`: name → list of values.
    """

    VERSION = "1.14"
    fields = {
        "image": fields.ObjectField("ImageMeta", nullable=True),
        "flavor": fields.ObjectField("Flavor"),
        "project_id": fields.StringField(nullable=True),
        "user_id": fields.StringField(nullable=True),
        "availability_zone": fields.StringField(nullable=True),
        "num_instances": fields.IntegerField(default=1),
        "instance_uuid": fields.UUIDField(nullable=True),
        "ignore_hosts": fields.ListOfStringsField(default=[]),
        "force_hosts": fields.ListOfStringsField(default=[]),
        "force_nodes": fields.ListOfStringsField(default=[]),
        "requested_destination": base.JsonField(nullable=True, default=None),
        "scheduler_hints": base.JsonField(default={}),
        "instance_group": fields.ObjectField("InstanceGroup", nullable=True, default=None),
    }

    @property
    def vcpus(self) -> int:
        """VCPUs of one server."""
        return self.flavor.vcpus

    @property
    def memory_mb(self) -> int:
        """MiB of memory of one server."""
        return self.flavor.memory_mb

    @property
    def disk_gb(self) -> int:
        """GiB of local disk of one server: root, ephemeral, and swap rounded up."""
        return self.flavor.root_gb + self.flavor.ephemeral_gb + -(-self.flavor.swap // 1024)

    def hint(self, name: str) -> str | None:
        """Return the first value of a hint."""
        values = (self.scheduler_hints or {}).get(name)
        if isinstance(values, list):
            return values[0] if values else None
        return values

    def hints(self, name: str) -> list:
        """Return all values of a hint."""
        values = (self.scheduler_hints or {}).get(name)
        if values is None:
            return []
        return values if isinstance(values, list) else [values]
