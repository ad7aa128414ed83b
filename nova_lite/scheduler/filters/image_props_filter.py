"""ImagePropertiesFilter."""

from oslo_utils import versionutils

from nova_lite.scheduler.filters import base

#: Property → the older names that images may still have.
_NAMES = {
    "hw_architecture": ("architecture",),
    "img_hv_type": ("hypervisor_type",),
    "hw_vm_mode": ("vm_mode",),
    "img_hv_requested_version": ("hypervisor_version_requires",),
}
#: Other words for the same (Nova's canonical names).
_ALIASES = {
    "hw_architecture": {"amd64": "x86_64", "x64": "x86_64", "i386": "i686", "i486": "i686", "i586": "i686",
                        "x86_32": "i686", "arm64": "aarch64", "ppc64el": "ppc64le"},
    "img_hv_type": {"xapi": "xen"},
    "hw_vm_mode": {"pv": "xen", "hv": "hvm", "baremetal": "hvm"},
}  # fmt: skip


class ImagePropertiesFilter(base.BaseHostFilter):
    """Passes hosts that run the image's architecture, hypervisor type and version, and VM mode."""

    run_filter_once_per_request = True

    @staticmethod
    def _wanted(spec) -> dict[str, str]:
        properties = (spec.image.properties if spec.image else None) or {}
        found = {}
        for name, older in _NAMES.items():
            value = next((properties[key] for key in (name, *older) if properties.get(key)), None)
            if value is None:
                continue
            if name != "img_hv_requested_version":
                value = _canonical(name, value)
            found[name] = value
        return found

    def needs(self, spec, needs: base.Needs) -> None:
        """Ask for what hosts support, if the image has wishes."""
        if self._wanted(spec):
            needs.columns.add("supported_instances")

    def host_passes(self, host_state, spec) -> bool:
        """Find a combination of the host that does."""
        wanted = self._wanted(spec)
        if not wanted:
            return True
        version = wanted.pop("img_hv_requested_version", None)
        if wanted and not self._supported(host_state, wanted):
            return False
        return version is None or _version_fits(host_state.hypervisor_version, version)

    @staticmethod
    def _supported(host_state, wanted: dict[str, str]) -> bool:
        names = ("hw_architecture", "img_hv_type", "hw_vm_mode")
        for combination in host_state.supported_instances or []:
            has = {name: _canonical(name, value) for name, value in zip(names, combination, strict=False)}
            if all(has.get(name) == value for name, value in wanted.items()):
                return True
        return False

    def why(self, spec) -> str:
        """Name the properties."""
        return "image wants " + ", ".join(f"{key}={value}" for key, value in self._wanted(spec).items())


def _canonical(name: str, value: str) -> str:
    value = str(value).lower()
    return _ALIASES[name].get(value, value)


def _version_fits(version: int | None, predicate: str) -> bool:
    """Compare a hypervisor's version (major * 1,000,000 + minor * 1,000 + micro) with e.g. `>=4.3,<5`."""
    if not version:
        return True  # as in Nova: a hypervisor that does not tell is trusted
    try:
        return versionutils.VersionPredicate(predicate).satisfied_by(
            versionutils.convert_version_to_str(version)
        )
    except ValueError:
        return False
