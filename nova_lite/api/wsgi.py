"""What every HTTP face is made of: a table of operations, a router over it, and one way to answer.

A face (compute, identity, image) is a list of `Operation` rows. A row says everything about one thing that a
client may do: method, path, the controller's method, the range of versions it exists in, the JSON schemas of
body and query, the policy rule, the status of success. The router, the documentation and the tests all read
the same rows; a handler holds only what is left: ask the object, return plain data.

Versions are the minor numbers of the compute API's microversions (79 is 2.79). Faces without microversions
leave them alone.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import routes
import webob
import webob.exc
from oslo_log import log as logging

from nova_lite import exception
from nova_lite.api import body as bodies
from nova_lite.api import validation

LOG = logging.getLogger(__name__)

#: A schema, or rows of (first version, schema) in rising order; a row holds until the next one begins.
Schemas = dict | Sequence[tuple[int, dict | None]]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing that a client may do.

    Attributes:
        method, path: as in `GET /servers/{id}`; names in braces become arguments of the handler. A name may
            carry a regular expression: `{id:[0-9a-f-]+}`.
        handler: name of the controller's method, called as `handler(req, **path_arguments)` and, when `body`
            is set, with the decoded body as the keyword `body`.
        action: for `POST …/action` paths, the one key of the body that selects this row.
        since, until: first and last version that has it, both included.
        status: HTTP status of success (a handler may return a `Reply` that says otherwise).
        body: schemas of the JSON body; None: no body is read, it is the handler's own (uploads).
        query: schemas of the query string: an object whose properties are arrays of strings
            (`validation.many`, `validation.one` make them). None: query strings are not looked at.
        policy: rule checked before the handler runs, against the caller's own project. Rows whose rule needs
            another target (an instance's project) name it with `target="handler"`: the handler must check.
        faults: statuses that the handler announces; documentation, and the tests hold it to them.
    """

    method: str
    path: str
    handler: str
    action: str | None = None
    since: int = 1
    until: int | None = None
    status: int = 200
    body: Schemas | None = None
    query: Schemas | None = None
    policy: str | None = None
    target: str = "context"
    faults: tuple[int, ...] = ()

    def exists_at(self, version: int) -> bool:
        """Return whether this row exists at a version."""
        return self.since <= version and (self.until is None or version <= self.until)


@dataclass
class Reply:
    """An answer that says more than its body: status, headers, or a body that is not JSON."""

    body: Any = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    app_iter: Iterable[bytes] | None = None
    content_type: str = "application/json"


def pick(schemas: Schemas | None, version: int) -> dict | None:
    """Return the schema of a version."""
    if schemas is None or isinstance(schemas, dict):
        return schemas
    found = None
    for since, schema in schemas:
        if since > version:
            break
        found = schema
    return found


class Request(webob.Request):
    """A request with what nova-lite knows of it."""

    @property
    def context(self):
        """The RequestContext that the auth filter left, or None."""
        return self.environ.get("nova.context")

    @property
    def api_version(self) -> int:
        """The microversion asked for, as its minor number."""
        return self.environ.get("nova.api_version", 1)

    @property
    def query(self) -> dict[str, list[str]]:
        """The query string as name → values, after validation (unknown names may be gone)."""
        return self.environ["nova.query"]

    def query_one(self, name: str, default: str | None = None) -> str | None:
        """Return the last value of a query parameter."""
        values = self.query.get(name)
        return values[-1] if values else default

    @property
    def is_legacy_v2(self) -> bool:
        """Whether the request came by /v2: no microversions, unknown properties are let through."""
        return bool(self.environ.get("nova.legacy_v2"))


def _no_route(*_args, **_kwargs):
    return webob.exc.HTTPNotFound()


