"""Rule names and default roles, one module a resource; each module has `RULES`, a list of oslo.policy rules.

Defaults are Nova's: readers list and show, members do the life cycle, administrators do the rest.
"""

import importlib
import pkgutil


def list_rules():
    """Return all default rules, `base` first."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    names.sort(key=lambda name: name != "base")
    return [rule for name in names for rule in importlib.import_module(f"{__name__}.{name}").RULES]
