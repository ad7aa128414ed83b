"""Queries on the images of nova-lite's own image service.

An image is returned as a dictionary of its columns plus `properties` (name → value) and `tags` (sorted).
A list takes a constant number of statements, however many images it holds.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api, paging
from nova_lite.db.models import Image, ImageMember, ImageProperty, ImageTag, utcnow

_COLUMNS = list(Image.__table__.c)
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq, "neq": operator.ne, "gt": operator.gt, "gte": operator.ge, "lt": operator.lt,
    "lte": operator.le, "in": lambda column, values: column.in_(values),
}  # fmt: skip


def _complete(conn, rows) -> list[dict]:
    images = {row["id"]: dict(row, properties={}, tags=[]) for row in rows}
    if not images:
        return []
    wanted = list(images)
    properties = sa.select(ImageProperty.image_id, ImageProperty.name, ImageProperty.value)
    for image_id, name, value in conn.execute(properties.where(ImageProperty.image_id.in_(wanted))):
        images[image_id]["properties"][name] = value
    tags = sa.select(ImageTag.image_id, ImageTag.value).order_by(ImageTag.value)
    for image_id, value in conn.execute(tags.where(ImageTag.image_id.in_(wanted))):
        images[image_id]["tags"].append(value)
    return list(images.values())


def _living(image_id: str) -> sa.Select:
    return sa.select(*_COLUMNS).where(Image.id == image_id, Image.deleted.is_(False))


def _get(conn, statement: sa.Select, image_id: str) -> dict:
    found = _complete(conn, conn.execute(statement).mappings())
    if not found:
        raise exception.ImageNotFound(image_id=image_id)
    return found[0]


@api.reader
def get(conn, image_id: str, *, viewer: str | None = None) -> dict:
    """Return an image; with `viewer` (a project), `is_member` says whether it is shared with that project.

    Raises:
        ImageNotFound: there is none, or it is deleted.
    """
    image = _get(conn, _living(image_id), image_id)
    shared = sa.select(ImageMember.id).where(ImageMember.image_id == image_id, ImageMember.member == viewer)
    image["is_member"] = viewer is not None and conn.execute(shared).first() is not None
    return image


def _visible(viewer: str | None, member_status: str):
    """Return the condition that a project may see an image; None is nobody's project, and owns nothing."""
    if viewer is None:
        return Image.visibility.in_(("public", "community"))
    share = [ImageMember.image_id == Image.id, ImageMember.member == viewer]
    if member_status != "all":
        share.append(ImageMember.status == member_status)
    return sa.or_(
        Image.visibility.in_(("public", "community")),
        Image.owner == viewer,
        sa.and_(Image.visibility == "shared", sa.exists().where(*share)),
    )


def _conditions(query, viewer: str | None, everything: bool) -> list:
    made: list[Any] = [Image.deleted.is_(False)]
    if not everything:
        made.append(_visible(viewer, query.member_status))
    if query.visibility is None:
        foreign = Image.visibility != "community"
        made.append(foreign if viewer is None else sa.or_(foreign, Image.owner == viewer))
    elif query.visibility != "all":
        made.append(Image.visibility == query.visibility)
    for name, comparison, value in query.conditions:
        made.append(_OPERATORS[comparison](getattr(Image, name), value))
    for name, value in query.properties.items():
        same = (ImageProperty.image_id == Image.id, ImageProperty.name == name, ImageProperty.value == value)
        made.append(sa.exists().where(*same))
    for tag in query.tags:
        made.append(sa.exists().where(ImageTag.image_id == Image.id, ImageTag.value == tag))
    return made


@api.reader
def get_all(conn, query, *, viewer: str | None, everything: bool = False) -> list[dict]:
    """Return a page of images.

    `query` is a `nova_lite.image.filters.Query`; `viewer` the project that asks, and `everything` whether it may
    see all images (an administrator).

    Raises:
        MarkerNotFound: the marker is no image that the viewer may see.
    """
    marker = None
    if query.marker is not None:
        statement = _living(query.marker)
        if not everything:
            statement = statement.where(_visible(viewer, "all"))
        marker = conn.execute(statement).mappings().first()
        if marker is None:
            raise exception.MarkerNotFound(marker=query.marker)
    statement = sa.select(*_COLUMNS).where(*_conditions(query, viewer, everything))
    order = [(getattr(Image, name), direction) for name, direction in query.order]
    statement = paging.page(statement, order, marker=marker, limit=query.limit)
    return _complete(conn, conn.execute(statement).mappings())


def _set_properties(conn, image_id: str, old: dict, new: dict) -> None:
    gone = [name for name in old if new.get(name, ...) != old[name]]
    if gone:
        which = (ImageProperty.image_id == image_id, ImageProperty.name.in_(gone))
        conn.execute(sa.delete(ImageProperty).where(*which))
    rows = [
        {"image_id": image_id, "name": name, "value": value}
        for name, value in new.items()
        if old.get(name, ...) != value
    ]
    if rows:
        conn.execute(sa.insert(ImageProperty), rows)


def _set_tags(conn, image_id: str, old: Sequence[str], new: Sequence[str]) -> None:
    gone, come = set(old) - set(new), sorted(set(new) - set(old))
    if gone:
        conn.execute(sa.delete(ImageTag).where(ImageTag.image_id == image_id, ImageTag.value.in_(gone)))
    if come:
        conn.execute(sa.insert(ImageTag), [{"image_id": image_id, "value": value} for value in come])


