#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sets options in a commented sample configuration, and prints the result.

Usage: fill.py SAMPLE < SETTINGS, where a setting is a line `SECTION OPTION VALUE` (values may be secret, so they do
not come as arguments). The sample has a line `#OPTION = DEFAULT` or `OPTION = VALUE` for each of them, which is
replaced; one that is set to its default stays as it is.
"""

from __future__ import annotations

import pathlib
import re
import sys

_LINE = re.compile(r"^#?(?P<option>[a-z_0-9]+) =[ ]?(?P<value>.*)$")


class UnknownOptionError(ValueError):
    """The sample has no line for an option."""


def fill(sample: str, settings: list[tuple[str, str, str]]) -> str:
    """Return the sample with these (section, option, value) set.

    Raises:
        UnknownOptionError: the sample does not have such an option in that section.
    """
    wanted = {(section, option): value for section, option, value in settings}
    section = "DEFAULT"
    lines = []
    for line in sample.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        match = _LINE.match(line)
        value = wanted.pop((section, match["option"]), None) if match else None
        if match and value is not None and value != match["value"]:
            line = f"{match['option']} = {value}"
        lines.append(line)
    if wanted:
        names = ", ".join(f"[{section}] {option}" for section, option in wanted)
        raise UnknownOptionError(f"the sample has no line for {names}")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Entry point; returns the exit code."""
    settings = []
    for line in sys.stdin.read().splitlines():
        section, option, value = line.split(" ", 2)
        settings.append((section, option, value))
    try:
        sys.stdout.write(fill(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"), settings))
    except UnknownOptionError as error:
        sys.stderr.write(f"{sys.argv[1]}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
