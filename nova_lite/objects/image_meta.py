"""What compute needs to know of an image, without asking the image service again."""

from oslo_versionedobjects import fields

from nova_lite.objects import base

#: Prefix of the image's properties in a server's system_metadata (Nova's).
SYSTEM_METADATA_PREFIX = "image_"


@base.register
class ImageMeta(base.NovaObject):
    """An image: its formats, its lower bounds (`min_ram` MiB, `min_disk` GiB, `size` bytes) and its properties.

    `properties` maps Nova's property names (`hw_disk_bus`, `os_type`, …) to strings, as the image service has
    them. virt/hardware.py checks and types them.
    """

    VERSION = "1.8"
    fields = {
        "id": fields.UUIDField(nullable=True),
        "name": fields.StringField(nullable=True),
        "status": fields.StringField(nullable=True),
        "owner": fields.StringField(nullable=True),
        "size": fields.IntegerField(nullable=True),
        "checksum": fields.StringField(nullable=True),
        "os_hash_algo": fields.StringField(nullable=True),
        "os_hash_value": fields.StringField(nullable=True),
        "container_format": fields.StringField(nullable=True),
        "disk_format": fields.StringField(nullable=True),
        "min_ram": fields.IntegerField(default=0),
        "min_disk": fields.IntegerField(default=0),
        "properties": fields.DictOfNullableStringsField(default={}),
    }

    @classmethod
    def from_dict(cls, image: dict) -> "ImageMeta":
        """Return the object for an image as `nova_lite.image.api` gives it; `{}` gives an empty one."""
        made = cls()
        for name in cls.fields:
            made_value = image.get(name)
            if name in ("min_ram", "min_disk"):
                made_value = int(made_value or 0)
            elif name == "properties":
                made_value = {
                    key: None if value is None else str(value) for key, value in (made_value or {}).items()
                }
            setattr(made, name, made_value)
        made.obj_reset_changes()
        return made

    @classmethod
    def from_instance(cls, instance) -> "ImageMeta":
        """Return the image as it was when the server was made, from its system_metadata."""
        kept = {
            key[len(SYSTEM_METADATA_PREFIX) :]: value
            for key, value in (instance.system_metadata or {}).items()
            if key.startswith(SYSTEM_METADATA_PREFIX)
        }
        image = {
            name: kept.pop(name)
            for name in ("container_format", "disk_format", "min_ram", "min_disk")
            if name in kept
        }
        kept.pop("base_image_ref", None)
        return cls.from_dict(image | {"id": instance.image_ref or None, "properties": kept})

    def to_system_metadata(self) -> dict[str, str]:
        """Return the items that `from_instance` reads back."""
        kept = {
            name: getattr(self, name) for name in ("container_format", "disk_format", "min_ram", "min_disk")
        }
        kept |= self.properties
        return {
            f"{SYSTEM_METADATA_PREFIX}{key}": str(value) for key, value in kept.items() if value is not None
        }
