"""Images: list, create, show, change, delete, tags, deactivate and reactivate."""

from urllib.parse import urlencode

from nova_lite import exception
from nova_lite.api import body as bodies
from nova_lite.api.wsgi import Operation, Reply
from nova_lite.conf import CONF
from nova_lite.image import document, filters, metadata, service

#: Bytes of a JSON document: room for 128 properties of 64 KiB, and their escapes.
MAX_DOCUMENT = 16 << 20
#: Content type of a JSON-patch → whether it has the older form.
PATCHES = {
    "application/openstack-images-v2.0-json-patch": True,
    "application/openstack-images-v2.1-json-patch": False,
}
_IMAGE = "/images/{image_id}"

OPERATIONS = (
    Operation(method="GET", path="/images", handler="index", faults=(400, 403)),
    Operation(
        method="POST", path="/images", handler="create", status=201, body={}, faults=(400, 403, 409, 413)
    ),
    Operation(method="GET", path=_IMAGE, handler="show", faults=(404,)),
    Operation(method="PATCH", path=_IMAGE, handler="update", faults=(400, 403, 404, 409, 413, 415)),
    Operation(method="DELETE", path=_IMAGE, handler="delete", status=204, faults=(403, 404)),
    Operation(
        method="PUT",
        path=f"{_IMAGE}/tags/{{tag}}",
        handler="add_tag",
        status=204,
        faults=(400, 403, 404, 413),
    ),
    Operation(
        method="DELETE", path=f"{_IMAGE}/tags/{{tag}}", handler="remove_tag", status=204, faults=(403, 404)
    ),
    Operation(
        method="POST",
        path=f"{_IMAGE}/actions/deactivate",
        handler="deactivate",
        status=204,
        faults=(403, 404),
    ),
    Operation(
        method="POST",
        path=f"{_IMAGE}/actions/reactivate",
        handler="reactivate",
        status=204,
        faults=(403, 404),
    ),
)


class ImagesController:
    """Answers for images; records are `metadata.RECORD`, properties stand beside the fixed keys."""

    def index(self, req):
        """Return a page of the images that the caller may see."""
        query = filters.parse(req.query)
        rows = service.find_all(req.context, query)
        kept = [(name, value) for name, values in req.query.items() if name != "marker" for value in values]
        body = {
            "images": [metadata.record(row) for row in rows],
            "first": _link(kept),
            "schema": "/v2/schemas/images",
        }
        if rows and len(rows) == query.limit:
            body["next"] = _link([*kept, ("marker", rows[-1]["id"])])
        return body

    def create(self, req, body):
        """Make a queued image."""
        row = service.create(req.context, *document.parse(body))
        root = CONF.image.public_endpoint or req.application_url.removesuffix("/v2")
        location = f"{root.rstrip('/')}/v2/images/{row['id']}"
        return Reply(metadata.record(row), headers={"Location": location})

    def show(self, req, image_id):
        """Return an image."""
        return metadata.record(service.find(req.context, image_id))

    def update(self, req, image_id):
        """Apply a JSON-patch."""
        if req.content_type not in PATCHES:
            error = exception.ImageFormatMismatch(
                f"The content type must be one of {', '.join(sorted(PATCHES))}"
            )
            error.headers = {"Accept-Patch": ", ".join(sorted(PATCHES))}
            raise error
        patch = bodies.read_json(req.environ, MAX_DOCUMENT)
        changes = document.read_patch(patch, draft4=PATCHES[req.content_type])
        return metadata.record(
            service.update(req.context, image_id, lambda row: document.patched(row, changes))
        )

    def delete(self, req, image_id):
        """Delete an image and its data."""
        service.delete(req.context, image_id)

    def add_tag(self, req, image_id, tag):
        """Give an image a tag."""
        if len(tag) > 255:
            raise exception.ImageInvalid(reason="Tags are at most 255 characters long.")
        service.set_tag(req.context, image_id, tag, True)

    def remove_tag(self, req, image_id, tag):
        """Take a tag away."""
        service.set_tag(req.context, image_id, tag, False)

    def deactivate(self, req, image_id):
        """Stop giving out an image's data."""
        service.set_active(req.context, image_id, False)

    def reactivate(self, req, image_id):
        """Give out an image's data again."""
        service.set_active(req.context, image_id, True)


def _link(parameters: list[tuple[str, str]]) -> str:
    return "/v2/images" + ("?" + urlencode(parameters) if parameters else "")


CONTROLLER = ImagesController()
