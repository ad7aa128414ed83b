"""Options of nova-lite's own identity service."""

from oslo_config import cfg

OPTIONS = {
    "identity": [
        cfg.StrOpt(
            "key_repository",
            default="/etc/nova-lite/fernet-keys",
            help="Directory of the Fernet keys: files named by whole numbers, the highest one encrypts.",
        ),
        cfg.IntOpt("token_expiration", default=3600, min=1, help="Seconds that a token is good for."),
        cfg.IntOpt(
            "revocation_refresh",
            default=1,
            min=0,
            help="Seconds for which a process may trust the revocations that it has read.",
        ),
        cfg.IntOpt("password_hash_rounds", default=10, min=4, max=16, help="Cost of bcrypt (a power of two)."),
        cfg.StrOpt("public_endpoint", help="URL that replaces scheme, host and port in links and the version page."),
        cfg.StrOpt("region", default="RegionOne", help="Region of the catalog entries that bootstrap makes."),
    ],
}
