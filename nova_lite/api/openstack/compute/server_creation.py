"""From the body of `POST /servers` to what the compute API is asked for, with the policies on the way.

Behaviour: https://docs.openstack.org/api-ref/compute/#create-server.
"""

from oslo_utils import strutils, uuidutils

from nova_lite import exception
from nova_lite.compute.api import create_checks, names
from nova_lite.compute.api.create import NewServers
from nova_lite.objects.network_request import NETWORK_ID_NONE, NetworkRequest, NetworkRequestList
from nova_lite.policies import servers as rules

_HINTS = ("os:scheduler_hints", "OS-SCH-HNT:scheduler_hints")


def wants_reservation_id(body: dict) -> bool:
    """Return whether the answer shall be the reservation id and not the server."""
    return strutils.bool_from_string(body["server"].get("return_reservation_id", False))


def _counts(server: dict) -> tuple[int, int]:
    least = int(server.get("min_count", 1))
    most = int(server.get("max_count", least))
    for name, value in (("min_count", least), ("max_count", most)):
        if value < 1:
            raise exception.ValidationError(
                detail=f"Invalid input for field/attribute {name}. Value: {value}. {value} is less than the minimum"
                " of 1"
            )
    if least > most:
        raise exception.Invalid("min_count must be <= max_count")
    return least, most


def _network(given: dict) -> NetworkRequest:
    address, port_id, network_id = given.get("fixed_ip"), given.get("port"), given.get("uuid")
    if port_id:
        if address is not None:
            raise exception.Invalid(
                f"Specified Fixed IP '{address}' cannot be used with port '{port_id}': the two cannot be specified"
                " together."
            )
        network_id = None
    elif network_id is None:
        raise exception.Invalid("Bad network format: missing 'uuid'")
    elif not uuidutils.is_uuid_like(network_id):
        raise exception.Invalid(f"Bad networks format: network uuid is not in proper format ({network_id})")
    return NetworkRequest(network_id=network_id, address=address, port_id=port_id, tag=given.get("tag"))


def _networks(context, given) -> NetworkRequestList | None:
    """Return the networks asked for; None when the request leaves them open (before 2.37)."""
    if not given:
        return None
    if isinstance(given, str):
        requests = [NetworkRequest(network_id=given, address=None, port_id=None, tag=None)]
    else:
        requests = [_network(each) for each in given]
    if given != NETWORK_ID_NONE:
        context.can(rules.CREATE_ATTACH_NETWORK)
    return NetworkRequestList(objects=requests)


def _block_devices(context, server: dict) -> tuple[list[dict], str | None]:
    """Return the items of the request, and their form."""
    legacy, newer = server.get("block_device_mapping"), server.get("block_device_mapping_v2")
    if legacy and newer:
        raise exception.Invalid(
            "Using different block_device_mapping syntaxes is not allowed in the same request."
        )
    if not legacy and not newer:
        return [], None
    context.can(rules.CREATE_ATTACH_VOLUME)
    return (newer, "v2") if newer else (legacy or [], "legacy")


def _destination(context, server: dict, forced: bool) -> dict:
    """Return `host` and `node` that the filters shall judge (2.74)."""
    found = {"host": server.get("host"), "node": server.get("hypervisor_hostname")}
    if not any(found.values()):
        return {}
    if forced:
        raise exception.Invalid(
            "One mechanism with host and/or hypervisor_hostname and another mechanism with zone:host:node are"
            " mutually exclusive."
        )
    context.can(rules.CREATE_REQUESTED_DESTINATION)
    return found


def read(req, body: dict) -> NewServers:
    """Return the wish that a body (which fits its schema) holds.

    Raises:
        Invalid: what the schema cannot see (400).
        PolicyNotAuthorized: forced hosts and the like are not for this caller (403).
    """
    context, server = req.context, body["server"]
    least, most = _counts(server)
    zone, forced_host, forced_node = create_checks.parse_zone(server.get("availability_zone"))
    if forced_host or forced_node:
        context.can(rules.CREATE_FORCED_HOST)
    destination = _destination(context, server, bool(forced_host or forced_node))
    if server.get("trusted_image_certificates"):
        context.can(rules.CREATE_TRUSTED_CERTS)
    devices, form = _block_devices(context, server)
    image_id = server.get("imageRef") or None
    if image_id is None and not devices:
        raise exception.Invalid("Missing imageRef attribute")
    name = server["name"].strip()
    groups = server.get("security_groups")
    return NewServers(
        name=name,
        # Before descriptions could be given (2.19), the name was the description.
        description=server.get("description") if req.api_version >= 19 else name,
        flavor_id=str(server["flavorRef"]).rstrip("/").rpartition("/")[2],
        admin_password=server["adminPass"] if "adminPass" in server else names.password(),
        hostname=server.get("hostname"),
        image_id=image_id,
        metadata=server.get("metadata") or {},
        tags=server.get("tags") or [],
        key_name=server.get("key_name"),
        user_data=server.get("user_data"),
        config_drive=create_checks.config_drive(server.get("config_drive")),
        security_groups=None
        if groups is None
        else list(dict.fromkeys(each["name"] for each in groups if each)),
        networks=_networks(context, server.get("networks")),
        block_devices=devices,
        block_devices_form=form,
        injected_files=[
            (each.get("path", ""), each.get("contents", "")) for each in server.get("personality") or ()
        ],
        zone=zone,
        forced_host=forced_host,
        forced_node=forced_node,
        **destination,
        scheduler_hints=next((body[key] for key in _HINTS if key in body), {}),
        min_count=least,
        max_count=most,
        access_ip_v4=server.get("accessIPv4"),
        access_ip_v6=create_checks.short_ipv6(server["accessIPv6"]) if server.get("accessIPv6") else None,
        disk_config=server.get("OS-DCF:diskConfig"),
        trusted_certs=server.get("trusted_image_certificates"),
    )
