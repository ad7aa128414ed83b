"""Services of the catalog."""

import sqlalchemy as sa

from nova_lite.db import api
from nova_lite.db.identity.rows import Rows
from nova_lite.db.models import IdentityEndpoint, IdentityService

_ROWS = Rows(IdentityService, "service")
get, find, list, create, update = _ROWS.get, _ROWS.find, _ROWS.list, _ROWS.create, _ROWS.update  # noqa: A001


@api.writer
def delete(conn, service_id: str) -> dict:
    """Remove a service with its endpoints and return what it was.

    Raises:
        IdentityNotFound: there is no such service.
    """
    conn.execute(sa.delete(IdentityEndpoint).where(IdentityEndpoint.service_id == service_id))
    return _ROWS.delete.within(conn, service_id)
