"""What requests about servers may say, by microversion.

Behaviour: https://docs.openstack.org/api-ref/compute/#create-server and the microversion history.
"""

from nova_lite.api.openstack.compute.schemas.parameters import (
    BOOLEAN,
    DESCRIPTION,
    DISK_CONFIG,
    FQDN,
    HOST,
    HOSTNAME,
    IP_ADDRESS,
    METADATA,
    NAME,
    POSITIVE_INTEGER,
    SIZE_GB,
    TAG,
    TAGS,
    UUID,
    closed,
)
from nova_lite.api.validation import extended

_SERVER = ("properties", "server", "properties")
_NETWORKS = (*_SERVER, "networks")
_NIC = (*_NETWORKS, "oneOf")
_DISK = (*_SERVER, "block_device_mapping_v2", "items", "properties")

_DEVICE_NAME = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[a-zA-Z0-9._-r/]*\Z"}
_UUIDS = {"type": "array", "items": UUID}

# -- create

_OLD_DISK = {
    "virtual_name": {"type": "string", "maxLength": 255},
    "volume_id": UUID,
    "snapshot_id": UUID,
    "volume_size": SIZE_GB,
    "device_name": _DEVICE_NAME,
    "delete_on_termination": BOOLEAN,
    "no_device": {},
    "connection_info": {"type": "string", "maxLength": 16777215},
}
_NEW_DISK = _OLD_DISK | {
    "boot_index": {"type": ["integer", "string", "null"], "pattern": "^-?[0-9]+$", "maxLength": 11},
    "guest_format": {"type": "string", "maxLength": 255},
    "source_type": {"type": "string", "enum": ["volume", "image", "snapshot", "blank"]},
    "uuid": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[a-zA-Z0-9._-]*\Z"},
    "image_id": UUID,
    "destination_type": {"type": "string", "enum": ["local", "volume"]},
    "device_type": {"type": "string", "maxLength": 255},
    "disk_bus": {"type": "string", "maxLength": 255},
}
_NETWORK = {
    "fixed_ip": IP_ADDRESS,
    "port": {"type": ["string", "null"], "format": "uuid"},
    "uuid": {"type": "string"},
}

#: Scheduler hints: these are checked, any other goes to the filters as it is.
_HINTS = {
    "type": "object",
    "properties": {
        "group": UUID,
        "different_host": {"oneOf": [UUID, _UUIDS]},
        "same_host": {"oneOf": [UUID, _UUIDS]},
        "query": {"type": ["string", "object"]},
        "target_cell": NAME,
        "different_cell": {"type": ["string", "array"], "items": {"type": "string"}},
        "build_near_host_ip": IP_ADDRESS,
        "cidr": {"type": "string", "pattern": r"^/[0-9a-f.:]+\Z"},
    },
    "additionalProperties": True,
}

_CREATE_1 = closed(
    {
        "server": closed(
            {
                "name": NAME,
                "imageRef": {"oneOf": [{"type": "string", "maxLength": 0}, UUID]},
                "flavorRef": {"type": ["string", "integer"], "minLength": 1},
                "adminPass": {"type": "string"},
                "metadata": METADATA,
                "networks": {"type": "array", "items": closed(_NETWORK)},
                "OS-DCF:diskConfig": DISK_CONFIG,
                "accessIPv4": {"type": "string", "format": "ipv4"},
                "accessIPv6": {"type": "string", "format": "ipv6"},
                "personality": {
                    "type": "array",
                    "items": closed(
                        {"path": {"type": "string"}, "contents": {"type": "string", "format": "base64"}}
                    ),
                },
                "availability_zone": NAME,
                "block_device_mapping": {"type": "array", "items": closed(_OLD_DISK)},
                "block_device_mapping_v2": {"type": "array", "items": closed(_NEW_DISK)},
                "config_drive": BOOLEAN,
                "key_name": NAME,
                "min_count": POSITIVE_INTEGER,
                "max_count": POSITIVE_INTEGER,
                "return_reservation_id": BOOLEAN,
                "security_groups": {
                    "type": "array",
                    "items": closed({"name": {"type": "string", "minLength": 1, "maxLength": 255}}),
                },
                "user_data": {"type": "string", "format": "base64", "maxLength": 65535},
            },
            "name",
            "flavorRef",
        ),
        "os:scheduler_hints": _HINTS,
        "OS-SCH-HNT:scheduler_hints": _HINTS,
    },
    "server",
)
_CREATE_19 = extended(_CREATE_1, {"description": DESCRIPTION}, *_SERVER)
# Device tags came with 2.32, were lost for disks in 2.33 and for networks in 2.37, and are back since 2.42.
_CREATE_32 = extended(
    extended(_CREATE_19, {"tag": TAG}, *_DISK), {"tag": TAG}, *_NETWORKS, "items", "properties"
)
_CREATE_33 = extended(_CREATE_32, {"tag": None}, *_DISK)


