"""The base of all objects: how they are written in a message, and how nova-compute's reach the database.

Methods marked `remotable` run here when this process has the database; in nova-compute, where
`NovaObject.indirection_api` is set, they are sent to nova-conductor, which runs them and sends the changed
fields back.
"""

import contextlib
import datetime
from typing import TYPE_CHECKING, Any

from oslo_serialization import jsonutils
from oslo_versionedobjects import base as ovo
from oslo_versionedobjects import fields

remotable = ovo.remotable


class NovaObjectRegistry(ovo.VersionedObjectRegistry):
    """The registry of nova-lite's objects."""


register = NovaObjectRegistry.register


class NovaObject(ovo.VersionedObject):
    """Base of all objects."""

    OBJ_SERIAL_NAMESPACE = "nova_object"
    OBJ_PROJECT_NAMESPACE = "nova"
    #: Set by nova-compute to a conductor client; None where the database is at hand.
    indirection_api: Any = None

    if TYPE_CHECKING:  # fields are attributes that only the registry makes

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...

    def obj_set(self, values: dict) -> None:
        """Set many fields; keys that are no fields are left out."""
        for key, value in values.items():
            if key in self.fields:
                setattr(self, key, value)

    @classmethod
    def from_row(cls, context, row):
        """Return an unchanged object from a database row (a mapping of columns)."""
        made = cls(context)
        made.obj_set(dict(row))
        made.obj_reset_changes()
        return made

    @contextlib.contextmanager
    def obj_alternate_context(self, context):
        """Use another context for a while."""
        before, self._context = self._context, context
        try:
            yield
        finally:
            self._context = before


class NovaObjectList(ovo.ObjectListBase, NovaObject):
    """Base of lists."""


class NovaObjectSerializer(ovo.VersionedObjectSerializer):
    """Writes objects into messages and reads them; older or newer ones are converted by nova-conductor."""

    OBJ_BASE_CLASS = NovaObject

    def serialize_entity(self, context, entity):
        """Write an entity; datetimes become ISO text as in Nova's messages."""
        if isinstance(entity, datetime.datetime):
            return jsonutils.to_primitive(entity)
        return super().serialize_entity(context, entity)


class JsonField(fields.AutoTypedField):
    """A field that holds any JSON value as it is."""

    class Json(fields.FieldType):
        """The coercion of JsonField: none."""

        def coerce(self, obj, attr, value):
            """Return the value as it is."""
            return value

    AUTO_TYPE = Json()


def utc(value: datetime.datetime | None) -> datetime.datetime | None:
    """Return a database time (naive UTC) for a DateTimeField, which wants a time zone."""
    return value.replace(tzinfo=datetime.UTC) if value is not None and value.tzinfo is None else value


def NovaTimestamps():  # noqa: N802 - reads like a class in field tables
    """Return the fields created_at and updated_at."""
    return {
        "created_at": fields.DateTimeField(nullable=True),
        "updated_at": fields.DateTimeField(nullable=True),
    }
