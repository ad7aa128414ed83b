"""JsonFilter."""

import operator
from collections.abc import Callable
from typing import Any

from oslo_serialization import jsonutils

from nova_lite.db.host_states import EXTRA_COLUMNS
from nova_lite.scheduler.filters import base

#: Depth of a query, far below what Python can recurse.
_DEPTH = 32


class _BadQueryError(Exception):
    """The query is not one."""


def _chain(compare: Callable[[Any, Any], bool]) -> Callable[[list], bool]:
    """Compare the first argument with each of the others."""

    def run(arguments: list) -> bool:
        if len(arguments) < 2:
            return False
        try:
            return all(compare(arguments[0], each) for each in arguments[1:])
        except TypeError:
            return False  # a text with a number, or a host that does not know the value

    return run


OPERATORS: dict[str, Callable[[list], Any]] = {
    "=": _chain(operator.eq),
    "<": _chain(operator.lt),
    ">": _chain(operator.gt),
    "<=": _chain(operator.le),
    ">=": _chain(operator.ge),
    "in": lambda arguments: len(arguments) >= 2 and arguments[0] in arguments[1:],
    "not": lambda arguments: [not each for each in arguments],
    "or": any,
    "and": all,
}


class JsonFilter(base.BaseHostFilter):
    """Passes hosts that satisfy the hint `query`, such as `["and", [">=", "$free_ram_mb", 1024], …]`.

    `$name.key` is an attribute of the host and a key of the JSON in it. A query that cannot be understood passes
    no host, and NoValidHost says what is wrong with it.
    """

    run_filter_once_per_request = True

    def needs(self, spec, needs: base.Needs) -> None:
        """Ask for the attributes that the query names."""
        try:
            query = self._query(spec)
        except _BadQueryError:
            return
        names = set(_variables(query))
        needs.columns |= names & set(EXTRA_COLUMNS)
        needs.io_ops |= "num_io_ops" in names

    @staticmethod
    def _query(spec) -> Any:
        text = spec.hint("query")
        if not text:
            return None
        try:
            query = jsonutils.loads(text) if isinstance(text, str) else text
        except (ValueError, RecursionError):
            raise _BadQueryError("it is not JSON") from None
        _check(query)
        return query

    def host_passes(self, host_state, spec) -> bool:
        """Work the query out; a list is true if any of its members is."""
        try:
            query = self._query(spec)
        except _BadQueryError:
            return False
        if not query:
            return True
        result = _evaluate(query, host_state)
        return any(result) if isinstance(result, list) else bool(result)

    def why(self, spec) -> str:
        """Show the query, or what is wrong with it."""
        try:
            return f"hint query: {jsonutils.dumps(self._query(spec))}"
        except _BadQueryError as error:
            return f"hint query cannot be used: {error}"


def _check(query: Any, depth: int = 0) -> None:
    if depth > _DEPTH:
        raise _BadQueryError("it is nested too deeply")
    if not isinstance(query, list):
        return
    if query and (not isinstance(query[0], str) or query[0] not in OPERATORS):
        raise _BadQueryError(f"{query[0]!r} is none of {' '.join(OPERATORS)}")
    for each in query[1:]:
        _check(each, depth + 1)


def _variables(query: Any):
    if isinstance(query, list):
        for each in query:
            yield from _variables(each)
    elif isinstance(query, str) and query.startswith("$"):
        yield query[1:].partition(".")[0]


def _evaluate(query: Any, host_state) -> Any:
    if isinstance(query, list):
        if not query:
            return True
        return OPERATORS[query[0]]([_evaluate(each, host_state) for each in query[1:]])
    if isinstance(query, str) and query.startswith("$"):
        head, *path = query[1:].split(".")
        value = host_state.attribute(head)
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value
    return query
