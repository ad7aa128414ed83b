"""The tables, with Nova's names and columns where Nova has them (main and API database in one).

Soft delete is Nova's: `deleted` is 0, or the row's own id once it is deleted, with `deleted_at`; unique
constraints include `deleted`, so that a name can be used again.
Times are naive UTC with microseconds. Sizes say their unit in the name (`_mb`, `_gb`).
"""

from nova_lite.db.models.base import Base, utcnow
from nova_lite.db.models.catalog import (
    Flavor,
    FlavorExtraSpec,
    FlavorProject,
    InstanceGroup,
    InstanceGroupMember,
    KeyPair,
    Quota,
    QuotaClass,
    QuotaLock,
)
from nova_lite.db.models.hosts import (
    Aggregate,
    AggregateHost,
    AggregateMetadata,
    Allocation,
    ComputeNode,
    Service,
)
from nova_lite.db.models.identity import (
    IdentityApplicationCredential,
    IdentityAssignment,
    IdentityDomain,
    IdentityEndpoint,
    IdentityProject,
    IdentityRegion,
    IdentityRevocation,
    IdentityRole,
    IdentityService,
    IdentityUser,
)
from nova_lite.db.models.images import Image, ImageMember, ImageProperty, ImageTag
from nova_lite.db.models.servers import (
    BlockDeviceMapping,
    Instance,
    InstanceAction,
    InstanceActionEvent,
    InstanceFault,
    InstanceMetadata,
    RequestSpec,
    Tag,
)

__all__ = [
    "Aggregate",
    "AggregateHost",
    "AggregateMetadata",
    "Allocation",
    "Base",
    "BlockDeviceMapping",
    "ComputeNode",
    "Flavor",
    "FlavorExtraSpec",
    "FlavorProject",
    "IdentityApplicationCredential",
    "IdentityAssignment",
    "IdentityDomain",
    "IdentityEndpoint",
    "IdentityProject",
    "IdentityRegion",
    "IdentityRevocation",
    "IdentityRole",
    "IdentityService",
    "IdentityUser",
    "Image",
    "ImageMember",
    "ImageProperty",
    "ImageTag",
    "Instance",
    "InstanceAction",
    "InstanceActionEvent",
    "InstanceFault",
    "InstanceGroup",
    "InstanceGroupMember",
    "InstanceMetadata",
    "KeyPair",
    "Quota",
    "QuotaClass",
    "QuotaLock",
    "RequestSpec",
    "Service",
    "Tag",
    "utcnow",
]
