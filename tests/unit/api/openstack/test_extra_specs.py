"""Extra specs from 2.86: which names are known, and which values fit."""

import pytest

from nova_lite import exception
from nova_lite.api.openstack import extra_specs


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hw:cpu_policy", "mixed"),
        ("hw:boot_menu", "yes"),
        ("hw:mem_page_size", "large"),
        ("hw:mem_page_size", "2MB"),
        ("hw:cpu_realtime_mask", "^0-1,3"),
        ("hw:numa_mem.12", "1024"),
        ("hw:maxphysaddr_mode", "emulate"),
        ("quota:disk_total_iops_sec", "0"),
        ("quota:cpu_limit", "-1"),
        ("quota:vif_shares_level", "custom"),
        ("pci_passthrough:alias", "gpu:1, nic:2"),
        ("resources:VCPU", "0"),
        ("resources_GPU:CUSTOM_GOLD", "2"),
        ("trait:STORAGE_DISK_SSD", "required"),
        ("trait1:CUSTOM_X", "forbidden"),
        ("capabilities:cpu_info:arch", "<in> x86"),
        ("aggregate_instance_extra_specs:any thing", "s== x"),
        ("group_policy", "isolate"),
        ("hide_hypervisor_id", "t"),
        ("anything", "without a namespace"),
        ("mine:own", "of a namespace that nobody knows"),
        ("hwx:cpu_policy", "nearly known"),
    ],
)
def test_what_fits(name, value):
    extra_specs.validate(name, value)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("hw:cpu_policy", "Mixed", "'Mixed' is not one of: dedicated, shared, mixed."),
        ("hw:boot_menu", "perhaps", "'perhaps' is not a valid boolean-like value."),
        ("hw:cpu_cores", "0", "'0' is less than the min value of '1'."),
        ("hw:cpu_cores", "many", "'many' is not a valid integer value."),
        ("hw:mem_page_size", "big", "'big' is not of the format"),
        ("hw:tpm_version", "2", "'2' is not one of: 1.2, 2.0."),
        ("hw:numa_mem.x", "1", "extra spec 'hw:numa_mem.x' does not appear to be a valid extra spec."),
        ("hw:nonsense", "1", "does not appear to be a valid extra spec."),
        ("trait:NONSENSE", "required", "does not appear to be a valid extra spec."),
        ("trait:CUSTOM_x", "required", "does not appear to be a valid extra spec."),
        ("trait:CUSTOM_X", "wanted", "'wanted' is not one of: required, forbidden."),
        ("resources:NONSENSE", "1", "does not appear to be a valid extra spec."),
        ("resources1:VGPU", "one", "'one' is not a valid integer value."),
        ("os:nonsense", "1", "does not appear to be a valid extra spec."),
        ("quota:cpu_shares", "-1", "'-1' is less than the min value of '0'."),
        ("group_policy", "both", "'both' is not one of: isolate, none."),
        ("hw:redirected_usb_ports", "16", "'16' is not of the format"),
    ],
)
def test_what_does_not(name, value, text):
    with pytest.raises(exception.ValidationError) as caught:
        extra_specs.validate(name, value)
    assert caught.value.code == 400
    assert caught.value.format_message().startswith("Validation failed; ")
    assert text in caught.value.format_message()
