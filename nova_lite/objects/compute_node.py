"""The hypervisors of a host, as nova-compute reports them."""

from oslo_versionedobjects import fields

from nova_lite.db import compute_nodes
from nova_lite.objects import base


@base.register
class ComputeNodeList(base.NovaObject):
    """A report of what nodes have."""

    VERSION = "1.17"
    fields = {"host": fields.StringField()}

    @classmethod
    @base.remotable
    def report(cls, context, host, service_id, records):
        """Write the nodes of a host; see `db.compute_nodes.report`."""
        return compute_nodes.report(host, service_id, records)
