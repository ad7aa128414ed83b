"""Options as a service has them after start, with no configuration file."""

import contextlib
from collections.abc import Iterator

from nova_lite import policy
from nova_lite.conf import CONF


@contextlib.contextmanager
def parsed() -> Iterator[None]:
    """Parse an empty command line; forget it, and the policy rules, at the end."""
    CONF([], project="nova", default_config_files=[], default_config_dirs=[])
    policy.reset()
    try:
        yield
    finally:
        policy.reset()
        CONF.reset()
