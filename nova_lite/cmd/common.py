"""What every program does first: configuration, logging, the state report, and clear words when it cannot start."""

import contextlib
import os
import re
import sys

from oslo_config import cfg
from oslo_log import log as logging
from oslo_reports import guru_meditation_report as gmr
from oslo_reports import opts as gmr_opts

from nova_lite import conf, exception, version
from nova_lite.conf import CONF

LOG = logging.getLogger(__name__)

#: Libraries that say more than an operator wants.
_QUIET = [
    *(f"{name}=WARN" for name in (
        "amqp", "amqplib", "alembic", "kombu", "keystoneauth", "keystonemiddleware", "oslo_policy", "requests",
        "routes.middleware", "sqlalchemy", "stevedore", "urllib3",
    )),
    *(f"{name}=INFO" for name in ("futurist", "oslo.messaging", "oslo_messaging", "oslo.service", "oslo_service")),
]  # fmt: skip


class _Version:
    """What the state report prints of the program."""

    @staticmethod
    def vendor_string():
        return "nova-lite"

    @staticmethod
    def product_string():
        return "nova-lite"

    @staticmethod
    def version_string_with_package():
        return version.__version__


def default_config_files() -> list[str]:
    """Return the configuration file that is read when none is named."""
    return [path for path in ("/etc/nova-lite/nova.conf", "/etc/nova/nova.conf") if os.path.exists(path)][:1]


def configure(program: str) -> None:
    """Parse the command line and the configuration files; a mistake ends the program with one clear line."""
    logging.register_options(CONF)
    logging.set_defaults(default_log_levels=_QUIET)
    try:
        CONF(
            sys.argv[1:],
            project="nova",
            prog=program,
            version=version.__version__,
            default_config_files=default_config_files(),
        )
        conf.check()
    except UnicodeDecodeError as error:
        sys.exit(f"{program} cannot start: a configuration file is not UTF-8: {error}")
    except cfg.Error as error:
        # oslo.config names option and value; of its description of the place only the file helps.
        place = re.sub(r"LocationInfo\(.*detail='(.*?)'\)", r"\1", str(error))
        sys.exit(f"{program} cannot start: {place}")
    logging.setup(CONF, program)


def prepare(binary: str) -> None:
    """Parse options, set up logging and the SIGUSR2 report of a service."""
    configure(binary)
    gmr_opts.set_defaults(CONF)
    gmr.TextGuruMeditation.setup_autorun(_Version, conf=CONF)


@contextlib.contextmanager
def clear_failure(binary: str):
    """Turn what keeps a program from starting into one clear line and exit status 1."""
    try:
        yield
    except exception.NovaException as error:
        LOG.debug("%s cannot start", binary, exc_info=True)
        LOG.critical("%s cannot start: %s", binary, error.format_message())
        sys.stderr.write(f"{binary} cannot start: {error.format_message()}\n")
        sys.exit(1)
