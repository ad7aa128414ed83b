"""What the nouns of the identity face have in common: list, show, create, update, delete in Keystone's form.

A noun's module subclasses `Resource`, says its table and view, and adds what is special to it.
"""

import uuid
from typing import Any

from nova_lite import exception
from nova_lite.api import wsgi
from nova_lite.api.identity import filters, links
from nova_lite.api.views import View
from nova_lite.policies import identity as rules

_VERBS = (
    # method, handler, verb of the rule, status, has an id
    ("GET", "index", "list", 200, False),
    ("POST", "create", "create", 201, False),
    ("GET", "show", "get", 200, True),
    ("PATCH", "update", "update", 200, True),
    ("DELETE", "delete", "delete", 204, True),
)


class Resource:
    """A noun of the face.

    Attributes:
        noun, collection: keys of one and of many in bodies; the collection is the path below /v3, too.
        rows: module of queries (get, list, create, update, delete).
        view: its fields; attributes that no column has follow from the row's `extra`.
        columns: attributes of the body that are columns; all others go to `extra`.
        fixed: attributes of the body that are neither (they were looked at before).
        filters: columns that a list can be filtered by.
        unchangeable: attributes that an update may repeat, and not change.
    """

    noun: str
    collection: str
    rows: Any
    view: View
    columns: tuple[str, ...]
    fixed: tuple[str, ...] = ("id", "links")
    filters: dict = {}
    unchangeable: tuple[str, ...] = ()

    @classmethod
    def operations(cls, create: dict, update: dict) -> tuple[wsgi.Operation, ...]:
        """Return the five rows of this noun; `get` rules look at the row, so their handler checks them."""
        bodies = {"create": create, "update": update}
        return tuple(
            wsgi.Operation(
                method=method,
                path=f"/v3/{cls.collection}" + ("/{key}" if has_key else ""),
                handler=handler,
                status=status,
                body=bodies.get(handler),
                policy=rules.name_of(verb, cls.noun),
                target="handler" if verb == "get" else "context",
            )
            for method, handler, verb, status, has_key in _VERBS
        )

    # -- what a noun may say for itself

    def target(self, key: str) -> dict:
        """Return what the rule of `show` is checked against."""
        return {}

    def prepare(self, req, values: dict, row: dict | None) -> dict:
        """Return the columns to write, complete and checked; `row` is None for a new one."""
        return values

    # -- the five

    def index(self, req):
        """List the rows that pass the filters."""
        return self.many(req, self.rows.list(filters.parse(req, self.filters)))

    def show(self, req, key):
        """Show one."""
        req.context.can(rules.name_of("get", self.noun), self.target(key))
        return self.one(req, self.rows.get(key))

    def create(self, req, body):
        """Make one."""
        values = self.split(body[self.noun])
        values["id"] = uuid.uuid4().hex
        return self.one(req, self.rows.create(self.prepare(req, values, None)))

    def update(self, req, key, body):
        """Change one."""
        row = self.rows.get(key)
        given = body[self.noun]
        for name in self.unchangeable:
            if name in given and given[name] != row[name]:
                raise exception.ValidationError(detail=f"Cannot change {name} of a {self.noun}.")
        if given.get("id", key) != key:
            raise exception.ValidationError(detail=f"Cannot change {self.noun} ID")
        return self.one(req, self.rows.update(key, self.prepare(req, self.split(given), row)))

    def delete(self, req, key):
        """Remove one."""
        self.rows.delete(key)

    # -- forms

    def split(self, given: dict) -> dict:
        """Return the columns of a body's attributes, the ones without a column below `extra`."""
        values = {name: given[name] for name in self.columns if name in given}
        extra = {
            name: value
            for name, value in given.items()
            if name not in self.columns and name not in self.fixed
        }
        return values | ({"extra": extra} if extra else {})

    def record(self, req, row: dict) -> dict:
        """Return one record."""
        made = self.view.render(req, row)
        made["links"] = {"self": links.href(req, self.collection, row["id"])}
        return {**(row.get("extra") or {}), **made}

    def one(self, req, row: dict) -> dict:
        """Return the body of one record."""
        return {self.noun: self.record(req, row)}

    def many(self, req, rows: list[dict]) -> dict:
        """Return the body of a list."""
        return {self.collection: [self.record(req, row) for row in rows], "links": links.of_list(req)}


def domain_of(req) -> str:
    """Return the domain that a new row belongs to when the request names none: the token's."""
    token = req.environ["nova.token"]
    if token.scope is None or token.scope.kind == "system":
        return token.user_domain.id
    return token.scope.domain.id if token.scope.domain else token.scope.id


def expect(attribute: str, target: str) -> exception.NovaException:
    """Return Keystone's error for a reference to what does not exist."""
    return exception.ValidationError(
        detail=f"Expecting to find {attribute} in {target}. The server could not comply with the request since it is"
        " either malformed or otherwise incorrect. The client is assumed to be in error."
    )
