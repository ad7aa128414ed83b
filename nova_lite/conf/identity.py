"""Options of nova-lite's own identity service."""

from oslo_config import cfg

OPTIONS = {
    "identity": [
        cfg.StrOpt(
            "key_repository",
            default="/etc/nova-lite/fernet-keys",
            help="Directory of the Fernet keys: files named by whole numbers, the highest one encrypts.",
        ),
        cfg.IntOpt(
            "max_active_keys",
            default=3,
            min=2,
            help="Keys that a rotation leaves: the staged one, the primary one and older ones. Rotate no more"
            " often than every token_expiration / (max_active_keys - 2) seconds.",
        ),
        cfg.IntOpt("token_expiration", default=3600, min=1, help="Seconds that a token is good for."),
        cfg.IntOpt(
            "allow_expired_window",
            default=172800,
            min=0,
            help="Seconds for which an expired token still counts when a service sends it with its own token"
            " (X-Service-Token), so that long work can end.",
        ),
        cfg.IntOpt("token_cache_size", default=1000, min=0, help="Decoded tokens that a process keeps."),
        cfg.IntOpt(
            "revocation_refresh",
            default=1,
            min=0,
            help="Seconds for which a process may trust the revocations that it has read.",
        ),
        cfg.IntOpt(
            "max_password_length",
            default=4096,
            min=1,
            max=4096,
            help="Longest password in bytes. bcrypt looks at 72 bytes: longer ones are cut there, as Keystone"
            " does, unless strict_password_check is set.",
        ),
        cfg.BoolOpt(
            "strict_password_check", default=False, help="Refuse passwords over 72 bytes, do not cut them."
        ),
        cfg.IntOpt(
            "password_hash_rounds", default=10, min=4, max=16, help="Cost of bcrypt (a power of two)."
        ),
        cfg.StrOpt(
            "public_endpoint", help="URL that replaces scheme, host and port in links and the version page."
        ),
        cfg.StrOpt("region", default="RegionOne", help="Region of the catalog entries that bootstrap makes."),
    ],
}
