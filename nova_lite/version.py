"""The version of nova-lite, read by setup.cfg, the services and the version documents."""

__version__ = "0.1.0"
