"""Figures that measurements gather: one table for people, one JSON file for machines."""

import dataclasses
import datetime
import json
import os
import pathlib
import platform


@dataclasses.dataclass(frozen=True)
class Figure:
    """One number: what was measured, its unit, and the aim as (`<=` or `>=`, number) when there is one."""

    section: str
    name: str
    value: float
    unit: str
    aim: tuple[str, float] | None = None
    load: float = 0.0

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None when there is none."""
        if self.aim is None:
            return None
        kind, bound = self.aim
        return self.value <= bound if kind == "<=" else self.value >= bound


class Figures:
    """The figures of one run, in the order in which they came."""

    def __init__(self) -> None:
        self.all: list[Figure] = []
        self.notes: list[str] = []

    def add(
        self, section: str, name: str, value: float, unit: str, aim: tuple[str, float] | None = None
    ) -> None:
        """Keep a number, with the load of the machine (1 minute) at this time."""
        self.all.append(Figure(section, name, value, unit, aim, os.getloadavg()[0]))

    def note(self, text: str) -> None:
        """Keep a sentence: what was not measured, and why."""
        self.notes.append(text)

    def table(self) -> str:
        """Return the figures as text."""
        rows, section = [], None
        width = max((len(figure.name) for figure in self.all), default=0)
        for figure in self.all:
            if figure.section != section:
                section = figure.section
                rows += ["", section, "-" * len(section)]
            aim = ""
            if figure.aim:
                aim = f"   aim {figure.aim[0]} {figure.aim[1]:g}{'' if figure.met else ': MISSED'}"
            rows.append(f"{figure.name:<{width}}  {_short(figure.value):>9} {figure.unit}{aim}")
        rows += ["", f"Machine: {describe_machine()}", f"Load (1 min) during the run: {self._loads()}"]
        return "\n".join(rows + self.notes)

    def _loads(self) -> str:
        loads = [figure.load for figure in self.all] or [os.getloadavg()[0]]
        return f"{min(loads):.1f} to {max(loads):.1f}"

    def write(self, path: pathlib.Path) -> None:
        """Write all as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {
            "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "machine": describe_machine(),
            "figures": [dataclasses.asdict(figure) | {"met": figure.met} for figure in self.all],
            "notes": self.notes,
        }
        path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def describe_machine() -> str:
    """Return CPU, cores, memory, kernel and Python in one line."""
    model = "unknown CPU"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{len(os.sched_getaffinity(0))} cores of {model}, {memory:.0f} GB, {platform.system()}"
        f" {platform.release()}, Python {platform.python_version()}"
    )
