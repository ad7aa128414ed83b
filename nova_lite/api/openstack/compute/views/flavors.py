"""How flavors look."""

from nova_lite.api.openstack import links
from nova_lite.api.views import Field, View
from nova_lite.policies import flavors as rules


def _links(row, req):
    return links.pair(req, "flavors", row["flavorid"])


BRIEF = View(
    Field("id", lambda row, _req: row["flavorid"]),
    Field("name", lambda row, _req: row["name"]),
    Field("links", _links),
    Field("description", lambda row, _req: row["description"], since=55),
)

DETAIL = View(
    Field("id", lambda row, _req: row["flavorid"]),
    Field("name", lambda row, _req: row["name"]),
    Field("ram", lambda row, _req: row["memory_mb"]),
    Field("disk", lambda row, _req: row["root_gb"]),
    Field("swap", lambda row, _req: row["swap"] or "", until=74),
    Field("swap", lambda row, _req: row["swap"], since=75),
    Field("OS-FLV-EXT-DATA:ephemeral", lambda row, _req: row["ephemeral_gb"]),
    Field("OS-FLV-DISABLED:disabled", lambda row, _req: bool(row["disabled"]), until=101),
    Field("vcpus", lambda row, _req: row["vcpus"]),
    Field("os-flavor-access:is_public", lambda row, _req: bool(row["is_public"])),
    Field("rxtx_factor", lambda row, _req: row["rxtx_factor"] or "", until=101),
    Field("links", _links),
    Field("description", lambda row, _req: row["description"], since=55),
    Field("extra_specs", lambda row, _req: row["extra_specs"], since=61, policy=rules.EXTRA_SPECS_INDEX),
)


def access(flavor_id: str, projects: list[str]) -> dict:
    """Return who may use a flavor."""
    return {"flavor_access": [{"flavor_id": flavor_id, "tenant_id": project_id} for project_id in projects]}
