"""nova-manage: what an operator does to a cloud from the command line.

One table of commands: `nova-manage GROUP COMMAND`. Exit status 0: done; 1: it failed, with the reason on
standard error.
"""

from nova_lite import concurrency

concurrency.select_backend()

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

from oslo_config import cfg

from nova_lite import exception
from nova_lite.cmd import common
from nova_lite.conf import CONF
from nova_lite.db import migration
from nova_lite.identity import commands as identity_commands


@dataclass(frozen=True)
class Command:
    """One command: its words, what it does, and its arguments as (flags, add_argument keywords)."""

    group: str
    name: str
    run: Callable
    help: str
    arguments: tuple[tuple[tuple[str, ...], dict], ...] = ()


def _db_sync(version: str | None) -> int:
    before = migration.current()
    after = migration.sync(version)
    print(
        f"Database schema: {before or 'empty'} -> {after}"
        if before != after
        else f"Database schema: {after}, up to date"
    )
    return 0


def _db_version() -> int:
    print(migration.current() or 0)
    return 0


def _identity_bootstrap(password_file, region, identity_url, compute_url, image_url) -> int:
    urls = {
        "identity": identity_url or f"http://{CONF.identity_listen}:{CONF.identity_listen_port}/v3",
        "compute": compute_url or f"http://{CONF.osapi_compute_listen}:{CONF.osapi_compute_listen_port}/v2.1",
        "image": image_url or f"http://{CONF.image_listen}:{CONF.image_listen_port}",
    }
    done = identity_commands.bootstrap(urls, region=region, password_file=password_file)
    print("\n".join(done) if done else "Identity: up to date")
    return 0


def _fernet_setup(user, group) -> int:
    print(identity_commands.fernet_setup(user, group))
    return 0


def _fernet_rotate() -> int:
    print(identity_commands.fernet_rotate())
    return 0


def _option(name: str, text: str) -> tuple[tuple[str, ...], dict]:
    return (f"--{name}",), {"help": text}


COMMANDS = (
    Command("db", "sync", _db_sync, "Bring the database schema to the newest revision.",
            ((("version",), {"nargs": "?", "help": "revision to stop at"}),)),
    Command("db", "version", _db_version, "Print the revision of the database schema."),
    Command("identity", "bootstrap", _identity_bootstrap, "Make what a new cloud begins with.", (
        _option("password-file", "file of USER=PASSWORD lines, closed to others; default: the environment"),
        _option("region", "region of the endpoints; default: [identity] region"),
        _option("identity-url", "URL of the identity API in the catalog; default: as it listens, and /v3"),
        _option("compute-url", "URL of the compute API; default: as it listens, and /v2.1"),
        _option("image-url", "URL of the image API; default: as it listens"),
    )),
    Command("identity", "fernet_setup", _fernet_setup, "Make the keys of tokens, unless there are some.",
            (_option("user", "owner of the keys"), _option("group", "group of the keys"))),
    Command("identity", "fernet_rotate", _fernet_rotate, "Make the staged key primary and stage a new one."),
)  # fmt: skip


def _add_parsers(subparsers) -> None:
    """Register the table with oslo.config's parser."""
    groups: dict[str, argparse._SubParsersAction] = {}
    for command in COMMANDS:
        if command.group not in groups:
            parser = subparsers.add_parser(command.group, help=f"{command.group} commands")
            groups[command.group] = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
        parser = groups[command.group].add_parser(command.name, help=command.help, description=command.help)
        for flags, keywords in command.arguments:
            parser.add_argument(*flags, **keywords)
        names = [flags[-1].lstrip("-").replace("-", "_") for flags, _ in command.arguments]
        parser.set_defaults(run=command.run, names=names)


def main() -> None:
    """Run one command."""
    CONF.register_cli_opt(
        cfg.SubCommandOpt("category", title="groups", dest="category", handler=_add_parsers)
    )
    common.configure("nova-manage")
    if CONF.category.name is None:
        sys.exit("nova-manage: name a group and a command, for example: nova-manage db sync")
    arguments = {name: getattr(CONF.category, name) for name in CONF.category.names}
    try:
        status = CONF.category.run(**arguments)
    except exception.NovaException as error:
        sys.exit(f"nova-manage: {error.format_message()}")
    sys.exit(status or 0)


if __name__ == "__main__":
    main()
