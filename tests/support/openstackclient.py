"""The `openstack` command, unmodified, at a fifth of a second a command.

Nearly all of a command's 1.5 seconds is the import of the client. So one process imports it once and forks for
each command: every command still is a process of its own, with nothing left of the one before it.
"""

import contextlib
import dataclasses
import io
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Mapping
from typing import Self

from tests.support.cloud import User

REPOSITORY = pathlib.Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True)
class Result:
    """What a command ended with."""

    command: str
    code: int
    out: str
    err: str

    def ok(self) -> "Result":
        """Return itself.

        Raises:
            AssertionError: the command failed.
        """
        assert self.code == 0, f"{self.command}: exit {self.code}\n{self.err}{self.out}"
        return self

    def json(self):
        """Return what a command with `-f json` printed."""
        return json.loads(self.ok().out)


def clouds(users: Mapping[str, User]) -> dict:
    """Return the document of a clouds.yaml with an entry for each user."""
    return {
        "clouds": {
            name: {
                "auth": {
                    "auth_url": user.cloud.urls["identity"],
                    "username": user.name,
                    "password": user.password,
                    "project_name": user.project,
                    "user_domain_name": "Default",
                    "project_domain_name": "Default",
                },
                "region_name": "RegionOne",
            }
            for name, user in users.items()
        }
    }


class Shell:
    """Runs `openstack` commands; use it as a context manager."""

    def __init__(self, directory: pathlib.Path, users: Mapping[str, User]) -> None:
        """Write a clouds.yaml with an entry for each user."""
        self.clouds_file = directory / "clouds.yaml"
        self.clouds_file.write_text(json.dumps(clouds(users)), encoding="utf-8")  # JSON is YAML
        self.clouds_file.chmod(0o600)
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> Self:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.openstackclient"],
            cwd=REPOSITORY,
            env={**environment, "OS_CLIENT_CONFIG_FILE": str(self.clouds_file)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_) -> None:
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def run(self, cloud: str, *words: str) -> Result:
        """Run `openstack --os-cloud CLOUD WORDS…`."""
        command = ["--os-cloud", cloud, *words]
        print(json.dumps(command), file=self._process.stdin, flush=True)
        return Result(" ".join(words), *json.loads(self._process.stdout.readline()))


def _run(words: list[str]) -> tuple[int, str, str]:
    from openstackclient import shell

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = shell.main(words)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    return code, out.getvalue(), err.getvalue()


def _forked(words: list[str]) -> str:
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(readable)
        with os.fdopen(writable, "w") as pipe:
            json.dump(_run(words), pipe)
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer or json.dumps([-1, "", "the command ended without an answer"])


def main() -> None:
    """Answer each line of standard input, the words of a command, with its code, output and errors."""
    import openstackclient.shell  # noqa: F401 - the slow part, once

    for line in sys.stdin:
        print(_forked(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
