"""A whole nova-lite of real processes on the fake hypervisor, over real RabbitMQ and a real database."""

import contextlib
import dataclasses
import functools
import pathlib
import secrets
import socket
import sys
from collections.abc import Iterable, Mapping

from tests.support import http, processes, servers

REPOSITORY = pathlib.Path(__file__).parents[2]
#: In the order of their start: the others wait for nova-conductor.
SERVICES = ("nova-conductor", "nova-scheduler", "nova-compute", "nova-api")
#: HTTP face → (option that holds its port, path of its API).
FACES = {
    "osapi_compute": ("osapi_compute_listen_port", "/v2.1"),
    "identity": ("identity_listen_port", "/v3"),
    "image": ("image_listen_port", "/v2"),
}

Options = Mapping[str, Mapping[str, object]]


def free_ports(count: int) -> list[int]:
    """Return TCP ports that nobody uses on 127.0.0.1 at this moment."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def write_options(path: pathlib.Path, *layers: Options) -> None:
    """Write a configuration file, closed to others, of sections; a later layer wins over an earlier one."""
    merged: dict[str, dict[str, object]] = {}
    for layer in layers:
        for section, values in layer.items():
            merged.setdefault(section, {}).update(values)
    lines = []
    for section, values in merged.items():
        lines += [f"[{section}]", *(f"{name} = {value}" for name, value in values.items()), ""]
    path.touch(mode=0o600)
    path.write_text("\n".join(lines), encoding="utf-8")


class Cloud:
    """The services of one cloud; its database and its broker's virtual host belong to nobody else."""

    def __init__(
        self, directory: pathlib.Path, transport_url: str, database_url: str, options: Options | None = None
    ) -> None:
        """Write the configuration; nothing is started.

        Args:
            directory: of configuration, state and logs.
            transport_url: the broker with an empty virtual host.
            database_url: an empty database.
            options: section → option → value, above those made here.
        """
        self.directory = directory
        self.transport_url = transport_url
        self.database_url = database_url
        self.services: dict[str, processes.Process] = {}
        ports = dict(zip(FACES, free_ports(len(FACES)), strict=True))
        #: HTTP face → its base URL.
        self.urls = {face: f"http://127.0.0.1:{ports[face]}{path}" for face, (_, path) in FACES.items()}
        self._password = secrets.token_urlsafe(16)
        state = directory / "state"
        state.mkdir()
        common = {
            "DEFAULT": {
                "transport_url": transport_url,
                "host": "test-host",
                "state_path": state,
                "compute_driver": "fake.FakeDriver",
                "debug": True,
                "periodic_fuzzy_delay": 0,
                "graceful_shutdown_timeout": 20,
                "manager_shutdown_timeout": 10,
                **{option: ports[face] for face, (option, _) in FACES.items()},
            },
            "wsgi": {"api_paste_config": REPOSITORY / "etc" / "api-paste.ini"},
            # The cheapest hash that there is: tests sign in often.
            "identity": {"key_repository": state / "fernet-keys", "password_hash_rounds": 4},
            "oslo_concurrency": {"lock_path": state / "locks"},
        }
        # nova-compute must never open the database: here it could not.
        unusable = {"database": {"connection": "postgresql+psycopg://nobody@127.0.0.1:1/nothing"}}
        write_options(directory / "nova-compute.conf", common, unusable, options or {})
        write_options(
            directory / "nova.conf", common, {"database": {"connection": database_url}}, options or {}
        )

    def config_file(self, binary: str = "") -> pathlib.Path:
        """Return the configuration file of a program."""
        return self.directory / ("nova-compute.conf" if binary == "nova-compute" else "nova.conf")

    def manage(self, *words: str, stdin: str | None = None) -> str:
        """Run nova-manage and return what it printed.

        Raises:
            AssertionError: it failed.
        """
        command = [sys.executable, "-m", "nova_lite.cmd.manage", "--config-file", self.config_file(), *words]
        return servers.run(command, f"nova-manage {' '.join(words)}", stdin)

    def prepare(self) -> None:
        """Make the tables, the keys of tokens, and the identity data that a new cloud has."""
        self.manage("db", "sync")
        self.manage("identity", "fernet_setup")
        passwords = f"admin={self._password}\ndemo={self._password}\nnova={self._password}\n"
        self.manage("identity", "bootstrap", "--password-file", "/dev/stdin", stdin=passwords)

    def start(self, *binaries: str) -> None:
        """Start services (all of them by default), each after the one before is ready."""
        for binary in binaries or SERVICES:
            service = processes.nova_service(binary, [self.config_file(binary)], self.directory)
            self.services[binary] = service
            service.start()

    def stop(self, *binaries: str) -> dict[str, int]:
        """End services (all of them by default) by SIGTERM, the last first; return their exit codes."""
        return {binary: self.services.pop(binary).stop() for binary in self._last_first(binaries)}

    def kill(self, *binaries: str) -> None:
        """End services (all of them by default) as a crash would."""
        for binary in self._last_first(binaries):
            self.services.pop(binary).kill()

    def _last_first(self, binaries: Iterable[str]) -> list[str]:
        return list(reversed(list(binaries or self.services)))

    # -- users ------------------------------------------------------------------

    @functools.cached_property
    def admin(self) -> "User":
        """The admin that bootstrap made, in its project."""
        return self._sign_in("admin", self._password, "admin")

    def new_user(self, *roles: str, project: str | None = None) -> "User":
        """Make a user with `roles` (default: member) in the project with the id `project`, or a new one."""
        identity = self.admin.client("identity")
        name = f"test-{secrets.token_hex(4)}"
        password = secrets.token_urlsafe(12)
        if project is None:
            body = {"project": {"name": name, "domain_id": "default"}}
            project = _made(identity.post("projects", body))["project"]["id"]
        body = {"user": {"name": name, "domain_id": "default", "password": password}}
        user = _made(identity.post("users", body))["user"]["id"]
        known = {role["name"]: role["id"] for role in identity.get("roles").json()["roles"]}
        for role in roles or ("member",):
            answer = identity.put(f"projects/{project}/users/{user}/roles/{known[role]}")
            assert answer.status_code == 204, answer.text
        project_name = identity.get(f"projects/{project}").json()["project"]["name"]
        return self._sign_in(name, password, project_name)

    def _sign_in(self, name: str, password: str, project: str) -> "User":
        token = http.authenticate(self.urls["identity"], name, password, project)
        return User(self, name, password, project, token["user"]["id"], token["project"]["id"], token["id"])


def _made(answer) -> dict:
    assert answer.status_code == 201, f"{answer.status_code}: {answer.text}"
    return answer.json()


@dataclasses.dataclass(frozen=True)
class User:
    """Somebody signed in to a cloud."""

    cloud: Cloud
    name: str
    password: str
    project: str
    user_id: str
    project_id: str
    token: str

    def client(self, face: str = "osapi_compute", microversion: str | None = None) -> http.Client:
        """Return a client of an HTTP face with the user's token."""
        return http.Client(self.cloud.urls[face], self.token, microversion)
