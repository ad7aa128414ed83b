"""A running program of nova-lite on a host."""

from oslo_versionedobjects import fields

from nova_lite.db import services
from nova_lite.objects import base

#: What this code's services say of themselves; it rises when an RPC interface or an object changes.
SERVICE_VERSION = 1


@base.register
class Service(base.NovaObject):
    """A service row."""

    VERSION = "1.22"
    fields = {
        "id": fields.IntegerField(),
        "uuid": fields.UUIDField(),
        "host": fields.StringField(),
        "binary": fields.StringField(),
        "topic": fields.StringField(nullable=True),
        "report_count": fields.IntegerField(),
        "disabled": fields.BooleanField(),
        "disabled_reason": fields.StringField(nullable=True),
        "last_seen_up": fields.DateTimeField(nullable=True),
        "forced_down": fields.BooleanField(),
        "version": fields.IntegerField(),
    }

    @classmethod
    @base.remotable
    def get_or_create(cls, context, host, binary, topic, disabled=False):
        """Return the row of a program on a host, made when there is none."""
        return cls.from_row(context, services.get_or_create(host, binary, topic, SERVICE_VERSION, disabled))

    @base.remotable
    def heartbeat(self):
        """Note that the service is alive; return False when its row was deleted."""
        return services.heartbeat(self.id)

    @base.remotable
    def set_disabled(self, disabled, reason):
        """Enable or disable the service; a reason that a person gave is never overwritten by an automatic one.

        Automatic reasons begin with "AUTO: ", as in Nova.
        """
        row = services.get(self.id)
        by_person = row["disabled"] and not (row["disabled_reason"] or "").startswith("AUTO: ")
        if not by_person:
            services.update(self.id, {"disabled": disabled, "disabled_reason": reason if disabled else None})
