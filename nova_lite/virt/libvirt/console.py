"""What a guest wrote to its console: the end of console.log, which virtlogd writes and rotates."""

import pathlib

from nova_lite import exception

#: Bytes that os-getConsoleOutput can give at most (Nova's MAX_CONSOLE_BYTES).
MAX_CONSOLE_BYTES = 100 * 1024


def _tail(path: pathlib.Path, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(0, end - size))
            return file.read(size)
    except FileNotFoundError:
        return b""


def read(path: pathlib.Path, instance_uuid: str) -> bytes:
    """Return the last 100 KiB of a console log, from the file before its last rotation too where needed.

    Raises:
        ConsoleLogNotFound: the log cannot be read.
    """
    if not path.parent.is_dir():
        raise exception.ConsoleLogNotFound(instance_id=instance_uuid)
    try:
        text = _tail(path, MAX_CONSOLE_BYTES)
        if len(text) < MAX_CONSOLE_BYTES:
            text = _tail(path.with_name(f"{path.name}.0"), MAX_CONSOLE_BYTES - len(text)) + text
    except PermissionError as error:
        raise exception.ConsoleLogNotFound(instance_id=instance_uuid) from error
    return text
