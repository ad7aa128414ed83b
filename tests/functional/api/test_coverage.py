"""Every operation of a resource with a YAML file is asked for in it, at a version that has it."""

import importlib
import pathlib
import re

import pytest
import yaml

RESOURCES = pathlib.Path(__file__).parent / "resources"
METHODS = ("GET", "POST", "PUT", "DELETE")


def _requests(path):
    """Yield (method, path without query, version, action or None) of each request of a file."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    for test in document["tests"]:
        (method,) = (word for word in METHODS if word in test)
        version = (
            test.get("request_headers", {}).get("openstack-api-version", "compute 2.1").partition("2.")[2]
        )
        data = test.get("data")
        action = next(iter(data), None) if isinstance(data, dict) else None
        if version.isdigit():
            yield method, test[method].partition("?")[0], int(version), action


@pytest.mark.parametrize("noun", sorted(path.stem for path in RESOURCES.glob("*.yaml")))
def test_every_operation_is_asked_for(noun):
    module = importlib.import_module(f"nova_lite.api.openstack.compute.{noun}")
    asked = list(_requests(RESOURCES / f"{noun}.yaml"))
    missing = []
    for operation in module.OPERATIONS:
        pattern = re.compile(re.sub(r"\{[^}]*\}", "[^/]+", operation.path))
        if not any(
            method == operation.method
            and pattern.fullmatch(path)
            and operation.exists_at(version)
            and operation.action in (None, action)
            for method, path, version, action in asked
        ):
            missing.append(
                f"{operation.method} {operation.path} {operation.action or ''} since {operation.since}"
            )
    assert not missing
