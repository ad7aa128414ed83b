"""Requests for the scheduler."""

from nova_lite.objects.flavor import Flavor
from nova_lite.objects.image_meta import ImageMeta
from nova_lite.objects.request_spec import InstanceGroup, RequestSpec

GROUP = "11111111-1111-4111-8111-111111111111"


def make(
    *,
    vcpus=1,
    memory_mb=512,
    root_gb=1,
    ephemeral_gb=0,
    swap=0,
    extra_specs=None,
    image=None,
    group=None,
    **fields,
) -> RequestSpec:
    """Return a request for small servers. `image`: properties. `group`: fields of its server group."""
    flavor = Flavor(
        name="small", flavorid="1", vcpus=vcpus, memory_mb=memory_mb, root_gb=root_gb, ephemeral_gb=ephemeral_gb,
        swap=swap, extra_specs=extra_specs or {},
    )  # fmt: skip
    values = {
        "flavor": flavor,
        "image": ImageMeta.from_dict({"properties": image or {}}),
        "project_id": "project",
        "user_id": "user",
        "availability_zone": None,
        "num_instances": 1,
        "ignore_hosts": [],
        "force_hosts": [],
        "force_nodes": [],
        "requested_destination": None,
        "scheduler_hints": {},
        "instance_group": None,
    }
    if group is not None:
        values["instance_group"] = InstanceGroup(
            **({"uuid": GROUP, "rules": {}, "members": [], "hosts": []} | group)
        )
    return RequestSpec(**(values | fields))
