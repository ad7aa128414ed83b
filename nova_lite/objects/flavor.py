"""A size of servers."""

from oslo_versionedobjects import fields

from nova_lite.objects import base


@base.register
class Flavor(base.NovaObject):
    """A flavor: `memory_mb` MiB, `root_gb`, `ephemeral_gb` GiB, `swap` MiB."""

    VERSION = "1.2"
    fields = {
        "id": fields.IntegerField(nullable=True),
        "name": fields.StringField(nullable=True),
        "memory_mb": fields.IntegerField(),
        "vcpus": fields.IntegerField(),
        "root_gb": fields.IntegerField(),
        "ephemeral_gb": fields.IntegerField(default=0),
        "flavorid": fields.StringField(),
        "swap": fields.IntegerField(default=0),
        "rxtx_factor": fields.FloatField(nullable=True, default=1.0),
        "vcpu_weight": fields.IntegerField(nullable=True),
        "disabled": fields.BooleanField(default=False),
        "is_public": fields.BooleanField(default=True),
        "extra_specs": fields.DictOfNullableStringsField(default={}),
        "description": fields.StringField(nullable=True),
    }

    def to_dict(self) -> dict:
        """Return the snapshot that is kept with a server."""
        return {name: getattr(self, name) for name in self.fields if self.obj_attr_is_set(name)}
