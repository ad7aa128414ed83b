"""Gabbi's declarative HTTP tests (YAML) as pytest tests against a server that starts with the first of them.

Gabbi's own pytest driver wants to know host and port while tests are collected; here they are given when a
suite is loaded. Each request is a test of its own; one that runs alone runs the requests before it first.
"""

import pathlib
import unittest
from urllib.parse import urlsplit

import yaml
from gabbi import fixture, handlers, suitemaker, utils
from gabbi.reporter import PyTestResult

HANDLERS = [handler() for handler in handlers.RESPONSE_HANDLERS]


def names(directory: pathlib.Path) -> list[tuple[str, str]]:
    """Return (file name without ending, name of the request) of every request below `directory`, in order."""
    found = []
    for path in sorted(directory.glob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        requests = [test["name"] for test in document["tests"]]
        doubles = {name for name in requests if requests.count(name) > 1}
        if doubles:
            raise ValueError(f"{path}: names of requests must differ: {', '.join(sorted(doubles))}")
        found += [(path.stem, name) for name in requests]
    return found


class Suites:
    """The files of `directory`, run against the server at `url`; a file's requests share their history."""

    def __init__(self, directory: pathlib.Path, url: str) -> None:
        self.directory = directory
        self.url = urlsplit(url)
        self._loaded: dict[str, dict[str, unittest.TestCase]] = {}

    def run(self, file: str, name: str) -> None:
        """Run one request and check its answer.

        Raises:
            AssertionError: the answer is not what the file says.
        """
        if file not in self._loaded:
            self._loaded[file] = self._load(file)
        self._loaded[file][name].run(PyTestResult())

    def _load(self, file: str) -> dict[str, unittest.TestCase]:
        suite = suitemaker.test_suite_from_dict(
            unittest.TestLoader(),
            file,
            utils.load_yaml(yaml_file=self.directory / f"{file}.yaml"),
            str(self.directory),
            self.url.hostname,
            self.url.port,
            fixture,
            None,
            prefix=self.url.path.rstrip("/"),
            handlers=HANDLERS,
        )
        return {test.test_data["name"]: test for test in suite}
