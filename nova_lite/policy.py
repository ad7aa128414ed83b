"""Policy: may this context do that? Rules stand in `nova_lite.policies`; operators override them in policy.yaml.

The file is read again when it changes, without a restart: looked at every RELOAD_INTERVAL seconds, because
oslo.policy's own look at each check searches the configuration directories and costs more than the check.
"""

import threading
import time

from oslo_config import cfg
from oslo_log import log as logging
from oslo_policy import opts, policy

from nova_lite import exception

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

#: Seconds for which rules that were read are trusted.
RELOAD_INTERVAL = 1.0

_lock = threading.Lock()
_next_load = 0.0
_enforcer: policy.Enforcer | None = None


def get_enforcer() -> policy.Enforcer:
    """Return the process's enforcer with all default rules registered.

    Raises:
        ConfigurationError: the policy file cannot be read, and there are no rules of before to keep to.
    """
    global _enforcer, _next_load  # noqa: PLW0603 - one enforcer a process
    with _lock:
        if _enforcer is None:
            from nova_lite import policies

            opts.set_defaults(CONF, policy_file="policy.yaml", enforce_scope=True, enforce_new_defaults=True)
            made = policy.Enforcer(CONF)
            made.register_defaults(policies.list_rules())
            _enforcer = made
            _next_load = 0.0
        if time.monotonic() >= _next_load:
            is_new = _next_load == 0.0
            _next_load = time.monotonic() + RELOAD_INTERVAL
            try:
                _load(_enforcer)
            except exception.ConfigurationError as error:
                if is_new:
                    _enforcer = None
                    raise
                LOG.error("The rules of before go on to hold: %s", error)
        return _enforcer


def _load(enforcer: policy.Enforcer) -> None:
    enforcer.use_conf = True
    try:
        enforcer.load_rules()
    except (AttributeError, OSError, TypeError, ValueError, cfg.Error) as error:
        # What oslo.policy makes of a file that is no YAML, or no mapping.
        raise exception.ConfigurationError(
            reason=f"[oslo_policy] policy_file {CONF.oslo_policy.policy_file} cannot be read as rules: {error}"
        ) from error
    finally:
        enforcer.use_conf = False


def reset() -> None:
    """Forget the enforcer, so that the next check reads the configuration anew (SIGHUP, tests)."""
    global _enforcer  # noqa: PLW0603
    with _lock:
        _enforcer = None


def authorize(context, rule: str, target: dict | None = None, *, fatal: bool = True) -> bool:
    """Return whether `context` passes `rule` for `target` (default: the context's own project and user).

    Raises:
        PolicyNotAuthorized: it does not, and `fatal` is true.
        oslo_policy.policy.PolicyNotRegistered: there is no such rule.
    """
    if target is None:
        target = {"project_id": context.project_id, "user_id": context.user_id}
    try:
        allowed = get_enforcer().authorize(rule, target, context, do_raise=False)
    except policy.InvalidScope:
        allowed = False
    if not allowed and fatal:
        LOG.debug("Policy check for %(rule)s failed for %(context)r", {"rule": rule, "context": context})
        raise exception.PolicyNotAuthorized(action=rule)
    return bool(allowed)
