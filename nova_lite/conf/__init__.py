"""The options of nova-lite, one module a group; `CONF` is the only configuration object (oslo.config's own).

Each module has `OPTIONS: dict[group name, list of options]`. Names and defaults are Nova's where Nova has
the option.
"""

import importlib
import pkgutil

from oslo_config import cfg

CONF = cfg.CONF


def _modules():
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda each: each.name):
        yield importlib.import_module(f"{__name__}.{module.name}")


def _register() -> None:
    for module in _modules():
        for group, options in module.OPTIONS.items():
            CONF.register_opts(options, group=None if group == "DEFAULT" else group)


def list_opts():
    """Return (group, options) pairs for oslo-config-generator."""
    return [(group, options) for module in _modules() for group, options in module.OPTIONS.items()]


def check() -> None:
    """Read every option once, so that a wrong value stops a program at start and not in the middle of its work.

    Raises:
        oslo_config.cfg.ConfigFileValueError: an option's value does not fit.
    """
    for group, options in list_opts():
        place = CONF if group == "DEFAULT" else CONF[group]
        for option in options:
            getattr(place, option.dest)


_register()
