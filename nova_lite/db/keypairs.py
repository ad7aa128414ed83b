"""Queries on key pairs: public keys, each of one user."""

import sqlalchemy as sa

from nova_lite import exception
from nova_lite.db import api, paging
from nova_lite.db.models import KeyPair

TABLE = KeyPair.__table__


@api.reader
def get(conn, user_id: str, name: str) -> dict:
    """Return a key pair.

    Raises:
        KeypairNotFound: the user has none of that name.
    """
    query = sa.select(TABLE).where(TABLE.c.user_id == user_id, TABLE.c.name == name)
    row = conn.execute(query).mappings().first()
    if row is None:
        raise exception.KeypairNotFound(user_id=user_id, name=name)
    return dict(row)


@api.reader
def list_page(conn, user_id: str, *, marker: str | None = None, limit: int | None = None) -> list[dict]:
    """Return a user's key pairs by name, after the one called `marker`.

    Raises:
        MarkerNotFound: the user has none of that name.
    """
    begin = None
    if marker is not None:
        query = sa.select(TABLE.c.name).where(TABLE.c.user_id == user_id, TABLE.c.name == marker)
        begin = conn.execute(query).mappings().first()
        if begin is None:
            raise exception.MarkerNotFound(marker=marker)
    query = sa.select(TABLE).where(TABLE.c.user_id == user_id)
    query = paging.page(query, [(TABLE.c.name, "asc")], marker=begin, limit=limit)
    return [dict(row) for row in conn.execute(query).mappings()]


@api.writer
def create(conn, values: dict) -> dict:
    """Insert a key pair and return it.

    Raises:
        KeyPairExists: the user has one of that name.
    """
    try:
        with conn.begin_nested():
            conn.execute(sa.insert(TABLE).values(values))
    except sa.exc.IntegrityError as error:
        if not api.is_duplicate(error):
            raise
        raise exception.KeyPairExists(key_name=values["name"]) from error
    return get.within(conn, values["user_id"], values["name"])


@api.writer
def delete(conn, user_id: str, name: str) -> None:
    """Remove a key pair; servers keep the public key that they were made with.

    Raises:
        KeypairNotFound: the user has none of that name.
    """
    query = sa.delete(TABLE).where(TABLE.c.user_id == user_id, TABLE.c.name == name)
    if not conn.execute(query).rowcount:
        raise exception.KeypairNotFound(user_id=user_id, name=name)
