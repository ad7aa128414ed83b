"""What tests of the compute API share: an empty database, the API in this process, and the messages that it sends."""

import contextlib
import dataclasses
from collections.abc import Iterator

import oslo_messaging as messaging
import pytest
import webob

from nova_lite import exception, rpc
from nova_lite.conf import CONF
from nova_lite.context import RequestContext
from tests.support import face, tables

TOKENS = {
    "admin": "admin:root:operators",
    "member": "member:alice:demo",
    "reader": "reader:bob:demo",
    "other": "member:eve:elsewhere",
}


@dataclasses.dataclass
class Message:
    """One message that was sent; arguments have been written and read as on the wire."""

    kind: str
    topic: str
    server: str | None
    method: str
    arguments: dict


@dataclasses.dataclass
class Broker:
    """Stands where the broker stands: takes messages, answers calls, or is away."""

    sent: list[Message] = dataclasses.field(default_factory=list)
    answers: dict = dataclasses.field(default_factory=dict)
    away: bool = False

    def take(self, kind: str, client, context, method: str, server, arguments: dict):
        """Take one message."""
        if self.away:
            raise exception.MessagingUnavailable
        inner = client._client
        serializer = inner.serializer
        travelled = {
            name: serializer.deserialize_entity(context, serializer.serialize_entity(context, value))
            for name, value in arguments.items()
        }
        assert (
            RequestContext.from_dict(serializer.serialize_context(context)).request_id == context.request_id
        )
        self.sent.append(Message(kind, inner.target.topic, server, method, travelled))
        answer = self.answers.get(method)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def of(self, method: str) -> list[Message]:
        """Return the messages of one method."""
        return [message for message in self.sent if message.method == method]


@dataclasses.dataclass
class API:
    """The compute API as one caller sees it."""

    application: object
    token: str
    version: str | None = None

    def at(self, version: str) -> "API":
        """Return the same caller with a microversion."""
        return dataclasses.replace(self, version=version)

    def request(self, method: str, path: str, body=None, prefix: str = "/v2.1") -> webob.Response:
        """Send a request."""
        req = webob.Request.blank(prefix + path, method=method)
        req.headers["X-Auth-Token"] = self.token
        if self.version:
            req.headers["OpenStack-API-Version"] = f"compute {self.version}"
        if body is not None:
            req.json = body
            req.content_type = "application/json"
        return req.get_response(self.application)

    def get(self, path, **options):
        """GET."""
        return self.request("GET", path, **options)

    def post(self, path, body, **options):
        """POST."""
        return self.request("POST", path, body, **options)

    def put(self, path, body=None, **options):
        """PUT."""
        return self.request("PUT", path, body, **options)

    def delete(self, path, **options):
        """DELETE."""
        return self.request("DELETE", path, **options)


@pytest.fixture(scope="session")
def application():
    """The compute API."""
    return face.compute_application()


@pytest.fixture
def api_database(tmp_path):
    """An empty database."""
    with face.database(tmp_path / "nova.db"):
        yield


@pytest.fixture
def each_database(database):
    """An empty database on each of the servers that this run covers; its tables are made once a module."""
    with face.database(database):
        tables.empty()
        yield


@contextlib.contextmanager
def brokered() -> Iterator[Broker]:
    """Put a Broker where this process's messages go."""
    made = Broker()
    transport = messaging.get_rpc_transport(CONF, url="fake:/")

    def cast(client, context, method, *, server=None, fanout=None, version=None, **arguments):
        made.take("cast", client, context, method, server, arguments)

    def call(client, context, method, *, server=None, version=None, long=False, timeout=None, **arguments):
        return made.take("call", client, context, method, server, arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rpc, "TRANSPORT", transport)
        patch.setattr(rpc.Client, "cast", cast)
        patch.setattr(rpc.Client, "call", call)
        yield made
    transport.cleanup()


@pytest.fixture
def broker(api_database):
    """The broker that the API meets."""
    with brokered() as made:
        yield made


@pytest.fixture
def callers(application, broker):
    """Caller by role: admin, member, reader (of project demo) and other (of another project)."""
    return {name: API(application, token) for name, token in TOKENS.items()}


@pytest.fixture
def member(callers):
    """A member of project demo."""
    return callers["member"]


@pytest.fixture
def admin(callers):
    """An administrator."""
    return callers["admin"]
