"""Rows for flavors.yaml: the projects that flavors are given to."""

from tests.support import tables


def seed():
    """Two projects."""
    tables.add_projects("demo", "elsewhere")
