"""Programs that the driver runs: with a bound in time, and limits where they read what users sent."""

import logging
import shutil
import subprocess
from collections.abc import Sequence

from nova_lite import concurrency, exception

LOG = logging.getLogger(__name__)


class ProgramFailed(exception.NovaException):
    """A program ended with an error; the text names it and gives the end of its output."""

    msg_fmt = "%(program)s failed (%(code)s): %(output)s"
    safe = True


def run(
    command: Sequence[str], *, timeout: float, cpu_seconds: int | None = None, memory: int | None = None
) -> str:
    """Run a program and return its standard output.

    Args:
        command: the program and its arguments; no shell is involved.
        timeout: seconds after which it is killed.
        cpu_seconds, memory: limits of CPU time and address space (bytes), by prlimit(1).

    Raises:
        ProgramFailed: it is missing, failed, or took too long.
    """
    words = list(command)
    if cpu_seconds or memory:
        limits = [f"--cpu={cpu_seconds}"] if cpu_seconds else []
        limits += [f"--as={memory}"] if memory else []
        words = ["prlimit", *limits, "--", *words]
    LOG.debug("running %s", " ".join(words))
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, errors="replace", check=False, timeout=timeout,
            stdin=subprocess.DEVNULL, env={"PATH": _path(), "LC_ALL": "C"},
        )  # fmt: skip
    except concurrency.program_timeouts():
        raise ProgramFailed(program=command[0], code="timeout", output=f"no end after {timeout} s") from None
    except OSError as error:
        raise ProgramFailed(program=command[0], code="not started", output=str(error)) from error
    if done.returncode != 0:
        output = (done.stderr or done.stdout).strip()[-500:]
        raise ProgramFailed(program=command[0], code=f"exit code {done.returncode}", output=output)
    return done.stdout


def _path() -> str:
    # mkfs.* live where an ordinary user's PATH does not reach.
    return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def find(*names: str) -> str | None:
    """Return the first of some programs that is installed."""
    return next((name for name in names if shutil.which(name, path=_path())), None)
