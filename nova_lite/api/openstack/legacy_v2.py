"""The filter in front of /v2: requests have no microversion, and unknown properties are let through."""


class LegacyV2Compatible:
    """Marks requests; the router and the validation look at the mark (`Request.is_legacy_v2`)."""

    def __init__(self, application):
        self.application = application

    @classmethod
    def factory(cls, _global_conf, **_local_conf):
        """Return the filter for PasteDeploy."""
        return cls

    def __call__(self, environ, start_response):
        """Answer a request, or pass it on."""
        environ["nova.legacy_v2"] = True
        return self.application(environ, start_response)
