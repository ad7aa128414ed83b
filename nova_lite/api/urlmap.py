"""Which application answers which path: PasteDeploy's composite of that name, in the few rules that Nova's has.

    [composite:osapi_compute]
    use = egg:nova-lite#urlmap
    / = versions
    /v2.1 = version_v21
    /v2.1/+ = compute_v21

A path goes to the longest prefix that it begins with; `/prefix/+` wants something after the slash, and wins over
`/prefix`. The prefix moves from PATH_INFO to SCRIPT_NAME.
"""

from nova_lite import exception

_MORE = "/+"


class URLMap:
    """A WSGI application over (prefix, application) pairs."""

    def __init__(self, applications: dict):
        """Take {prefix: application}.

        Raises:
            ConfigurationError: a prefix does not begin with a slash.
        """
        self._rows = []
        for pattern, application in applications.items():
            if not pattern.startswith("/"):
                raise exception.ConfigurationError(
                    reason=f"urlmap: {pattern!r} is no path: it must begin with /"
                )
            more = pattern.endswith(_MORE)
            prefix = pattern.removesuffix(_MORE) if more else pattern.rstrip("/")
            self._rows.append((prefix, more, application))
        self._rows.sort(key=lambda row: (len(row[0]), row[1]), reverse=True)

    @classmethod
    def factory(cls, loader, global_conf, **local_conf):
        """Return the application for PasteDeploy: the local options are prefix = name of an application."""
        return cls({path: loader.get_app(name, global_conf=global_conf) for path, name in local_conf.items()})

    def find(self, path: str):
        """Return (prefix, application) for a path, or None."""
        for prefix, more, application in self._rows:
            rest = path[len(prefix) :]
            if path.startswith(prefix) and (not rest or rest[0] == "/") and (not more or len(rest) > 1):
                return prefix, application
        return None

    def __call__(self, environ, start_response):
        """Answer a request, or pass it on."""
        path = environ.get("PATH_INFO", "")
        found = self.find(path)
        if found is None:
            start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return [b""]
        prefix, application = found
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
        environ["PATH_INFO"] = path[len(prefix) :]
        return application(environ, start_response)
