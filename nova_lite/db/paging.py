"""Keyset paging: the rows after a marker row, in one order on all three databases."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa


def _keys(order):
    """Return (expression, direction, how to read its value from a row) of each part of an order.

    A column that may be NULL becomes two parts, because the databases disagree about where NULL sorts:
    here it is the smallest.
    """
    for given, direction in order:
        column = given.__clause_element__() if hasattr(given, "__clause_element__") else given
        # Columns with a default are never NULL in practice, and keep their index.
        if column.nullable and column.default is None:
            name = column.name
            yield (
                sa.case((column.is_(None), 0), else_=1),
                direction,
                lambda row, name=name: int(row[name] is not None),
            )
        yield column, direction, lambda row, name=column.name: row[name]


def page(
    statement: sa.Select,
    order: Sequence[tuple[Any, str]],
    *,
    marker: Mapping[str, Any] | None = None,
    limit: int | None = None,
) -> sa.Select:
    """Return a SELECT sorted, begun after a row, and bounded.

    Args:
        statement: a SELECT.
        order: (column, `asc` or `desc`); the last column must be unique, or rows are skipped between pages.
        marker: the row (column name → value) that the page begins after.
        limit: most rows.
    """
    keys = list(_keys(order))
    if marker is not None:
        same: list = []
        after = []
        for expression, direction, read in keys:
            value = read(marker)
            if value is not None:
                bigger = expression > value if direction == "asc" else expression < value
                after.append(sa.and_(*same, bigger))
                same.append(expression == value)
            else:
                same.append(expression.is_(None))
        statement = statement.where(sa.or_(*after))
    statement = statement.order_by(*(sa.asc(key) if way == "asc" else sa.desc(key) for key, way, _ in keys))
    return statement if limit is None else statement.limit(limit)
