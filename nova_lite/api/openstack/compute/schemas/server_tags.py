"""What requests about the tags of servers may say."""

from nova_lite.api.openstack.compute.schemas.parameters import TAG, TAGS, closed

UPDATE_ALL = closed({"tags": TAGS}, "tags")
#: The tag that a path names.
ONE = TAG
