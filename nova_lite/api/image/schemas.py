"""The JSON schemas of what this API shows: `/v2/schemas/image`, `images`, `member`, `members`."""

from nova_lite import exception
from nova_lite.api.wsgi import Operation
from nova_lite.conf import CONF
from nova_lite.image import document, filters

OPERATIONS = (Operation(method="GET", path="/schemas/{name}", handler="show", faults=(404,)),)


def _links(**targets: str) -> list[dict]:
    return [{"rel": name, "href": href} for name, href in targets.items()]


def image() -> dict:
    """Return the schema of an image; the formats are the configured ones."""
    return {
        "name": "image",
        "properties": document.base_properties(CONF.image.disk_formats, CONF.image.container_formats),
        "additionalProperties": {"type": "string"},
        "links": _links(self="{self}", enclosure="{file}", describedby="{schema}"),
    }


def member() -> dict:
    """Return the schema of a member."""
    text = {"type": "string"}
    return {
        "name": "member",
        "properties": {
            "member_id": {**text, "description": "An identifier for the image member (tenantId)"},
            "image_id": {
                **text,
                "description": "An identifier for the image",
                "pattern": document.UUID_PATTERN,
            },
            "created_at": {**text, "description": "Date and time of image member creation"},
            "updated_at": {**text, "description": "Date and time of last modification of image member"},
            "status": {
                **text,
                "description": "The status of this member",
                "enum": list(filters.MEMBER_STATUSES),
            },
            "schema": text,
        },
    }


def _collection(name: str, of) -> dict:
    pages = ("first", "next") if name == "images" else ()
    return {
        "name": name,
        "properties": {
            name: {"type": "array", "items": of},
            **{each: {"type": "string"} for each in pages},
            "schema": {"type": "string"},
        },
        "links": _links(**{each: f"{{{each}}}" for each in pages}, describedby="{schema}"),
    }


SCHEMAS = {
    "image": image,
    "images": lambda: _collection("images", image()),
    "member": member,
    "members": lambda: _collection("members", member()),
}


class SchemasController:
    """Answers for schemas."""

    def show(self, req, name):
        """Return one schema."""
        if name not in SCHEMAS:
            raise exception.NotFound("The resource could not be found.")
        return SCHEMAS[name]()


CONTROLLER = SchemasController()
