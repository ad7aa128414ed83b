"""New servers: checked, written in one transaction, and sent to nova-conductor with one cast."""

import copy
import dataclasses
import uuid as uuid_module

import sqlalchemy as sa
from oslo_log import log as logging

from nova_lite import exception
from nova_lite.compute import quotas, states
from nova_lite.compute.api import block_devices, create_checks, names
from nova_lite.conductor import api as conductor_api
from nova_lite.db import api as db_api
from nova_lite.db import instance_removal
from nova_lite.db.models import (
    BlockDeviceMapping,
    Instance,
    InstanceAction,
    InstanceGroupMember,
    InstanceMetadata,
    RequestSpec,
    Tag,
    utcnow,
)
from nova_lite.objects import block_device as block_device_objects
from nova_lite.objects import instance as instance_objects
from nova_lite.objects import request_spec as request_spec_objects
from nova_lite.objects.flavor import Flavor
from nova_lite.objects.image_meta import SYSTEM_METADATA_PREFIX, ImageMeta
from nova_lite.objects.network_request import NetworkRequestList

LOG = logging.getLogger(__name__)

#: Longest name of a server.
_NAME_LENGTH = 255
#: Longest value of an image property that is kept with a server.
_PROPERTY_LENGTH = 255
#: Image properties that say something of the image's file and not of servers made of it.
_NOT_INHERITED = frozenset(
    (
        "bdm_v2", "bittorrent", "block_device_mapping", "cache_in_nova", "img_block_device_mapping", "img_mappings",
        "img_root_device_name", "img_signature", "img_signature_certificate_uuid", "img_signature_hash_method",
        "img_signature_key_type", "mappings", "os_hash_algo", "os_hash_value", "root_device_name",
    )
)  # fmt: skip


@dataclasses.dataclass(kw_only=True)
class NewServers:
    """What a request for servers says, free of the API's spelling.

    `block_devices`: items of the request, of which `block_devices_form` (`v2`, `legacy`, None) says the form.
    `injected_files`: (path, base64 content). `zone` may be ZONE:HOST:NODE; `host` and `node` are judged by the
    filters (2.74). `scheduler_hints`: as the user wrote them. `disk_config`: AUTO, MANUAL or None.
    """

    name: str
    flavor_id: str
    admin_password: str
    description: str | None = None
    hostname: str | None = None
    image_id: str | None = None
    metadata: dict[str, str] = dataclasses.field(default_factory=dict)
    tags: list[str] = dataclasses.field(default_factory=list)
    key_name: str | None = None
    user_data: str | None = None
    config_drive: str = ""
    security_groups: list[str] | None = None
    networks: NetworkRequestList | None = None
    block_devices: list[dict] = dataclasses.field(default_factory=list)
    block_devices_form: str | None = None
    injected_files: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    zone: str | None = None
    forced_host: str | None = None
    forced_node: str | None = None
    host: str | None = None
    node: str | None = None
    scheduler_hints: dict = dataclasses.field(default_factory=dict)
    min_count: int = 1
    max_count: int = 1
    access_ip_v4: str | None = None
    access_ip_v6: str | None = None
    disk_config: str | None = None
    trusted_certs: list[str] | None = None


@dataclasses.dataclass
class _Plan:
    """A checked request: what is the same for all its servers."""

    flavor: Flavor
    spec: request_spec_objects.RequestSpec
    base: dict
    disks: list[dict]
    group_uuid: str | None
    reservation_id: str


def create(context, wish: NewServers) -> tuple[list[dict], str]:
    """Make servers; return their rows (columns of `instances`) and the reservation id.

    Raises:
        NovaException: 400 for what does not fit together or is not there, 403 for quotas and policies, 409 for a
            name that is taken; MessagingUnavailable (503) when nova-conductor cannot be told: then nothing is
            left behind.
    """
    plan = _check(context, wish)
    allowed = create_checks.check_networks(context, wish.networks, wish.max_count)
    if allowed < wish.min_count:
        raise exception.InvalidRequest("There are not enough addresses for the servers asked for.")
    rows, disks = _write(context, wish, plan, allowed)
    servers = [instance_objects.Instance.from_row(context, row) for row in rows]
    plan.spec.num_instances = len(servers)
    try:
        conductor_api.ComputeTaskAPI().schedule_and_build_instances(
            context,
            servers,
            plan.spec,
            admin_password=wish.admin_password,
            injected_files=[list(each) for each in wish.injected_files],
            requested_networks=wish.networks,
            block_device_mappings=[_disk_list(context, each) for each in disks],
        )
    except Exception:
        # Nobody was told of these servers: they must not stay in BUILD for ever.
        LOG.error("Servers %s could not be sent to nova-conductor", [row["uuid"] for row in rows])
        instance_removal.forget_unsent([row["uuid"] for row in rows])
        raise
    return rows, plan.reservation_id


def _disk_list(context, rows: list[dict]) -> block_device_objects.BlockDeviceMappingList:
    disks = [block_device_objects.BlockDeviceMapping.from_row(context, row) for row in rows]
    made = block_device_objects.BlockDeviceMappingList(context, objects=disks)
    made.obj_reset_changes()
    return made