@api.writer
def create(conn, values: dict, properties: dict[str, str], tags: Sequence[str]) -> dict:
    """Insert an image and return it.

    Raises:
        ImageExists: the id is, or was, another image's.
    """
    now = utcnow()
    try:
        with conn.begin_nested():
            conn.execute(sa.insert(Image).values(created_at=now, updated_at=now, **values))
    except sa.exc.IntegrityError as error:
        if not api.is_duplicate(error):
            raise
        raise exception.ImageExists(image_id=values["id"]) from error
    _set_properties(conn, values["id"], {}, properties)
    _set_tags(conn, values["id"], (), tags)
    return _get(conn, _living(values["id"]), values["id"])


@api.writer
def change(conn, image_id: str, function: Callable[[dict], dict]) -> dict:
    """Read an image, let `function(image)` say what changes, write that, and return the image as it is then.

    Reader and writer are one transaction that locks the row, so that two changes cannot undo each other.

    The function returns columns to set; `properties` and `tags`, if among them, are the whole new sets. It may
    run more than once, and may raise.

    Raises:
        ImageNotFound: there is none.
    """
    image = _get(conn, _living(image_id).with_for_update(), image_id)
    values = dict(function(image))
    if "properties" in values:
        _set_properties(conn, image_id, image["properties"], values.pop("properties"))
    if "tags" in values:
        _set_tags(conn, image_id, image["tags"], values.pop("tags"))
    conn.execute(sa.update(Image).where(Image.id == image_id).values(updated_at=utcnow(), **values))
    return _get(conn, _living(image_id), image_id)


@api.writer
def transition(conn, image_id: str, before: Sequence[str], after: str, **values) -> bool:
    """Move an image from one of the states `before` to `after`, with other columns; return whether it was."""
    here = (Image.id == image_id, Image.deleted.is_(False), Image.status.in_(before))
    return conn.execute(sa.update(Image).where(*here).values(status=after, **values)).rowcount == 1


@api.writer
def delete(conn, image_id: str) -> bool:
    """Mark an image as deleted, unless it is protected; return whether it was there and is now deleted."""
    here = (Image.id == image_id, Image.deleted.is_(False), Image.protected.is_(False))
    gone = sa.update(Image).where(*here).values(deleted=True, deleted_at=utcnow(), status="deleted")
    if conn.execute(gone).rowcount != 1:
        return False
    for table in (ImageProperty, ImageTag, ImageMember):
        conn.execute(sa.delete(table).where(table.image_id == image_id))
    return True


@api.reader
def ids_in_status(conn, status: str) -> list[str]:
    """Return the ids of all images in a state."""
    return list(
        conn.execute(sa.select(Image.id).where(Image.deleted.is_(False), Image.status == status)).scalars()
    )


@api.reader
def deleted_among(conn, ids: Sequence[str]) -> list[str]:
    """Return those of some ids that are deleted images'."""
    return list(conn.execute(sa.select(Image.id).where(Image.id.in_(ids), Image.deleted.is_(True))).scalars())


# -- members

_MEMBER_COLUMNS = (
    ImageMember.image_id, ImageMember.member, ImageMember.status, ImageMember.created_at,
    ImageMember.updated_at,
)  # fmt: skip


@api.reader
def members(conn, image_id: str, member: str | None = None) -> list[dict]:
    """Return the members of an image in the order of their coming; with `member`, only that one."""
    statement = sa.select(*_MEMBER_COLUMNS).where(ImageMember.image_id == image_id).order_by(ImageMember.id)
    if member is not None:
        statement = statement.where(ImageMember.member == member)
    return [dict(row) for row in conn.execute(statement).mappings()]


@api.writer
def add_member(conn, image_id: str, member: str, *, quota: int) -> dict:
    """Share an image with a project, and return the membership.

    Raises:
        ImageNotFound: there is no such image.
        ImageLimitExceeded: it has `quota` members (-1: no limit).
        ImageMemberExists: it is one already.
    """
    image = sa.select(Image.id).where(Image.id == image_id, Image.deleted.is_(False)).with_for_update()
    if conn.execute(image).first() is None:
        raise exception.ImageNotFound(image_id=image_id)
    present = members.within(conn, image_id)
    if any(row["member"] == member for row in present):
        raise exception.ImageMemberExists(member=member, image_id=image_id)
    if 0 <= quota <= len(present):
        raise exception.ImageLimitExceeded(
            reason="The limit has been exceeded on the number of allowed image members for this image."
            f" Attempted: {len(present) + 1}, Maximum: {quota}"
        )
    now = utcnow()
    row = {"image_id": image_id, "member": member, "status": "pending", "created_at": now, "updated_at": now}
    conn.execute(sa.insert(ImageMember).values(**row))
    return row


@api.writer
def set_member_status(conn, image_id: str, member: str, status: str) -> dict:
    """Set a membership's state, and return it.

    Raises:
        ImageMemberNotFound: the project is no member.
    """
    which = (ImageMember.image_id == image_id, ImageMember.member == member)
    if (
        conn.execute(sa.update(ImageMember).where(*which).values(status=status, updated_at=utcnow())).rowcount
        != 1
    ):
        raise exception.ImageMemberNotFound(member=member, image_id=image_id)
    return members.within(conn, image_id, member)[0]


@api.writer
def remove_member(conn, image_id: str, member: str) -> None:
    """Stop sharing an image with a project.

    Raises:
        ImageMemberNotFound: the project is no member.
    """
    which = (ImageMember.image_id == image_id, ImageMember.member == member)
    if conn.execute(sa.delete(ImageMember).where(*which)).rowcount != 1:
        raise exception.ImageMemberNotFound(member=member, image_id=image_id)
