"""Where the rest of nova-lite gets images: `get_api().show(context, image_id)`.

Callers never know whether images come from nova-lite's own tables or from a Glance: the methods are those of
`nova_lite.image.drivers.base.ImageDriver`. Drivers are entry points (`nova_lite.image.drivers` in setup.cfg).
"""

import threading
from typing import Any

import stevedore
import stevedore.exception

from nova_lite import exception
from nova_lite.conf import CONF
from nova_lite.image.drivers.base import ImageDriver

NAMESPACE = "nova_lite.image.drivers"

_lock = threading.Lock()
_drivers: dict[str, ImageDriver] = {}


def get_api(driver: str | None = None) -> ImageDriver:
    """Return the process's driver; by default the one that `[glance] driver` names.

    nova-compute asks for `glance`: it has no database, so it talks HTTP, to nova-lite's image API or a Glance.

    Raises:
        ConfigurationError: there is no such driver.
    """
    name = driver or CONF.glance.driver
    with _lock:
        if name not in _drivers:
            try:
                manager: Any = stevedore.DriverManager(NAMESPACE, name, invoke_on_load=True)
                _drivers[name] = manager.driver
            except stevedore.exception.NoMatches:
                raise exception.ConfigurationError(
                    reason=f"[glance] driver is {name!r}, and no driver of that name is installed"
                ) from None
        return _drivers[name]


def reset() -> None:
    """Forget the drivers, so that the next one reads the configuration anew (SIGHUP, tests)."""
    with _lock:
        while _drivers:
            _, driver = _drivers.popitem()
            driver.close()