class Face:
    """A WSGI application over a table of operations.

    Subclasses say how faults look (`fault`), what the versions are (`negotiate`, `stamp`) and what may stand in
    front of the paths (`prefixes`).
    """

    #: Path prefixes under which every operation is reached.
    prefixes: tuple[str, ...] = ("",)

    def __init__(self, resources: Iterable[tuple[object, Sequence[Operation]]]):
        """Take (controller, its operations) pairs."""
        self._mapper = routes.Mapper(register=False)
        self._mapper.minimization = False
        self._rows: dict[tuple[str, str], list[tuple[Operation, Callable]]] = {}
        for controller, operations in resources:
            for operation in operations:
                handler = getattr(controller, operation.handler)
                self._rows.setdefault((operation.method, operation.path), []).append((operation, handler))
        # A fixed word wins over a name in braces: /servers/detail before /servers/{id}.
        for method, path in sorted(
            self._rows, key=lambda key: [("{" in part, part) for part in key[1].split("/")]
        ):
            for prefix in self.prefixes:
                self._mapper.connect(prefix + path, row=path, conditions={"method": [method]})
        self._mapper.create_regs([])

    @property
    def operations(self) -> list[Operation]:
        """All rows of this face."""
        return [operation for rows in self._rows.values() for operation, _ in rows]

    # -- what a face decides

    def negotiate(self, req: Request) -> None:
        """Set `nova.api_version` in the environment from the headers."""

    def stamp(self, req: Request, response: webob.Response) -> None:
        """Add the headers that every answer of this face carries."""

    def fault(self, req: Request, code: int, message: str, headers: dict[str, str]) -> webob.Response:
        """Return the answer for an error."""
        raise NotImplementedError

    # -- the way of a request

    def __call__(self, environ, start_response):
        """Answer, as WSGI wants it."""
        req = Request(environ)
        return self.answer(req)(environ, start_response)

    def answer(self, req: Request) -> webob.Response:
        """Return the response to a request; every NovaException becomes a fault here."""
        match = self._match(req)
        if match is None:
            return self.no_route(req)
        try:
            self.negotiate(req)
        except exception.NovaException as error:
            return self._error(req, error, stamped=error.code == 406)
        try:
            response = self._dispatch(req, match)
        except exception.NovaException as error:
            return self._error(req, error)
        except webob.exc.HTTPException as error:
            response = self.fault(req, error.code, error.detail or error.explanation or error.title, {})
        self.stamp(req, response)
        return response

    def no_route(self, req: Request) -> webob.Response:
        """Return the answer for an unknown path or method (never 405, as in Nova)."""
        return webob.exc.HTTPNotFound()

    def _match(self, req: Request) -> dict | None:
        try:
            path = req.path_info or "/"
        except UnicodeDecodeError:
            return None
        if len(path) > 1 and path.endswith("/"):
            path = path[:-1]
        method = "GET" if req.method == "HEAD" and not self._has("HEAD", path, req.environ) else req.method
        return self._lookup(method, path, req.environ)

    def _has(self, method: str, path: str, environ: dict) -> bool:
        return self._lookup(method, path, environ) is not None

    def _lookup(self, method: str, path: str, environ: dict) -> dict | None:
        if "\0" in path:  # PostgreSQL has no NUL in texts: nothing can be called so
            return None
        found = self._mapper.match(path, environ={**environ, "REQUEST_METHOD": method})
        if found is not None:
            found = dict(found)
            found["method"] = method
        return found

    def _dispatch(self, req: Request, match: dict) -> webob.Response:
        rows = self._rows[match.pop("method"), match.pop("row")]
        match.pop("controller", None)
        match.pop("action", None)
        match.pop("format", None)
        self.check_path(req, match)
        arguments: dict[str, Any] = match
        if rows[0][0].action is not None:
            operation, handler, arguments["body"] = self._pick_action(req, rows)
        else:
            operation, handler = self._pick_row(req, rows)
            if operation.body is not None:
                arguments["body"] = self.read_json(req)
        version = req.api_version
        query = pick(operation.query, version)
        req.environ["nova.query"] = self._read_query(req, query)
        if operation.body is not None:
            schema = pick(operation.body, version)
            if schema is not None:
                validation.body(schema, arguments["body"], tolerant=req.is_legacy_v2)
        req.environ["nova.operation"] = operation
        if operation.policy and operation.target == "context":
            req.context.can(operation.policy)
        return self._respond(req, operation, handler(req, **arguments))

    def check_path(self, req: Request, match: dict) -> None:
        """Check and remove what the prefix matched (a project id)."""

    def _pick_row(self, req: Request, rows):
        for operation, handler in rows:
            if operation.exists_at(req.api_version):
                return operation, handler
        raise exception.VersionNotFoundForAPIMethod

    def _pick_action(self, req: Request, rows):
        body = self.read_json(req)
        if not isinstance(body, dict) or len(body) != 1:
            raise exception.MalformedRequestBody("Malformed request body")
        (name,) = body
        named = [row for row in rows if row[0].action == name]
        if not named:
            raise exception.MalformedRequestBody(f"There is no such action: {name}")
        return (*self._pick_row(req, named), body)

    @staticmethod
    def read_json(req: Request):
        """Return the decoded body; None for an empty one.

        Raises:
            MalformedRequestBody: it is cut short, or no JSON that our databases hold (see `body.decode`).
            webob.exc.HTTPUnsupportedMediaType: a content type other than JSON.
        """
        kind = req.content_type
        if kind and kind not in ("application/json", "text/plain") and not kind.endswith("+json"):
            raise webob.exc.HTTPUnsupportedMediaType("Unsupported Content-Type")
        try:
            raw = req.body
            return bodies.decode(raw) if raw else None
        except (ValueError, OSError):  # OSError: the client went away, or stopped, before the body's end
            raise exception.MalformedRequestBody("Malformed request body") from None

    @staticmethod
    def _read_query(req: Request, schema: dict | None) -> dict[str, list[str]]:
        try:
            values = parse_qs(req.query_string, keep_blank_values=True, errors="strict", max_num_fields=1000)
        except ValueError:
            raise exception.ValidationError(detail="Query string is not UTF-8 encoded") from None
        if "%00" in req.query_string and any(
            "\0" in text for pair in values.items() for text in (pair[0], *pair[1])
        ):
            raise exception.ValidationError(detail="Query string holds a NUL character")
        return values if schema is None else validation.query(schema, values)

    @staticmethod
    def _respond(req: Request, operation: Operation, result) -> webob.Response:
        if isinstance(result, webob.Response):
            return result
        reply = result if isinstance(result, Reply) else Reply(result)
        response = webob.Response(status=reply.status or operation.status)
        if reply.app_iter is not None:
            response.app_iter = reply.app_iter
            response.content_type = reply.content_type
        elif reply.body is not None:
            response.body = json.dumps(reply.body).encode()
            response.content_type = reply.content_type
            response.charset = None
        else:
            response.content_type = None
            response.content_length = 0
        for name, value in reply.headers.items():
            response.headers[name] = value
        return response

    def _error(self, req: Request, error: exception.NovaException, stamped: bool = True) -> webob.Response:
        if error.code >= 500 and not (error.safe or error.code in (501, 503)):
            raise error  # the fault filter logs it and tells no more than its class
        response = self.fault(req, error.code, error.format_message(), dict(error.headers))
        if stamped:
            self.stamp(req, response)
        return response
