"""Endpoints of the catalog's services."""

from nova_lite.db.identity.rows import Rows
from nova_lite.db.models import IdentityEndpoint

_ROWS = Rows(IdentityEndpoint, "endpoint")
get, find, list, create, update, delete = (  # noqa: A001
    _ROWS.get, _ROWS.find, _ROWS.list, _ROWS.create, _ROWS.update, _ROWS.delete,
)  # fmt: skip
