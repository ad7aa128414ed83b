"""What a new server refers to, looked up and checked: flavor, image, key, zone, hosts, networks, files.

Everything that does not fit is the caller's mistake: 400, whatever the lookup itself would say.
"""

import contextlib
import ipaddress

import sqlalchemy as sa
from oslo_utils import strutils

from nova_lite import availability_zones, exception
from nova_lite.compute import quotas
from nova_lite.conf import CONF
from nova_lite.db import api as db_api
from nova_lite.db import flavors
from nova_lite.db.models import ComputeNode, Instance, InstanceGroup, KeyPair
from nova_lite.image import api as image_api
from nova_lite.network import api as network_api
from nova_lite.objects.flavor import Flavor
from nova_lite.objects.image_meta import ImageMeta
from nova_lite.policies import servers as policies
from nova_lite.virt import hardware

_GIB = 1024**3


@contextlib.contextmanager
def _bad_request(*errors: type[exception.NovaException], message: str | None = None):
    """Answer 400 for errors that have another code where they come from."""
    try:
        yield
    except errors as error:
        raise exception.Invalid(message or error.format_message()) from error


def get_flavor(context, flavor_id: str) -> dict:
    """Return the flavor, if this caller may use it."""
    with _bad_request(exception.FlavorNotFound):
        found = flavors.get_by_flavor_id(
            flavor_id, project_id=None if context.is_admin else context.project_id
        )
        if found["disabled"]:
            raise exception.FlavorNotFound(flavor_id=flavor_id)
        return found


def get_image(context, image_id: str) -> dict:
    """Return the image, if this caller may use it and it has data."""
    with _bad_request(
        exception.ImageNotFound, exception.ImageNotAuthorized, message="Can not find requested image"
    ):
        image = image_api.get_api().show(context, image_id)
    if image["status"] != "active":
        raise exception.ImageNotActive(image_id=image_id)
    return image


def check_flavor_and_image(
    context, flavor: Flavor, image: dict | None, image_meta: ImageMeta, *, local: bool
) -> None:
    """Check that the flavor is big enough for the image, and that a machine can be what both ask for.

    `local`: whether the root disk is a local one.

    Raises:
        FlavorMemoryTooSmall, FlavorDiskSmallerThanImage, FlavorDiskSmallerThanMinDisk,
        BootFromVolumeRequiredForZeroDiskFlavor, InvalidImagePropertyValue and others of `hardware.check`.
    """
    if image is not None:
        if flavor.memory_mb < image_meta.min_ram:
            raise exception.FlavorMemoryTooSmall
        if local and flavor.root_gb:
            _check_disk(flavor, image, image_meta)
    if local and not flavor.root_gb and not context.can(policies.CREATE_ZERO_DISK_FLAVOR, fatal=False):
        raise exception.BootFromVolumeRequiredForZeroDiskFlavor
    hardware.check(flavor, image_meta)


def _check_disk(flavor: Flavor, image: dict, image_meta: ImageMeta) -> None:
    room = flavor.root_gb * _GIB
    needed = max(image.get("size") or 0, image.get("virtual_size") or 0)
    if needed > room:
        raise exception.FlavorDiskSmallerThanImage(flavor_size=room, image_size=needed)
    if image_meta.min_disk * _GIB > room:
        raise exception.FlavorDiskSmallerThanMinDisk(
            flavor_size=room, image_min_disk=image_meta.min_disk * _GIB
        )


def auto_disk_config(asked: str | None, image_meta: ImageMeta) -> bool:
    """Return whether the root disk's partition grows with the disk: as asked (AUTO, MANUAL), else as the image says."""
    if asked is not None:
        return asked == "AUTO"
    return strutils.bool_from_string(image_meta.properties.get("auto_disk_config"), default=False)


def parse_zone(given: str | None) -> tuple[str | None, str | None, str | None]:
    """Return (zone, host, node) of ZONE, ZONE:HOST, ZONE:HOST:NODE or ZONE::NODE.

    Raises:
        InvalidInput: more parts than that.
    """
    zone, host, node = given, None, None
    if given and ":" in given:
        parts = given.split(":")
        if len(parts) > 3:
            raise exception.InvalidInput(reason="Unable to parse availability_zone")
        zone, host, node = (part or None for part in (*parts, None)[:3])
    return zone or CONF.default_schedule_zone, host, node


@db_api.reader
def _zones(conn) -> list[str]:
    return availability_zones.available(conn)[0]


