"""How limits look. A row is {`limits`: resource → limit, `used`: resource → use}."""

from nova_lite.api.views import Field, View


def _limit(resource: str):
    return lambda row, _req: row["limits"][resource]


def _used(resource: str):
    return lambda row, _req: row["used"][resource]


def _always(value: int):
    return lambda _row, _req: value


ABSOLUTE = View(
    Field("maxTotalInstances", _limit("instances")),
    Field("maxTotalCores", _limit("cores")),
    Field("maxTotalRAMSize", _limit("ram")),
    Field("maxTotalKeypairs", _limit("key_pairs")),
    Field("maxServerGroups", _limit("server_groups")),
    Field("maxServerGroupMembers", _limit("server_group_members")),
    Field("maxServerMeta", _limit("metadata_items")),
    Field("maxImageMeta", _limit("metadata_items"), until=38),
    Field("maxPersonality", _limit("injected_files"), until=56),
    Field("maxPersonalitySize", _limit("injected_file_content_bytes"), until=56),
    # The network service keeps these; Nova has none of its own any more.
    Field("maxTotalFloatingIps", _always(-1), until=35),
    Field("maxSecurityGroups", _always(-1), until=35),
    Field("maxSecurityGroupRules", _always(-1), until=35),
    Field("totalInstancesUsed", _used("instances")),
    Field("totalCoresUsed", _used("cores")),
    Field("totalRAMUsed", _used("ram")),
    Field("totalServerGroupsUsed", _used("server_groups")),
    Field("totalFloatingIpsUsed", _always(0), until=35),
    Field("totalSecurityGroupsUsed", _always(0), until=35),
)
