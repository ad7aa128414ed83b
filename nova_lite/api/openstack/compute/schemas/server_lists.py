"""What the query strings of server lists may say, by microversion.

Behaviour: https://docs.openstack.org/api-ref/compute/#list-servers. Until 2.74 unknown parameters are let through
and left out; from 2.75 they are refused.
"""

from nova_lite.api.openstack.paging import PROPERTIES
from nova_lite.api.validation import extended, many

_TEXT = many({"type": "string"})
_REGEX = many({"type": "string", "format": "regex", "maxLength": 255})
_TIME = many({"type": "string", "format": "date-time"})

#: Names that Nova's list once passed to its database as they came: taken and left out.
IGNORED_SORT_KEYS = (
    "architecture", "cell_name", "cleaned", "default_ephemeral_device", "default_swap_device", "deleted",
    "deleted_at", "disable_terminate", "ephemeral_gb", "ephemeral_key_uuid", "id", "key_data", "launched_on", "locked",
    "memory_mb", "os_type", "reservation_id", "root_gb", "shutdown_terminate", "user_data", "vcpus", "vm_mode",
)  # fmt: skip
SORT_KEYS = (
    "access_ip_v4", "access_ip_v6", "auto_disk_config", "availability_zone", "config_drive", "created_at",
    "display_description", "display_name", "host", "hostname", "image_ref", "instance_type_id", "kernel_id",
    "key_name", "launch_index", "launched_at", "locked_by", "node", "power_state", "progress", "project_id",
    "ramdisk_id", "root_device_name", "task_state", "terminated_at", "updated_at", "user_id", "uuid", "vm_state",
)  # fmt: skip
#: Filters on tables beside Nova's `instances`: known, so that they can be refused.
REFUSED = (
    "block_device_mapping", "services", "metadata", "system_metadata", "info_cache", "security_groups", "pci_devices",
)  # fmt: skip

_EXACT = (
    "user_id", "project_id", "tenant_id", "launch_index", "image_ref", "image", "vm_state", "task_state", "host",
    "uuid", "sort_dir", "all_tenants", "soft_deleted", "deleted", "status",
)  # fmt: skip
_MATCHED = (
    "kernel_id", "ramdisk_id", "hostname", "key_name", "power_state", "node", "flavor", "reservation_id",
    "launched_at", "terminated_at", "availability_zone", "name", "display_name", "description", "display_description",
    "locked_by", "root_device_name", "config_drive", "access_ip_v4", "access_ip_v6", "auto_disk_config", "progress",
    "ip", "ip6", "created_at",
)  # fmt: skip
TAG_FILTERS = ("tags", "tags-any", "not-tags", "not-tags-any")

_QUERY_1 = {
    "type": "object",
    "properties": {
        **dict.fromkeys((*_EXACT, *REFUSED), _TEXT),
        **dict.fromkeys(_MATCHED, _REGEX),
        "sort_key": many({"type": "string", "enum": [*SORT_KEYS, *IGNORED_SORT_KEYS]}),
        "changes-since": _TIME,
        **PROPERTIES,
    },
    "patternProperties": {"^_": _TEXT},
    "additionalProperties": True,
}
_QUERY_26 = extended(_QUERY_1, dict.fromkeys(TAG_FILTERS, _REGEX), "properties")
_QUERY_66 = extended(_QUERY_26, {"changes-before": _TIME}, "properties")
_QUERY_73 = extended(_QUERY_66, {"locked": _TEXT}, "properties")
_QUERY_75 = extended(_QUERY_73, {"additionalProperties": False})

QUERY = ((1, _QUERY_1), (26, _QUERY_26), (66, _QUERY_66), (73, _QUERY_73), (75, _QUERY_75))
