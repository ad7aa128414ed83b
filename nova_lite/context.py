"""Who asks, for which project, with which roles, under which request id: the RequestContext of a request.

It travels in every message (`to_dict`/`from_dict`); the token travels too (nova-compute fetches images with
it, as Nova's does), but never into a log: `__repr__` and `to_policy_values` leave it out.
"""

from oslo_context import context as oslo_context
from oslo_utils import timeutils


class RequestContext(oslo_context.RequestContext):
    """The security context of one request.

    Attributes beside oslo.context's: `timestamp` (when the request came), `remote_address`,
    `read_deleted` (`no`, `yes` or `only`).
    """

    def __init__(
        self,
        user_id=None,
        project_id=None,
        *,
        read_deleted="no",
        remote_address=None,
        timestamp=None,
        **kwargs,
    ):
        super().__init__(user_id=user_id, project_id=project_id, **kwargs)
        self.read_deleted = read_deleted
        self.remote_address = remote_address
        if isinstance(timestamp, str):
            timestamp = timeutils.parse_strtime(timestamp)
        self.timestamp = timestamp or timeutils.utcnow()

    def __repr__(self):
        return f"<RequestContext {self.request_id} user={self.user_id} project={self.project_id}>"

    def to_dict(self):
        """Return what travels in a message."""
        values = {
            "user_id": self.user_id,
            "project_id": self.project_id,
            "user_name": self.user_name,
            "project_name": self.project_name,
            "user_domain_id": self.user_domain_id,
            "project_domain_id": self.project_domain_id,
            "domain_id": self.domain_id,
            "system_scope": self.system_scope,
            "roles": list(self.roles),
            "is_admin": self.is_admin,
            "request_id": self.request_id,
            "global_request_id": self.global_request_id,
            "auth_token": self.auth_token,
            "read_deleted": self.read_deleted,
            "remote_address": self.remote_address,
            "timestamp": timeutils.utcnow().isoformat()
            if self.timestamp is None
            else self.timestamp.strftime("%Y-%m-%dT%H:%M:%S.%f"),
        }
        return {key: value for key, value in values.items() if value is not None}

    def get_logging_values(self):
        """Return what log lines say of the context, under the names that oslo.log's formats use."""
        return super().get_logging_values() | {
            "user": self.user_id or "-",
            "project": self.project_id or "-",
            "domain": self.domain_id or "-",
            "user_domain": self.user_domain_id or "-",
            "project_domain": self.project_domain_id or "-",
        }

    @classmethod
    def from_dict(cls, values, **kwargs):
        """Return the context that `to_dict` described; unknown keys of newer senders are left out."""
        known = {
            key: values[key]
            for key in (
                "user_id", "project_id", "user_name", "project_name", "user_domain_id", "project_domain_id",
                "domain_id", "system_scope", "roles", "is_admin", "request_id", "global_request_id", "auth_token",
                "read_deleted", "remote_address", "timestamp",
            )
            if key in values
        }  # fmt: skip
        return cls(**known)

    def elevated(self, read_deleted: str | None = None) -> "RequestContext":
        """Return a copy of this context with an administrator's rights."""
        values = self.to_dict() | {"is_admin": True, "roles": sorted({*self.roles, "admin"})}
        if read_deleted is not None:
            values["read_deleted"] = read_deleted
        return RequestContext.from_dict(values)

    def can(self, rule: str, target: dict | None = None, *, fatal: bool = True) -> bool:
        """Check a policy rule; see `nova_lite.policy.authorize`.

        Raises:
            PolicyNotAuthorized: the rule refuses and `fatal` is true.
        """
        from nova_lite import policy

        return policy.authorize(self, rule, target, fatal=fatal)


def get_admin_context(read_deleted: str = "no") -> RequestContext:
    """Return a context for a service's own work, with no user and all rights."""
    return RequestContext(is_admin=True, roles=["admin"], read_deleted=read_deleted, overwrite=False)