def check_zone(zone: str | None) -> None:
    """Raise InvalidRequest unless the zone has an enabled service."""
    if zone and (zone == CONF.internal_service_availability_zone or zone not in _zones()):
        raise exception.InvalidRequest("The requested availability zone is not available")


@db_api.reader
def check_hosts(conn, host: str | None, node: str | None) -> None:
    """Check that the host and hypervisor that were named (2.74) are there."""
    table = ComputeNode.__table__
    for column, name in ((table.c.host, host), (table.c.hypervisor_hostname, node)):
        query = sa.select(table.c.id).where(column == name, table.c.deleted == 0).limit(1)
        if name is not None and conn.execute(query).first() is None:
            with _bad_request(exception.ComputeHostNotFound):
                raise exception.ComputeHostNotFound(host=name)


@db_api.reader
def get_key(conn, context, name: str) -> tuple[str, str]:
    """Return name and public key of one of the caller's key pairs."""
    query = sa.select(KeyPair.name, KeyPair.public_key).where(
        KeyPair.user_id == context.user_id, KeyPair.name == name
    )
    row = conn.execute(query).first()
    if row is None:
        raise exception.Invalid("Invalid key_name provided.")
    return row.name, row.public_key


def get_group(conn, context, uuid: str) -> int:
    """Return the integer id of the server group that the hint `group` names."""
    query = sa.select(InstanceGroup.id).where(InstanceGroup.uuid == uuid)
    if not context.is_admin:
        query = query.where(InstanceGroup.project_id == context.project_id)
    row = conn.execute(query).first()
    if row is None:
        with _bad_request(exception.InstanceGroupNotFound):
            raise exception.InstanceGroupNotFound(group_uuid=uuid)
    return row.id


@db_api.reader
def check_limits(conn, context, metadata: dict, files: list) -> None:
    """Check metadata and personality files against the project's limits.

    Raises:
        MetadataLimitExceeded, OnsetFileLimitExceeded, OnsetFilePathLimitExceeded,
        OnsetFileContentLimitExceeded: too much (403).
    """
    wanted = [("metadata_items", len(metadata)), ("injected_files", len(files))]
    if files:
        wanted += [
            ("injected_file_path_bytes", max(len(path) for path, _ in files)),
            ("injected_file_content_bytes", max(len(content) for _, content in files)),
        ]
    for resource, value in wanted:
        if value:
            quotas.check_limit(conn, context.project_id, resource, value, context.user_id)


def check_networks(context, networks, max_count: int) -> int:
    """Return for how many of `max_count` servers there are addresses.

    Raises:
        NetworkRequestInvalid: and its like; a network or port that is not there is 400, too.
    """
    if max_count > 1 and networks is not None:
        if any(network.port_id for network in networks):
            raise exception.MultiplePortsNotApplicable(
                reason="Unable to launch multiple instances with a single configured port ID. Please launch your"
                " instance one by one with different ports."
            )
        if any(network.address for network in networks):
            raise exception.InvalidRequest(
                "Cannot launch multiple instances with a single fixed IP specified."
            )
    with _bad_request(exception.NetworkNotFound, exception.PortNotFound):
        return network_api.get_api().validate_networks(context, networks, max_count)


def check_name(conn, project_id: str, display_name: str, *, but: str | None = None) -> None:
    """Refuse a name that is taken in the scope of `osapi_compute_unique_server_name_scope`.

    `but`: uuid of the server that may have it.

    Raises:
        InstanceExists: another server has it, in any spelling.
    """
    scope = CONF.osapi_compute_unique_server_name_scope
    if not scope:
        return
    table = Instance.__table__
    lower = display_name.lower()
    query = sa.select(table.c.id).where(table.c.deleted == 0, sa.func.lower(table.c.display_name) == lower)
    if scope == "project":
        query = query.where(table.c.project_id == project_id)
    if but is not None:
        query = query.where(table.c.uuid != but)
    if conn.execute(query.limit(1)).first() is not None:
        raise exception.InstanceExists(name=lower)


def short_ipv6(address: str) -> str:
    """Return the shortest spelling of an IPv6 address, without a zone: what columns hold."""
    return ipaddress.IPv6Address(address.partition("%")[0]).compressed


def config_drive(given) -> str:
    """Return what the column `config_drive` holds: True, or nothing."""
    try:
        return "True" if given is not None and strutils.bool_from_string(given, strict=True) else ""
    except ValueError:
        raise exception.ConfigDriveInvalidValue(option=given) from None
