"""Members: the projects that an image is shared with."""

from nova_lite import exception
from nova_lite.api.wsgi import Operation
from nova_lite.image import filters, metadata, service

_MEMBERS = "/images/{image_id}/members"
_MEMBER = f"{_MEMBERS}/{{member_id}}"

OPERATIONS = (
    Operation(method="GET", path=_MEMBERS, handler="index", faults=(403, 404)),
    Operation(method="POST", path=_MEMBERS, handler="create", body={}, faults=(400, 403, 404, 409, 413)),
    Operation(method="GET", path=_MEMBER, handler="show", faults=(404,)),
    Operation(method="PUT", path=_MEMBER, handler="update", body={}, faults=(400, 403, 404)),
    Operation(method="DELETE", path=_MEMBER, handler="delete", status=204, faults=(403, 404)),
)


def _view(row: dict) -> dict:
    return {
        "member_id": row["member"],
        "image_id": row["image_id"],
        "status": row["status"],
        "created_at": metadata.isotime(row["created_at"]),
        "updated_at": metadata.isotime(row["updated_at"]),
        "schema": "/v2/schemas/member",
    }


def _field(body, name: str) -> str:
    """Return a text of a body, which has to be an object.

    Raises:
        ImageInvalid: it is not there, or not a text that can be stored.
    """
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, str) or not value or len(value) > 255:
        raise exception.ImageInvalid(
            reason=f"Expected a JSON object whose {name!r} is a string of 1 to 255 characters"
        )
    if not value.isprintable():
        raise exception.ImageInvalid(reason=f"{name!r} holds characters that cannot be stored")
    return value


class MembersController:
    """Answers for members."""

    def index(self, req, image_id):
        """List them."""
        rows = service.members(req.context, image_id)
        return {"members": [_view(row) for row in rows], "schema": "/v2/schemas/members"}

    def create(self, req, image_id, body):
        """Share the image with a project."""
        return _view(service.add_member(req.context, image_id, _field(body, "member")))

    def show(self, req, image_id, member_id):
        """Show one."""
        return _view(service.member(req.context, image_id, member_id))

    def update(self, req, image_id, member_id, body):
        """Accept or reject, as the member."""
        status = _field(body, "status")
        if status not in filters.MEMBER_STATUSES:
            raise exception.ImageInvalid(
                reason=f"Incorrect request: status must be one of {', '.join(filters.MEMBER_STATUSES)}"
            )
        return _view(service.set_member_status(req.context, image_id, member_id, status))

    def delete(self, req, image_id, member_id):
        """Stop sharing."""
        service.remove_member(req.context, image_id, member_id)


CONTROLLER = MembersController()
