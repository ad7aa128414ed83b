"""Applications by name, from the file that wires them (`[wsgi] api_paste_config`), and how auth is chosen there."""

import pathlib
import sys

from oslo_config import cfg
from oslo_log import log as logging
from paste import deploy

import nova_lite
from nova_lite import exception

LOG = logging.getLogger(__name__)

#: The pipeline of all auth strategies that have none of their own.
ANY = "any"


def find_paste_config(conf: cfg.ConfigOpts) -> pathlib.Path:
    """Return the file that `[wsgi] api_paste_config` names.

    A relative name is looked for beside the configuration files, in /etc/nova-lite, where the package was
    installed (PREFIX/etc/nova-lite), and in the source tree.

    Raises:
        ConfigurationError: it is nowhere.
    """
    name = pathlib.Path(conf.wsgi.api_paste_config)
    if name.is_absolute():
        places = [name.parent]
    else:
        beside = [pathlib.Path(each).absolute().parent for each in conf.config_file or ()]
        source = pathlib.Path(nova_lite.__file__).parents[1] / "etc"
        places = [
            *beside,
            pathlib.Path("/etc/nova-lite"),
            pathlib.Path(sys.prefix, "etc", "nova-lite"),
            source,
        ]
    for place in places:
        if (place / name).is_file():
            return place / name
    raise exception.ConfigurationError(
        reason=f"[wsgi] api_paste_config: there is no {name.name} in {', '.join(map(str, dict.fromkeys(places)))}"
    )


def load_app(name: str, conf: cfg.ConfigOpts):
    """Return the WSGI application of a name (`osapi_compute`, `identity`, `image`).

    Raises:
        ConfigurationError: the file is missing, or a section or filter of it cannot be used; the text names it.
    """
    path = find_paste_config(conf)
    LOG.debug("Loading app %(name)s from %(path)s", {"name": name, "path": path})
    try:
        return deploy.loadapp(f"config:{path}", name=name)
    except exception.ConfigurationError as error:
        raise exception.ConfigurationError(reason=f"{path}: {error.format_message()}") from error
    except Exception as error:
        # PasteDeploy has no error class of its own: LookupError, AssertionError, ValueError, ImportError …
        raise exception.ConfigurationError(reason=f"{path}: app {name!r}: {_say(error)}") from error


def _say(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def pipeline_factory(loader, global_conf, **pipelines):
    """Return the pipeline of the auth strategy in use: PasteDeploy's composite `auth_pipeline`.

    The options are auth strategy (or `any`) = filters and, last, the application:

        [composite:compute_v21]
        use = egg:nova-lite#auth_pipeline
        fernet = cors faultwrap fernet keystonecontext compute_app
        keystone = cors faultwrap authtoken keystonecontext compute_app

    Raises:
        ConfigurationError: no pipeline for the strategy, or a filter or application in it cannot be made.
    """
    strategy = cfg.CONF.api.auth_strategy
    wanted = pipelines.get(strategy) or pipelines.get(ANY)
    if not wanted:
        raise exception.ConfigurationError(
            reason=f"no pipeline for [api] auth_strategy = {strategy}; there are {', '.join(sorted(pipelines))}"
        )
    *filters, name = wanted.split()
    application = _load(loader.get_app, "app", name, strategy, global_conf)
    for each in reversed(filters):
        made = _load(loader.get_filter, "filter", each, strategy, global_conf)
        try:
            application = made(application)
        except exception.ConfigurationError:
            raise
        except Exception as error:
            raise exception.ConfigurationError(
                reason=f"filter {each!r} of pipeline {strategy!r}: {_say(error)}"
            ) from error
    return application


def _load(get, kind: str, name: str, strategy: str, global_conf):
    try:
        return get(name, global_conf=global_conf)
    except exception.ConfigurationError:
        raise
    except Exception as error:
        raise exception.ConfigurationError(
            reason=f"{kind} {name!r} of pipeline {strategy!r}: {_say(error)}"
        ) from error