def _networks(nic: dict) -> dict:
    return {
        "networks": {
            "oneOf": [{"type": "array", "items": closed(nic)}, {"type": "string", "enum": ["none", "auto"]}]
        }
    }


_CREATE_37 = extended(
    extended(_CREATE_33, _networks(_NETWORK | {"uuid": UUID}), *_SERVER),
    {"required": ["name", "flavorRef", "networks"]},
    "properties",
    "server",
)
_CREATE_42 = extended(
    extended(_CREATE_37, _networks(_NETWORK | {"uuid": UUID, "tag": TAG}), *_SERVER), {"tag": TAG}, *_DISK
)
_CREATE_52 = extended(_CREATE_42, {"tags": TAGS}, *_SERVER)
_CREATE_57 = extended(_CREATE_52, {"personality": None}, *_SERVER)
_CREATE_63 = extended(
    _CREATE_57,
    {
        "trusted_image_certificates": {
            "type": ["array", "null"],
            "minItems": 1,
            "maxItems": 50,
            "uniqueItems": True,
            "items": {"type": "string", "minLength": 1},
        }
    },
    *_SERVER,
)
_CREATE_67 = extended(
    _CREATE_63, {"volume_type": {"type": ["string", "null"], "minLength": 0, "maxLength": 255}}, *_DISK
)
_CREATE_74 = extended(_CREATE_67, {"host": HOST, "hypervisor_hostname": HOST}, *_SERVER)
_CREATE_90 = extended(_CREATE_74, {"hostname": HOSTNAME}, *_SERVER)
_CREATE_94 = extended(_CREATE_90, {"hostname": FQDN}, *_SERVER)

CREATE = (
    (1, _CREATE_1),
    (19, _CREATE_19),
    (32, _CREATE_32),
    (33, _CREATE_33),
    (37, _CREATE_37),
    (42, _CREATE_42),
    (52, _CREATE_52),
    (57, _CREATE_57),
    (63, _CREATE_63),
    (67, _CREATE_67),
    (74, _CREATE_74),
    (90, _CREATE_90),
    (94, _CREATE_94),
)

# -- update

_UPDATE_1 = closed(
    {
        "server": closed(
            {
                "name": NAME,
                "OS-DCF:diskConfig": DISK_CONFIG,
                "accessIPv4": {"type": "string", "format": "ipv4"},
                "accessIPv6": {"type": "string", "format": "ipv6"},
            }
        )
    },
    "server",
)
_UPDATE_19 = extended(_UPDATE_1, {"description": DESCRIPTION}, *_SERVER)
_UPDATE_90 = extended(_UPDATE_19, {"hostname": HOSTNAME}, *_SERVER)
_UPDATE_94 = extended(_UPDATE_90, {"hostname": FQDN}, *_SERVER)
_UPDATE_104 = extended(
    _UPDATE_94, {"pinned_availability_zone": NAME | {"type": ["string", "null"]}}, *_SERVER
)

UPDATE = ((1, _UPDATE_1), (19, _UPDATE_19), (90, _UPDATE_90), (94, _UPDATE_94), (104, _UPDATE_104))
