"""Where the scheduler says that a server may go."""

from oslo_versionedobjects import fields

from nova_lite.objects import base


@base.register
class Selection(base.NovaObject):
    """A host and node. The first of a list is claimed in the database, the others are alternates and are not."""

    VERSION = "1.1"
    fields = {
        "compute_node_id": fields.IntegerField(),
        "compute_node_uuid": fields.UUIDField(),
        "service_host": fields.StringField(),
        "nodename": fields.StringField(),
        "availability_zone": fields.StringField(nullable=True),
        "limits": fields.DictOfIntegersField(default={}),
    }