# -- checks


def _check(context, wish: NewServers) -> _Plan:
    """Look up and check all that a request refers to."""
    if wish.hostname and wish.max_count > 1:
        raise exception.AmbiguousHostnameForMultipleInstances
    flavor_row = create_checks.get_flavor(context, wish.flavor_id)
    flavor = Flavor(**{key: flavor_row[key] for key in Flavor.fields if key in flavor_row})
    if not (wish.forced_host or wish.forced_node):
        create_checks.check_zone(wish.zone)
    if wish.host or wish.node:
        create_checks.check_hosts(wish.host, wish.node)
    image = create_checks.get_image(context, wish.image_id) if wish.image_id else None
    image_meta = ImageMeta.from_dict(image or {})
    key_name, key_data = create_checks.get_key(context, wish.key_name) if wish.key_name else (None, None)
    if wish.metadata or wish.injected_files:
        create_checks.check_limits(context, wish.metadata, wish.injected_files)
    disks = _disks(wish, flavor_row)
    local = any(disk["boot_index"] == 0 and disk["destination_type"] == "local" for disk in disks)
    create_checks.check_flavor_and_image(context, flavor, image, image_meta, local=local)
    reservation_id = names.reservation_id()
    base = _base(context, wish, flavor, image, image_meta)
    base |= {"key_name": key_name, "key_data": key_data, "reservation_id": reservation_id}
    return _Plan(
        flavor=flavor,
        spec=_request_spec(context, wish, flavor, image_meta if image else None),
        base=base,
        disks=disks,
        group_uuid=wish.scheduler_hints.get("group"),
        reservation_id=reservation_id,
    )


def _disks(wish: NewServers, flavor: dict) -> list[dict]:
    if wish.block_devices_form == "v2":
        asked = [block_devices.from_api(each, with_image=bool(wish.image_id)) for each in wish.block_devices]
    else:
        asked = [disk for each in wish.block_devices if (disk := block_devices.from_legacy(each))]
    found = block_devices.complete(asked, flavor, wish.image_id, asked=wish.block_devices_form)
    block_devices.check(found, flavor, wish.image_id)
    if wish.max_count > 1 and any(disk["source_type"] == "volume" for disk in found):
        raise exception.InvalidRequest("Cannot attach one or more volumes to multiple instances")
    return found


def _system_metadata(image: dict | None, image_meta: ImageMeta) -> dict[str, str]:
    if image is None:
        return {}
    kept = {
        key: value[:_PROPERTY_LENGTH]
        for key, value in image_meta.to_system_metadata().items()
        if key[len(SYSTEM_METADATA_PREFIX) :] not in _NOT_INHERITED
    }
    return kept | {f"{SYSTEM_METADATA_PREFIX}base_image_ref": image["id"]}


def _base(context, wish: NewServers, flavor: Flavor, image: dict | None, image_meta: ImageMeta) -> dict:
    """Return the columns that all servers of a request share."""
    properties = image_meta.properties
    return {
        "user_id": context.user_id,
        "project_id": context.project_id,
        "image_ref": wish.image_id or "",
        "kernel_id": properties.get("kernel_id") or "",
        "ramdisk_id": properties.get("ramdisk_id") or "",
        "os_type": properties.get("os_type"),
        "architecture": properties.get("architecture") or properties.get("hw_architecture"),
        "vm_mode": properties.get("vm_mode") or properties.get("hw_vm_mode"),
        "vm_state": states.BUILDING,
        "task_state": states.SCHEDULING,
        "power_state": 0,
        "progress": 0,
        "memory_mb": flavor.memory_mb,
        "vcpus": flavor.vcpus,
        "root_gb": flavor.root_gb,
        "ephemeral_gb": flavor.ephemeral_gb,
        "flavorid": flavor.flavorid,
        "flavor": flavor.to_dict(),
        "host": None,
        "node": None,
        "user_data": wish.user_data,
        "availability_zone": wish.zone,
        "pinned_availability_zone": wish.zone,
        "display_description": wish.description,
        "locked": False,
        "config_drive": wish.config_drive,
        "access_ip_v4": wish.access_ip_v4,
        "access_ip_v6": wish.access_ip_v6,
        "auto_disk_config": create_checks.auto_disk_config(wish.disk_config, image_meta),
        "shutdown_terminate": False,
        "disable_terminate": False,
        "cleaned": 0,
        "hidden": False,
        "deleted": 0,
        "system_metadata": _system_metadata(image, image_meta),
        "network_info": None,
        "trusted_certs": wish.trusted_certs,
        "security_groups": wish.security_groups,
        "scheduler_hints": wish.scheduler_hints or None,
    }


def _request_spec(context, wish: NewServers, flavor: Flavor, image_meta: ImageMeta | None):
    destination = {key: value for key, value in (("host", wish.host), ("node", wish.node)) if value}
    hints = {
        key: value if isinstance(value, list) else [value]
        for key, value in wish.scheduler_hints.items()
        if value is not None
    }
    return request_spec_objects.RequestSpec(
        context,
        image=image_meta,
        flavor=flavor,
        project_id=context.project_id,
        user_id=context.user_id,
        availability_zone=wish.zone,
        num_instances=wish.max_count,
        instance_uuid=None,
        ignore_hosts=[],
        force_hosts=[wish.forced_host] if wish.forced_host else [],
        force_nodes=[wish.forced_node] if wish.forced_node else [],
        requested_destination=destination or None,
        scheduler_hints=hints,
        instance_group=None,
    )


