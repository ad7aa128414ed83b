"""Queries on flavors, their extra specs and the projects that may use them.

A flavor is returned as a dictionary of its columns plus `extra_specs` (name → value) and `projects`.
"""

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api, paging
from nova_lite.db.models import Flavor, FlavorExtraSpec, FlavorProject

TABLE = Flavor.__table__

#: Columns that a list may be sorted by.
SORT_KEYS = frozenset(column.name for column in TABLE.c)

_COLUMNS = [column for column in Flavor.__table__.c if column.name not in ("created_at", "updated_at")]


def _complete(conn, rows) -> list[dict]:
    flavors = {row["id"]: dict(row, extra_specs={}, projects=[]) for row in rows}
    if not flavors:
        return []
    wanted = list(flavors)
    specs = sa.select(FlavorExtraSpec.flavor_id, FlavorExtraSpec.key, FlavorExtraSpec.value)
    for flavor_id, key, value in conn.execute(specs.where(FlavorExtraSpec.flavor_id.in_(wanted))):
        flavors[flavor_id]["extra_specs"][key] = value
    private = [key for key, flavor in flavors.items() if not flavor["is_public"]]
    if private:  # only they have an access list
        access = sa.select(FlavorProject.flavor_id, FlavorProject.project_id)
        for flavor_id, project_id in conn.execute(access.where(FlavorProject.flavor_id.in_(private))):
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
def create(
    conn, values: dict, extra_specs: dict[str, str] | None = None, projects: list[str] | None = None
) -> dict:
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


def _visible_to(project_id: str | None) -> sa.ColumnElement:
    """Return the condition for flavors that are public, or that a project was given."""
    mine = sa.select(FlavorProject.flavor_id).where(FlavorProject.project_id == project_id)
    return sa.or_(TABLE.c.is_public == sa.true(), TABLE.c.id.in_(mine))


@api.reader
def list_page(
    conn,
    *,
    project_id: str | None,
    is_public: bool | None = True,
    with_disabled: bool = False,
    all_access: bool = False,
    min_memory_mb: int | None = None,
    min_root_gb: int | None = None,
    name: str | None = None,
    sort: tuple[str, str] = ("flavorid", "asc"),
    marker: str | None = None,
    limit: int | None = None,
) -> list[dict]:
    """Return flavors.

    Args:
        conn: connection.
        project_id: whose private flavors count as visible.
        is_public: True: public ones and the project's own; False: private ones; None: all.
        with_disabled: list disabled ones too.
        all_access: a marker may be any flavor, not only a visible one.
        min_memory_mb: least memory in MiB.
        min_root_gb: least disk in GiB.
        name: regular expression that the name must contain (the database's own dialect).
        sort: (column name, `asc` or `desc`); the id breaks ties.
        marker: public id of the flavor that the list begins after.
        limit: most rows.

    Raises:
        MarkerNotFound: there is no flavor `marker`.
        InvalidInput: the database cannot read `name`.
    """
    query = sa.select(TABLE)
    if is_public:
        query = query.where(_visible_to(project_id))
    elif is_public is False:
        query = query.where(TABLE.c.is_public == sa.false())
    if not with_disabled:
        query = query.where(TABLE.c.disabled == sa.false())
    if min_memory_mb is not None:
        query = query.where(TABLE.c.memory_mb >= min_memory_mb)
    if min_root_gb is not None:
        query = query.where(TABLE.c.root_gb >= min_root_gb)
    if name is not None:
        query = query.where(TABLE.c.name.regexp_match(name))
    begin = None
    if marker is not None:
        where = TABLE.c.flavorid == marker
        if not all_access:
            where = sa.and_(where, _visible_to(project_id))
        begin = conn.execute(sa.select(TABLE).where(where)).mappings().first()
        if begin is None:
            raise exception.MarkerNotFound(marker=marker)
    key, direction = sort
    order = [(TABLE.c[key], direction)] + ([(TABLE.c.id, direction)] if key != "id" else [])
    query = paging.page(query, order, marker=begin, limit=limit)
    try:
        return _complete(conn, conn.execute(query).mappings())
    except sa.exc.DBAPIError as error:
        if name is not None and api.is_bad_regex(error):
            raise exception.InvalidInput(reason=f"name is no regular expression: {name}") from error
        raise


