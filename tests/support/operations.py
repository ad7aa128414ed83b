"""Operations whose cost is counted, as a user's client does them: once, and without asking how far they are."""

import json
from collections.abc import Callable

from tests.support import measure
from tests.support.cloud import Cloud
from tests.support.load import Caller


class Run:
    """A signed-in user of a cloud and a server to do things to."""

    def __init__(self, cloud: Cloud, watch: measure.Watch, wanted: dict) -> None:
        """Take what a request for a server says (`wanted`), and who sees when all is done."""
        self.cloud = cloud
        self.watch = watch
        self._wanted = wanted
        self.server = ""

    def ask(self, method: str, path: str, body: dict | None, status: int) -> bytes:
        """Send one request and wait until no server is busy; return the answer's body.

        Raises:
            AssertionError: another status.
        """
        with Caller(self.cloud.admin) as caller:
            got, answer = caller.request(method, path, body)
        assert got == status, answer
        self.watch.idle()
        return answer

    def boot(self, **more) -> str:
        """Boot a server; return its id once it is ACTIVE."""
        made = json.loads(self.ask("POST", "/servers", {"server": self._wanted | more}, 202))
        assert self.watch.broken() == 0
        return made["server"]["id"]

    def act(self, action: str, argument: object = None) -> None:
        """Do something to the server."""
        self.ask("POST", f"/servers/{self.server}/action", {action: argument}, 202)

    def delete(self) -> None:
        """Delete the server and boot no other."""
        self.ask("DELETE", f"/servers/{self.server}", None, 204)


#: In this order: each finds the server as the one before leaves it.
OPERATIONS: dict[str, Callable[[Run], object]] = {
    "boot": lambda run: run.boot(),
    "show": lambda run: run.ask("GET", f"/servers/{run.server}", None, 200),
    "list": lambda run: run.ask("GET", "/servers", None, 200),
    "detail": lambda run: run.ask("GET", "/servers/detail", None, 200),
    "stop": lambda run: run.act("os-stop"),
    "start": lambda run: run.act("os-start"),
    "reboot": lambda run: run.act("reboot", {"type": "HARD"}),
    "pause": lambda run: run.act("pause"),
    "unpause": lambda run: run.act("unpause"),
    "delete": lambda run: run.delete(),
    "flavors": lambda run: run.ask("GET", "/flavors", None, 200),
    "limits": lambda run: run.ask("GET", "/limits", None, 200),
}
