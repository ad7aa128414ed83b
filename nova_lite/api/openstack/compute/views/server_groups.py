"""How server groups look."""

from nova_lite.api.views import Field, View

GROUP = View(
    Field("id", lambda row, _req: row["uuid"]),
    Field("name", lambda row, _req: row["name"]),
    Field("policies", lambda row, _req: [row["policy"]] if row["policy"] else [], until=63),
    Field("policy", lambda row, _req: row["policy"], since=64),
    Field("rules", lambda row, _req: row["rules"] or {}, since=64),
    Field("members", lambda row, _req: row["members"]),
    # Never had any: kept for those who read it.
    Field("metadata", lambda _row, _req: {}, until=63),
    Field("project_id", lambda row, _req: row["project_id"], since=13),
    Field("user_id", lambda row, _req: row["user_id"], since=13),
)
