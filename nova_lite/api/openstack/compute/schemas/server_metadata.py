"""What requests about the metadata of servers may say."""

from nova_lite.api.openstack.compute.schemas.parameters import METADATA, closed

CREATE = closed({"metadata": METADATA}, "metadata")
UPDATE_ALL = CREATE
UPDATE = closed({"meta": METADATA | {"minProperties": 1, "maxProperties": 1}}, "meta")
