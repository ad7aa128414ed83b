"""Queries on flavors, their extra specs and the projects that may use them.

A flavor is returned as a dictionary of its columns plus `extra_specs` (name → value) and `projects`.
"""

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.models import Flavor, FlavorExtraSpec, FlavorProject

_COLUMNS = [column for column in Flavor.__table__.c if column.name not in ("created_at", "updated_at")]


def _complete(conn, rows) -> list[dict]:
    flavors = {row["id"]: dict(row, extra_specs={}, projects=[]) for row in rows}
    if not flavors:
        return []
    wanted = list(flavors)
    specs = sa.select(FlavorExtraSpec.flavor_id, FlavorExtraSpec.key, FlavorExtraSpec.value)
    for flavor_id, key, value in conn.execute(specs.where(FlavorExtraSpec.flavor_id.in_(wanted))):
        flavors[flavor_id]["extra_specs"][key] = value
    access = sa.select(FlavorProject.flavor_id, FlavorProject.project_id)
    for flavor_id, project_id in conn.execute(access.where(FlavorProject.flavor_id.in_(wanted))):
        flavors[flavor_id]["projects"].append(project_id)
    return list(flavors.values())


@api.reader
def get_by_flavor_id(conn, flavor_id: str, *, project_id: str | None = None) -> dict:
    """Return a flavor by its public id; with `project_id`, only if that project may use it.

    Raises:
        FlavorNotFound: there is none, or it is not for this project.
    """
    found = _complete(conn, conn.execute(sa.select(*_COLUMNS).where(Flavor.flavorid == flavor_id)).mappings())
    if not found or (project_id and not found[0]["is_public"] and project_id not in found[0]["projects"]):
        raise exception.FlavorNotFound(flavor_id=flavor_id)
    return found[0]


@api.writer
def create(conn, values: dict, extra_specs: dict[str, str] | None = None, projects: list[str] | None = None) -> dict:
    """Insert a flavor and return it.

    Raises:
        FlavorExists: the name is taken.
        FlavorIdExists: the id is taken.
    """
    try:
        with conn.begin_nested():
            (key,) = conn.execute(sa.insert(Flavor).values(values)).inserted_primary_key
    except sa.exc.IntegrityError as error:
        if not api.is_duplicate(error):
            raise
        taken = conn.execute(sa.select(Flavor.id).where(Flavor.flavorid == values["flavorid"])).first()
        if taken:
            raise exception.FlavorIdExists(flavor_id=values["flavorid"]) from error
        raise exception.FlavorExists(name=values["name"]) from error
    for name, value in (extra_specs or {}).items():
        conn.execute(sa.insert(FlavorExtraSpec).values(flavor_id=key, key=name, value=value))
    for project_id in projects or []:
        conn.execute(sa.insert(FlavorProject).values(flavor_id=key, project_id=project_id))
    return get_by_flavor_id.within(conn, values["flavorid"])
