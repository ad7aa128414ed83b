"""IsolatedHostsFilter."""

from nova_lite.conf import CONF
from nova_lite.scheduler.filters import base


class IsolatedHostsFilter(base.BaseHostFilter):
    """Puts `isolated_images` on `isolated_hosts` only, and keeps other images off them (if so configured)."""

    run_filter_once_per_request = True

    def host_passes(self, host_state, spec) -> bool:
        """Compare what the image is with what the host is."""
        options = CONF.filter_scheduler
        image_id = spec.image.id if spec.image and spec.image.obj_attr_is_set("id") else None
        if not options.isolated_images:
            return not options.restrict_isolated_hosts_to_isolated_images or (
                host_state.host not in options.isolated_hosts
            )
        isolated_image = image_id in options.isolated_images
        isolated_host = host_state.host in options.isolated_hosts
        if options.restrict_isolated_hosts_to_isolated_images:
            return isolated_image == isolated_host
        return not isolated_image or isolated_host

    def why(self, spec) -> str:
        """Name the options."""
        return "isolated_images, isolated_hosts"
