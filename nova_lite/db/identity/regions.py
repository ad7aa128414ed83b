"""Regions of the catalog."""

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api
from nova_lite.db.identity.rows import Rows
from nova_lite.db.models import IdentityEndpoint, IdentityRegion

_ROWS = Rows(IdentityRegion, "region")
get, find, list, create, update = _ROWS.get, _ROWS.find, _ROWS.list, _ROWS.create, _ROWS.update  # noqa: A001


@api.writer
def delete(conn, region_id: str) -> dict:
    """Remove a region and return what it was.

    Raises:
        IdentityNotFound: there is no such region.
        IdentityForbidden: endpoints or other regions are in it.
    """
    for table, column in (
        (IdentityEndpoint, IdentityEndpoint.region_id),
        (IdentityRegion, IdentityRegion.parent_region_id),
    ):
        if conn.execute(sa.select(table.id).where(column == region_id).limit(1)).first():
            raise exception.IdentityForbidden(
                reason=f"Unable to delete region {region_id} because it or its child regions have associated endpoints."
            )
    return _ROWS.delete.within(conn, region_id)
