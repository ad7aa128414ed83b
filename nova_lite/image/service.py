"""nova-lite's own image service: who may do what, in which state, to the tables and the store.

The HTTP face (`nova_lite.api.image`) and the local driver are two doors to this one room, so both obey the
same rules: Glance's policies, visibility, states and limits. Images are rows as `nova_lite.db.images` gives them.

Uploads: `queued → saving → active`. An upload that fails goes back to `queued`; one whose process died does so
when somebody next uploads, or at `sweep()`.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping

import sqlalchemy as sa
from oslo_log import log as logging

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.db import images
from nova_lite.image import filters
from nova_lite.image.inspector import Inspection
from nova_lite.image.store import Store
from nova_lite.policies import image as rules

LOG = logging.getLogger(__name__)

_VISIBILITY_RULES = {"public": rules.PUBLICIZE_IMAGE, "community": rules.COMMUNITIZE_IMAGE}


def _is_admin(context) -> bool:
    return context.can("context_is_admin", {}, fatal=False)


def _target(context, image: Mapping) -> dict:
    """Return what the rules look at. Keys without a value are left out: a missing project equals none."""
    target = {"visibility": image["visibility"], "project_id": image["owner"], "owner": image["owner"]}
    if image.get("is_member"):
        target["member_id"] = context.project_id
    return {key: value for key, value in target.items() if value is not None}


def _may_see(context, image: Mapping) -> bool:
    seen = (
        image["visibility"] in ("public", "community")
        or (image["owner"] is not None and image["owner"] == context.project_id)
        or (image["visibility"] == "shared" and image["is_member"])
        or _is_admin(context)
    )
    return seen and context.can(rules.GET_IMAGE, _target(context, image), fatal=False)


def find(context, image_id: str, rule: str | None = None) -> dict:
    """Return an image that the caller may see and, with `rule`, do that to.

    Raises:
        ImageNotFound: there is none, or the caller may not know of it.
        PolicyNotAuthorized: it can be seen, but the rule refuses.
    """
    image = images.get(image_id, viewer=context.project_id)
    if not _may_see(context, image):
        raise exception.ImageNotFound(image_id=image_id)
    if rule is not None:
        context.can(rule, _target(context, image))
    return image


def find_all(context, query: filters.Query) -> list[dict]:
    """Return a page of the images that the caller may see.

    Raises:
        MarkerNotFound: the marker is none of them.
    """
    context.can(rules.GET_IMAGES)
    return images.get_all(query, viewer=context.project_id, everything=_is_admin(context))


def _check_limits(properties: Mapping, tags: Iterable[str]) -> None:
    for what, held, quota in (
        ("properties", len(properties), CONF.image.image_property_quota),
        ("tags", len(set(tags)), CONF.image.image_tag_quota),
    ):
        if 0 <= quota < held:
            raise exception.ImageLimitExceeded(
                reason=f"The limit has been exceeded on the number of allowed image {what}."
                f" Attempted: {held}, Maximum: {quota}"
            )


def create(context, values: Mapping, properties: Mapping[str, str], tags: Iterable[str]) -> dict:
    """Make a queued image.

    Args:
        context: who asks.
        values: columns that a caller may set (`metadata.WRITABLE`), checked.
        properties: name → text.
        tags: any order, may repeat.

    Raises:
        ImageForbidden: for another project, by one who is no administrator.
        ImageExists: the id is taken.
        ImageLimitExceeded: too many properties or tags.
        PolicyNotAuthorized: a rule refuses.
    """
    made = {"id": str(uuid.uuid4()), "visibility": "shared", "owner": context.project_id, **values}
    if made["owner"] != context.project_id and not _is_admin(context):
        raise exception.ImageForbidden(
            reason=f"You are not permitted to create images owned by '{made['owner']}'."
        )
    target = _target(context, made)
    context.can(rules.ADD_IMAGE, target)
    if made["visibility"] in _VISIBILITY_RULES:
        context.can(_VISIBILITY_RULES[made["visibility"]], target)
    _check_limits(properties, tags)
    return images.create({**made, "status": "queued"}, dict(properties), sorted(set(tags)))


def update(context, image_id: str, function: Callable[[dict], dict]) -> dict:
    """Let `function(image)` say what changes (as `db.images.change` does), check that, and write it.

    Raises:
        ImageForbidden: the owner, by one who is no administrator; a format, once there is data.
        ImageLimitExceeded: too many properties or tags.
        ImageNotFound, PolicyNotAuthorized: as in `find`.
    """
    seen = find(context, image_id, rules.MODIFY_IMAGE)
    admin = _is_admin(context)

    def checked(image: dict) -> dict:
        values = function(image)
        for key in ("container_format", "disk_format"):
            if key in values and values[key] != image[key] and image["status"] != "queued":
                raise exception.ImageForbidden(
                    reason=f"Attribute {key} can be only replaced for a queued image."
                )
        if values.get("owner", image["owner"]) != image["owner"] and not admin:
            raise exception.ImageForbidden(reason="You are not permitted to modify 'owner' on this image.")
        visibility = values.get("visibility", image["visibility"])
        if visibility != image["visibility"] and visibility in _VISIBILITY_RULES:
            context.can(_VISIBILITY_RULES[visibility], _target(context, {**seen, **image}))
        _check_limits(values.get("properties", image["properties"]), values.get("tags", image["tags"]))
        return values

    return images.change(image_id, checked)


def delete(context, image_id: str) -> None:
    """Delete an image and its data.

    Raises:
        ImageForbidden: it is protected.
        ImageNotFound, PolicyNotAuthorized: as in `find`.
    """
    image = find(context, image_id, rules.DELETE_IMAGE)
    if not images.delete(image_id):
        if image["protected"]:
            raise exception.ImageForbidden(reason=f"Image {image_id} is protected and cannot be deleted.")
        raise exception.ImageNotFound(image_id=image_id)
    # If this dies here, sweep() finds the row deleted and the file there; a running upload finds it deleted.
    Store().delete(image_id)


def _check_uploadable(image: Mapping) -> None:
    missing = [key for key in ("disk_format", "container_format") if not image[key]]
    if missing:
        raise exception.ImageInvalid(
            reason=f"Properties {', '.join(missing)} must be set prior to saving data."
        )


def _not_from(image: Mapping, state: str) -> exception.NovaException:
    return exception.ImageConflict(
        reason=f"Image status transition from {image['status']} to {state} is not allowed"
    )


def upload(context, image_id: str, chunks: Iterable[bytes], size: int | None = None) -> None:
    """Store an image's data and make it active.

    Args:
        context: who asks.
        image_id: a queued image.
        chunks: the data, in pieces of any size.
        size: bytes that are promised, if known.

    Raises:
        ImageConflict: the image is not queued, or is being uploaded.
        ImageInvalid: it has no formats yet, or the data is not as long as promised.
        ImageGone: it was deleted meanwhile.
        ImageFormatMismatch, ImageStorageFull, ImageSizeLimitExceeded, ImageStorageDenied: see `store`; the
            image is queued again.
        ImageNotFound, PolicyNotAuthorized: as in `find`.
    """
    image = find(context, image_id, rules.UPLOAD_IMAGE)
    if image["status"] not in ("queued", "saving"):
        raise _not_from(image, "saving")
    _check_uploadable(image)
    store = Store()
    with store.claim(image_id) as claimed:
        # Whoever holds the claim is the only writer: an image found in `saving` is a dead process's.
        if not claimed or not images.transition(image_id, ("queued", "saving"), "saving"):
            raise _not_from(images.get(image_id), "saving")
        try:
            stored = store.write(
                image_id,
                chunks,
                Inspection(image_id, image["disk_format"], image["container_format"]),
                size=size,
            )
        except BaseException:
            _back_to_queue(image_id)
            raise
        if not images.transition(image_id, ("saving",), "active", **vars(stored)):
            store.delete(image_id)
            raise exception.ImageGone(image_id=image_id)


def _back_to_queue(image_id: str) -> None:
    try:
        images.transition(image_id, ("saving",), "queued")
    except exception.DatabaseUnavailable:
        # The first error matters more to the caller; the next upload or sweep() puts this right.
        LOG.warning("Image %s stays in saving: the database is away", image_id)


def download(context, image_id: str) -> tuple[dict, Callable[[int, int | None], Iterator[bytes]] | None]:
    """Return an image and a function (start, length) that opens its data; None if it has none yet.

    Raises:
        ImageForbidden: it is deactivated, and the caller is no administrator.
        ImageNotFound, PolicyNotAuthorized: as in `find`.
    """
    image = find(context, image_id, rules.DOWNLOAD_IMAGE)
    if image["status"] == "deactivated" and not _is_admin(context):
        raise exception.ImageForbidden(
            reason="The requested image has been deactivated. Image data download is forbidden."
        )
    if image["status"] not in ("active", "deactivated"):
        return image, None
    store = Store()
    found = store.size(image_id)
    if found != image["size"]:
        LOG.error("Image %s has %s bytes in the store, and should have %s", image_id, found, image["size"])
        return image, None
    return image, lambda start=0, length=None: store.open(image_id, start, length)


def set_active(context, image_id: str, active: bool) -> None:
    """Deactivate an image (its data can no longer be fetched), or take that back.

    Raises:
        ImageForbidden: it has no data.
        ImageNotFound, PolicyNotAuthorized: as in `find`.
    """
    rule, state = (rules.REACTIVATE, "active") if active else (rules.DEACTIVATE, "deactivated")
    image = find(context, image_id, rule)
    if not images.transition(image_id, ("active", "deactivated"), state):
        raise exception.ImageForbidden(reason=f"Not allowed to {rule} image in status '{image['status']}'")


def set_tag(context, image_id: str, tag: str, present: bool) -> None:
    """Give an image a tag, or take it away.

    Raises:
        NotFound: the tag to take away is not there.
        ImageLimitExceeded: it has too many.
        ImageNotFound, PolicyNotAuthorized: as in `find`.
    """

    def change(image: dict) -> dict:
        tags = set(image["tags"])
        if not present and tag not in tags:
            raise exception.NotFound(f"The tag {tag} of image {image_id} could not be found.")
        return {"tags": sorted(tags | {tag} if present else tags - {tag})}

    update(context, image_id, change)


# -- members


def _find_shared(context, image_id: str, rule: str) -> dict:
    image = find(context, image_id, rule)
    if image["visibility"] != "shared":
        raise exception.ImageForbidden(reason="Only shared images have members.")
    return image


def members(context, image_id: str) -> list[dict]:
    """Return the projects that an image is shared with; a member sees only itself.

    Raises:
        ImageForbidden: the image is not shared.
        ImageNotFound, PolicyNotAuthorized: as in `find`.
    """
    image = _find_shared(context, image_id, rules.GET_MEMBERS)
    owner = image["owner"] == context.project_id or _is_admin(context)
    return images.members(image_id, None if owner else context.project_id)


def member(context, image_id: str, project_id: str) -> dict:
    """Return one membership.

    Raises:
        ImageMemberNotFound: the project is no member, or the caller may not know.
        ImageNotFound: as in `find`.
    """
    try:
        image = _find_shared(context, image_id, rules.GET_MEMBER)
    except exception.Forbidden:
        raise exception.ImageMemberNotFound(member=project_id, image_id=image_id) from None
    found = images.members(image_id, project_id)
    if not found or not (
        project_id == context.project_id or image["owner"] == context.project_id or _is_admin(context)
    ):
        raise exception.ImageMemberNotFound(member=project_id, image_id=image_id)
    return found[0]


def add_member(context, image_id: str, project_id: str) -> dict:
    """Share an image with a project; it must accept before the image stands in its lists.

    Raises:
        ImageForbidden: the image is not shared.
        ImageMemberExists, ImageLimitExceeded: see `db.images.add_member`.
        ImageNotFound, PolicyNotAuthorized: as in `find`.
    """
    _find_shared(context, image_id, rules.ADD_MEMBER)
    return images.add_member(image_id, project_id, quota=CONF.image.image_member_quota)


def set_member_status(context, image_id: str, project_id: str, status: str) -> dict:
    """Accept or reject a share, as the member.

    Raises:
        ImageForbidden: for another project, by one who is no administrator.
        ImageMemberNotFound: the project is no member.
        ImageNotFound, PolicyNotAuthorized: as in `find`.
    """
    _find_shared(context, image_id, rules.MODIFY_MEMBER)
    if project_id != context.project_id and not _is_admin(context):
        raise exception.ImageForbidden(reason=f"Not allowed to update members for image {image_id}.")
    return images.set_member_status(image_id, project_id, status)


def remove_member(context, image_id: str, project_id: str) -> None:
    """Stop sharing an image with a project.

    Raises:
        ImageMemberNotFound: the project is no member.
        ImageForbidden: the image is not shared.
        ImageNotFound, PolicyNotAuthorized: as in `find`.
    """
    _find_shared(context, image_id, rules.DELETE_MEMBER)
    images.remove_member(image_id, project_id)


def sweep() -> None:
    """Put right what processes that died left behind: uploads that nobody works on, data of deleted images.

    Safe at any time, beside running uploads and other sweeps.
    """
    store = Store()
    for image_id in images.ids_in_status("saving"):
        with store.claim(image_id) as claimed:
            if claimed and images.transition(image_id, ("saving",), "queued"):
                store.delete(image_id, part=True)
                LOG.warning("The upload of image %s was cut off; it is queued again", image_id)
    present = store.ids()
    for start in range(0, len(present), 500):
        for image_id in images.deleted_among(present[start : start + 500]):
            with store.claim(image_id) as claimed:
                if claimed:
                    store.delete(image_id, part=True)
                    LOG.info("Removed the data of the deleted image %s", image_id)


def try_sweep() -> bool:
    """`sweep()`, for callers who go on anyway; return whether it was done."""
    try:
        sweep()
    except (exception.NovaException, sa.exc.SQLAlchemyError, OSError) as error:
        LOG.warning("The image store could not be swept: %s", error)
        return False
    return True