# -- the transaction


@db_api.writer
def _write(
    conn, context, wish: NewServers, plan: _Plan, max_count: int
) -> tuple[list[dict], list[list[dict]]]:
    """Count the quota and write all rows; return the servers, and their disks."""
    count = quotas.check_instances(
        conn,
        context,
        vcpus=plan.flavor.vcpus,
        memory_mb=plan.flavor.memory_mb,
        min_count=wish.min_count,
        max_count=max_count,
    )
    group_id = None
    if plan.group_uuid is not None:
        group_id = create_checks.get_group(conn, context, plan.group_uuid)
        quotas.check(
            conn, context, context.project_id, group_uuid=plan.group_uuid, server_group_members=count
        )
    rows = _rows(wish, plan, count)
    for row in rows:
        create_checks.check_name(conn, context.project_id, row["display_name"])
    uuids = [row["uuid"] for row in rows]
    ids = _insert(conn, Instance.__table__, rows)
    disks = _write_disks(conn, plan, uuids)
    now = rows[0]["created_at"]
    for model, values in (
        (
            InstanceMetadata,
            [
                {"instance_uuid": uuid, "key": key, "value": value}
                for uuid in uuids
                for key, value in wish.metadata.items()
            ],
        ),
        (Tag, [{"resource_id": uuid, "tag": tag} for uuid in uuids for tag in dict.fromkeys(wish.tags)]),
        (RequestSpec, _specs(plan, uuids)),
        (InstanceGroupMember, [{"group_id": group_id, "instance_uuid": uuid} for uuid in uuids if group_id]),
        (
            InstanceAction,
            [
                {
                    "action": "create",
                    "instance_uuid": uuid,
                    "request_id": context.request_id,
                    "user_id": context.user_id,
                    "project_id": context.project_id,
                    "start_time": now,
                    "updated_at": now,
                }
                for uuid in uuids
            ],
        ),
    ):
        if values:
            conn.execute(sa.insert(model), values)
    # What a row was not given is NULL in the table; whoever gets the row may ask for every column.
    unset = dict.fromkeys(column.key for column in Instance.__table__.columns)
    more = {"metadata": wish.metadata, "tags": sorted(set(wish.tags))}
    return [unset | row | {"id": ids[row["uuid"]]} | more for row in rows], disks


def _numbered(name: str, index: int) -> str:
    """Return NAME-INDEX, no longer than the column."""
    suffix = f"-{index}"
    return name[: _NAME_LENGTH - len(suffix)] + suffix


def _rows(wish: NewServers, plan: _Plan, count: int) -> list[dict]:
    # One time for all of them: lists are sorted by it, then by id.
    now = utcnow()
    rows = []
    shown = [wish.name] if count == 1 else [_numbered(wish.name, index) for index in range(1, count + 1)]
    for index, display_name in enumerate(shown):
        uuid = str(uuid_module.uuid4())
        rows.append(
            plan.base
            | {
                "uuid": uuid,
                "display_name": display_name,
                "hostname": wish.hostname or names.hostname(display_name, names.default_hostname(uuid)),
                "launch_index": index,
                "created_at": now,
                "updated_at": now,
            }
        )
    return rows


def _write_disks(conn, plan: _Plan, uuids: list[str]) -> list[list[dict]]:
    now = utcnow()
    extra = {"connection_info": None, "attachment_id": None, "created_at": now, "deleted": 0}
    disks = [
        [disk | extra | {"uuid": str(uuid_module.uuid4()), "instance_uuid": uuid} for disk in plan.disks]
        for uuid in uuids
    ]
    ids = _insert(conn, BlockDeviceMapping.__table__, [disk for each in disks for disk in each])
    return [[disk | {"id": ids[disk["uuid"]]} for disk in each] for each in disks]


def _insert(conn, table: sa.Table, rows: list[dict]) -> dict[str, int]:
    """Insert rows that have a uuid; return uuid → id. One row, the usual case, costs one statement."""
    if len(rows) == 1:
        return {rows[0]["uuid"]: conn.execute(sa.insert(table), rows[0]).inserted_primary_key[0]}
    conn.execute(sa.insert(table), rows)
    uuids = [row["uuid"] for row in rows]
    return dict(conn.execute(sa.select(table.c.uuid, table.c.id).where(table.c.uuid.in_(uuids))).all())


def _specs(plan: _Plan, uuids: list[str]) -> list[dict]:
    primitive = plan.spec.obj_to_primitive()
    made = []
    for uuid in uuids:
        spec = copy.copy(primitive)
        spec["nova_object.data"] = primitive["nova_object.data"] | {"instance_uuid": uuid}
        made.append({"instance_uuid": uuid, "spec": spec})
    return made
