"""Revocations of tokens."""

import datetime

import sqlalchemy as sa

from nova_lite.conf import CONF
from nova_lite.db import api
from nova_lite.db.models import IdentityRevocation, utcnow

_TABLE = IdentityRevocation.__table__


@api.writer
def add(conn, *, issued_before: datetime.datetime | None = None, **fits: str) -> None:
    """Revoke the tokens that fit all of `fits` (columns of `IdentityRevocation`).

    Those issued until now, or until `issued_before` (naive UTC) when that is later: the clock of the host that
    issued a token may be ahead of this one's.

    Rows whose tokens have all expired are removed in passing.
    """
    moment = utcnow()
    longest = CONF.identity.token_expiration + CONF.identity.allow_expired_window
    until = max(moment, issued_before or moment)
    expires_at = until + datetime.timedelta(seconds=longest)
    conn.execute(sa.delete(_TABLE).where(_TABLE.c.expires_at < moment))
    conn.execute(sa.insert(_TABLE).values(**fits, issued_before=until, expires_at=expires_at))


@api.reader
def signature(conn) -> tuple:
    """Return what changes whenever a revocation is added."""
    statement = sa.select(sa.func.count(), sa.func.max(_TABLE.c.id), sa.func.max(_TABLE.c.issued_before))
    return tuple(conn.execute(statement.select_from(_TABLE)).one())


@api.reader
def list_all(conn) -> list[dict]:
    """Return all revocations that still matter."""
    statement = sa.select(_TABLE).where(_TABLE.c.expires_at > utcnow())
    return [dict(row) for row in conn.execute(statement).mappings()]
