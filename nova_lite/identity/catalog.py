"""The catalog: which service is where, as tokens carry it."""

import re

from nova_lite.db import api
from nova_lite.db.identity import endpoints, services
from nova_lite.db.identity.rows import Filter
from nova_lite.identity import tokens

_PLACEHOLDER = re.compile(r"[$%]\((\w+)\)s")


@api.reader
def of(conn, token: tokens.Token) -> list[dict]:
    """Return the catalog for a token: enabled services with their enabled endpoints.

    `$(project_id)s`, `$(tenant_id)s` and `$(user_id)s` in a URL are filled in; an endpoint whose URL needs a
    project is left out of a token that has none, as in Keystone.
    """
    values = {"user_id": token.user.id}
    if token.project is not None:
        values |= {"project_id": token.project.id, "tenant_id": token.project.id}
    by_service: dict[str, list[dict]] = {}
    for row in endpoints.list.within(conn, [Filter("enabled", True)]):
        if all(name in values for name in _PLACEHOLDER.findall(row["url"])):
            url = _PLACEHOLDER.sub(lambda match: values[match[1]], row["url"])
            by_service.setdefault(row["service_id"], []).append(
                {
                    "id": row["id"],
                    "interface": row["interface"],
                    "region_id": row["region_id"],
                    "region": row["region_id"],
                    "url": url,
                }
            )
    return [
        {
            "id": row["id"],
            "type": row["type"],
            "name": row["name"] or "",
            "endpoints": by_service.get(row["id"], []),
        }
        for row in services.list.within(conn, [Filter("enabled", True)])
    ]
