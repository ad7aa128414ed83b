"""What travels in messages: oslo.versionedobjects, one noun a file, with Nova's names.

`register_all()` must run before a service decodes its first message.
"""

import importlib
import pkgutil


def register_all() -> None:
    """Import every object, so that the registry knows them all."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
