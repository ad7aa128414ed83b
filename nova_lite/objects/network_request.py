"""Which networks a server asks for."""

from oslo_versionedobjects import fields

from nova_lite.objects import base

NETWORK_ID_AUTO = "auto"
NETWORK_ID_NONE = "none"


@base.register
class NetworkRequest(base.NovaObject):
    """One NIC: a network, a port, or one of the words `auto` and `none` as `network_id`."""

    VERSION = "1.3"
    fields = {
        "network_id": fields.StringField(nullable=True),
        "address": fields.StringField(nullable=True),
        "port_id": fields.UUIDField(nullable=True),
        "tag": fields.StringField(nullable=True),
    }


@base.register
class NetworkRequestList(base.NovaObjectList):
    """The NICs of a server, in order."""

    VERSION = "1.1"
    fields = {"objects": fields.ListOfObjectsField("NetworkRequest")}

    @property
    def no_allocate(self) -> bool:
        """Whether the user asked for no network at all."""
        return len(self.objects) == 1 and self.objects[0].network_id == NETWORK_ID_NONE

    @property
    def auto_allocate(self) -> bool:
        """Whether the user left the choice to us."""
        return len(self.objects) == 1 and self.objects[0].network_id == NETWORK_ID_AUTO
