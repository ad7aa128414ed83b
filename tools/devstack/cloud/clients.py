#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts nova-lite's entries into a clouds.yaml, or takes them out; all else in the file stays as it is written.

The entries stand between two comment lines right below `clouds:`. Each edit is checked by parsing the result:
others' entries must be equal before and after.

Prints the file's name when it was changed. Exit status 1: the file is not what clouds.yaml should be.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import re
import sys
import tempfile

import yaml

REGION = "RegionOne"
MODE = 0o640
#: entry → user, who has a project of the same name
ENTRIES = {"nova-lite": "demo", "nova-lite-admin": "admin"}
BEGIN = "# nova-lite: written by tools/devstack/stack.sh"
END = "# nova-lite: end"
_BLOCK = re.compile(rf"^[ \t]*{re.escape(BEGIN)}\n.*?^[ \t]*{re.escape(END)}\n", re.MULTILINE | re.DOTALL)
_CLOUDS = re.compile(r"^clouds:[ \t]*(\{\}|null|~)?[ \t]*(#.*)?\n", re.MULTILINE)


class ClientsError(Exception):
    """The file cannot be edited."""


def entries(passwords: dict[str, str], identity: str) -> dict[str, dict]:
    """Return entry → its content."""
    return {
        name: {
            "auth": {
                "auth_url": identity,
                "username": user,
                "password": passwords[user],
                "project_name": user,
                "user_domain_name": "Default",
                "project_domain_name": "Default",
            },
            "region_name": REGION,
            "identity_api_version": 3,
        }
        for name, user in ENTRIES.items()
    }


def parse(text: str) -> dict[str, dict]:
    """Return the entries of a clouds.yaml.

    Raises:
        ClientsError: it is not YAML, or `clouds` is not a mapping.
    """
    try:
        document = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ClientsError(f"it is not YAML: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("clouds") or {}, dict):
        raise ClientsError("it must hold a mapping named clouds")
    return document.get("clouds") or {}


def edit(text: str, wanted: dict[str, dict]) -> str:
    """Return the text with these entries of ours, and no others of ours.

    Raises:
        ClientsError: the text is no clouds.yaml, has entries of our names that we did not write, or is written in
            a way that cannot be edited without touching others' entries.
    """
    before = parse(text)
    bare = _BLOCK.sub("", text)
    others = parse(bare)
    foreign = sorted(set(others) & set(ENTRIES))
    if foreign:
        raise ClientsError(f"it has entries of its own named {', '.join(foreign)}; rename them")
    if not wanted:
        return bare
    if {name: before[name] for name in ENTRIES if name in before} == wanted:
        return text
    if bare and not bare.endswith("\n"):
        bare += "\n"
    found = _CLOUDS.search(bare)
    if found is None:
        if others:
            raise ClientsError("its mapping clouds is not written in block style")
        bare += "clouds:\n"
        found = _CLOUDS.search(bare)
    indent = re.match(r"(?:[ \t]*(?:#.*)?\n)*( +)\S", bare[found.end() :])
    spaces = indent[1] if indent and others else "  "
    block = [BEGIN, *yaml.safe_dump(wanted, sort_keys=False).splitlines(), END]
    lines = "".join(f"{spaces}{line}\n" for line in block)
    heading = "clouds:\n" if found[1] else found[0]
    result = bare[: found.start()] + heading + lines + bare[found.end() :]
    if parse(result) != others | wanted:
        raise ClientsError("it cannot be edited without touching others' entries")
    return result


def write(path: pathlib.Path, text: str) -> None:
    """Replace a file at once, keeping its owner; closed to others, since it holds passwords."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        mode = MODE
        if path.exists():
            stat = path.stat()
            os.chown(part, stat.st_uid, stat.st_gid)
            mode = stat.st_mode & 0o770
        pathlib.Path(part).chmod(mode)
        pathlib.Path(part).replace(path)
    finally:
        pathlib.Path(part).unlink(missing_ok=True)


def main() -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("action", choices=["add", "remove"])
    parser.add_argument("--file", type=pathlib.Path, required=True)
    parser.add_argument("--passwords", type=pathlib.Path, help="with add: file of USER=PASSWORD lines")
    parser.add_argument("--identity", help="with add: URL of the identity API, with /v3")
    args = parser.parse_args()
    wanted = {}
    if args.action == "add":
        lines = args.passwords.read_text(encoding="utf-8").splitlines()
        wanted = entries(dict(line.split("=", 1) for line in lines if "=" in line), args.identity)
    before = args.file.read_text(encoding="utf-8") if args.file.exists() else ""
    try:
        after = edit(before, wanted)
    except ClientsError as error:
        sys.stderr.write(f"{args.file}: {error}\n")
        return 1
    if after == before:
        return 0
    if args.action == "remove" and not after.replace("clouds:", "").strip():
        args.file.unlink()
    else:
        write(args.file, after)
    print(args.file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