def _key(conn, flavor_id: str) -> int:
    """Return the integer key of a flavor.

    Raises:
        FlavorNotFound: there is none.
    """
    key = conn.execute(sa.select(TABLE.c.id).where(TABLE.c.flavorid == flavor_id)).scalar()
    if key is None:
        raise exception.FlavorNotFound(flavor_id=flavor_id)
    return key


@api.writer
def update(conn, flavor_id: str, values: dict) -> dict:
    """Change a flavor and return it.

    Raises:
        FlavorNotFound: there is none.
    """
    conn.execute(sa.update(TABLE).where(TABLE.c.id == _key(conn, flavor_id)).values(values))
    return get_by_flavor_id.within(conn, flavor_id)


@api.writer
def delete(conn, flavor_id: str) -> None:
    """Remove a flavor with its specs and access list.

    Raises:
        FlavorNotFound: there is none.
    """
    key = _key(conn, flavor_id)
    for model in (FlavorExtraSpec, FlavorProject):
        conn.execute(sa.delete(model).where(model.flavor_id == key))
    conn.execute(sa.delete(TABLE).where(TABLE.c.id == key))


@api.writer
def set_extra_specs(conn, flavor_id: str, specs: dict[str, str]) -> None:
    """Set extra specs; those not named stay.

    Raises:
        FlavorNotFound: there is none.
    """
    key = _key(conn, flavor_id)
    if not specs:
        return
    # One change at a time: two that insert the same key would be in each other's way.
    if conn.execute(sa.select(TABLE.c.id).where(TABLE.c.id == key).with_for_update()).first() is None:
        raise exception.FlavorNotFound(flavor_id=flavor_id)
    table = FlavorExtraSpec.__table__
    conn.execute(sa.delete(table).where(table.c.flavor_id == key, table.c.key.in_(list(specs))))
    rows = [{"flavor_id": key, "key": name, "value": value} for name, value in specs.items()]
    conn.execute(sa.insert(table), rows)


@api.writer
def delete_extra_spec(conn, flavor_id: str, name: str) -> None:
    """Remove an extra spec.

    Raises:
        FlavorNotFound: there is no such flavor.
        FlavorExtraSpecsNotFound: it has no such spec.
    """
    where = (FlavorExtraSpec.flavor_id == _key(conn, flavor_id), FlavorExtraSpec.key == name)
    if not conn.execute(sa.delete(FlavorExtraSpec).where(*where)).rowcount:
        raise exception.FlavorExtraSpecsNotFound(flavor_id=flavor_id, extra_specs_key=name)


@api.writer
def add_project(conn, flavor_id: str, project_id: str) -> list[str]:
    """Let a project use a flavor; return all that may.

    Raises:
        FlavorNotFound: there is no such flavor.
        FlavorAccessExists: the project may already.
    """
    key = _key(conn, flavor_id)
    try:
        with conn.begin_nested():
            conn.execute(sa.insert(FlavorProject).values(flavor_id=key, project_id=project_id))
    except sa.exc.IntegrityError as error:
        if not api.is_duplicate(error):
            raise
        raise exception.FlavorAccessExists(flavor_id=flavor_id, project_id=project_id) from error
    return _projects(conn, key)


@api.writer
def remove_project(conn, flavor_id: str, project_id: str) -> list[str]:
    """Take a flavor away from a project; return all that may still use it.

    Raises:
        FlavorNotFound: there is no such flavor.
        FlavorAccessNotFound: the project may not use it anyway.
    """
    key = _key(conn, flavor_id)
    where = (FlavorProject.flavor_id == key, FlavorProject.project_id == project_id)
    if not conn.execute(sa.delete(FlavorProject).where(*where)).rowcount:
        raise exception.FlavorAccessNotFound(flavor_id=flavor_id, project_id=project_id)
    return _projects(conn, key)


def _projects(conn, key: int) -> list[str]:
    query = (
        sa.select(FlavorProject.project_id).where(FlavorProject.flavor_id == key).order_by(FlavorProject.id)
    )
    return list(conn.execute(query).scalars())
