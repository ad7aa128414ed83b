"""Known extra specs of flavors and the values they take, checked from microversion 2.86.

Behaviour: https://docs.openstack.org/nova/latest/configuration/extra-specs.html. A name without a namespace,
or of a namespace that is not known here, passes: clouds keep their own there. A name of a known namespace
must be one of its names, and its value must fit.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

import os_resource_classes
import os_traits
from oslo_utils import strutils

from nova_lite import exception

Check = Callable[[str], None]


def _fail(reason: str):
    raise exception.ValidationError(detail=f"Validation failed; {reason}")


def boolean(value: str) -> None:
    """Check a truth value: true, yes, on, 1, t, y and their opposites."""
    try:
        strutils.bool_from_string(value, strict=True)
    except ValueError:
        _fail(f"'{value}' is not a valid boolean-like value.")


def integer(least: int | None = None) -> Check:
    """Return the check for a whole number, with a lower bound or without."""

    def check(value: str) -> None:
        try:
            number = int(value)
        except ValueError:
            _fail(f"'{value}' is not a valid integer value.")
        if least is not None and number < least:
            _fail(f"'{value}' is less than the min value of '{least}'.")

    return check


def words(*known: str) -> Check:
    """Return the check for one of some words."""

    def check(value: str) -> None:
        if value not in known:
            _fail(f"'{value}' is not one of: {', '.join(known)}.")

    return check


def pattern(expression: str) -> Check:
    """Return the check for a regular expression that the whole value must match."""
    compiled = re.compile(expression)

    def check(value: str) -> None:
        if not compiled.fullmatch(value):
            _fail(f"'{value}' is not of the format '{expression}'.")

    return check


def anything(_value: str) -> None:
    """Accept any value."""


_CPU_LIST = pattern(r"\^?\d+((-\d+)?(,\^?\d+(-\d+)?)?)*")
_COUNT = integer(1)
_AMOUNT = integer(0)
_REQUIRED = words("required", "forbidden")
_GROUP = r"([a-zA-Z0-9_-]{1,64})?"

#: Names without parameters.
EXACT: dict[str, Check] = {
    "hide_hypervisor_id": boolean,
    "group_policy": words("isolate", "none"),
    "accel:device_profile": anything,
    "hw:boot_menu": boolean,
    "hw:cpu_cores": _COUNT,
    "hw:cpu_dedicated_mask": _CPU_LIST,
    "hw:cpu_policy": words("dedicated", "shared", "mixed"),
    "hw:cpu_realtime": boolean,
    "hw:cpu_realtime_mask": _CPU_LIST,
    "hw:cpu_sockets": _COUNT,
    "hw:cpu_thread_policy": words("prefer", "isolate", "require"),
    "hw:cpu_threads": _COUNT,
    "hw:emulator_threads_policy": words("isolate", "share"),
    "hw:ephemeral_encryption": boolean,
    "hw:ephemeral_encryption_format": words("luks"),
    "hw:hide_hypervisor_id": boolean,
    "hw:locked_memory": boolean,
    "hw:max_cpu_cores": _COUNT,
    "hw:max_cpu_sockets": _COUNT,
    "hw:max_cpu_threads": _COUNT,
    "hw:maxphysaddr_bits": _COUNT,
    "hw:maxphysaddr_mode": words("passthrough", "emulate"),
    "hw:mem_encryption": boolean,
    "hw:mem_encryption_model": words("amd-sev", "amd-sev-es"),
    "hw:mem_page_size": pattern(r"(large|small|any|\d+([kKMGT]i?)?(b|bit|B)?)"),
    "hw:numa_nodes": _COUNT,
    "hw:pci_numa_affinity_policy": words("required", "preferred", "legacy", "socket"),
    "hw:pmem": pattern(r"([a-zA-Z0-9_]+(,)?)+"),
    "hw:pmu": boolean,
    "hw:redirected_usb_ports": pattern(r"(1[0-5]|[0-9])"),
    "hw:serial_port_count": _AMOUNT,
    "hw:sound_model": words("sb16", "es1370", "pcspk", "ac97", "ich6", "ich9", "usb", "ich7", "virtio"),
    "hw:tpm_model": words("tpm-tis", "tpm-crb"),
    "hw:tpm_secret_security": words("user", "host", "deployment"),
    "hw:tpm_version": words("1.2", "2.0"),
    "hw:usb_model": words(
        "piix3-uhci",
        "piix4-uhci",
        "ehci",
        "ich9-ehci1",
        "vt82c686b-uhci",
        "pci-ohci",
        "nec-xhci",
        "qemu-xhci",
    ),
    "hw:vif_multiqueue_enabled": boolean,
    "hw:viommu_model": words("none", "auto", "intel", "smmuv3", "virtio"),
    "hw:virtio_packed_ring": boolean,
    "hw:watchdog_action": words("none", "pause", "poweroff", "reset", "disabled"),
    "hw_rng:allowed": boolean,
    "hw_rng:rate_bytes": _AMOUNT,
    "hw_rng:rate_period": _AMOUNT,
    "hw_video:ram_max_mb": _AMOUNT,
    "os:secure_boot": words("disabled", "required"),
    "pci_passthrough:alias": pattern(r"[^:]+:\d+(?:\s*,\s*[^:]+:\d+)*"),
    "vmware:hw_version": anything,
    "vmware:storage_policy": anything,
    **{f"quota:cpu_{name}": _AMOUNT for name in ("shares", "period", "quota")},
    **{
        f"quota:disk_{way}_{unit}_sec": _AMOUNT
        for way in ("read", "write", "total")
        for unit in ("bytes", "iops")
    },
    **{
        f"quota:vif_{way}_{what}": _AMOUNT
        for way in ("inbound", "outbound")
        for what in ("average", "peak", "burst")
    },
    **{
        f"quota:{resource}_{what}": anything if what == "shares_level" else integer()
        for resource in ("cpu", "memory", "disk_io", "vif")
        for what in ("limit", "reservation", "shares_level", "shares_share")
    },
}


@dataclass(frozen=True)
class _Family:
    """Names that hold a parameter: `hw:numa_cpus.0`."""

    name: re.Pattern
    check: Check
    known: Callable[[str], bool] = lambda _item: True


@functools.cache
def _traits() -> frozenset[str]:
    return frozenset(os_traits.get_traits())


def _is_trait(name: str) -> bool:
    return re.fullmatch(r"CUSTOM_[A-Z0-9_]+", name) is not None or name in _traits()


def _is_resource(name: str) -> bool:
    return re.fullmatch(r"CUSTOM_[A-Z0-9_]+", name) is not None or name in os_resource_classes.STANDARDS


FAMILIES: tuple[_Family, ...] = (
    _Family(re.compile(r"hw:numa_cpus\.\d+"), _CPU_LIST),
    _Family(re.compile(r"hw:numa_mem\.\d+"), _COUNT),
    _Family(re.compile(r"aggregate_instance_extra_specs:.+"), anything),
    _Family(re.compile(r"capabilities:.+"), anything),
    _Family(re.compile(rf"trait{_GROUP}:(?P<item>\w+)"), _REQUIRED, _is_trait),
    _Family(re.compile(rf"resources{_GROUP}:(?P<item>\w+)"), integer(), _is_resource),
)

#: Namespaces in which every name is known.
NAMESPACES = re.compile(
    rf"accel|aggregate_instance_extra_specs|capabilities|hw|hw_rng|hw_video|os|pci_passthrough|quota"
    rf"|resources{_GROUP}|trait{_GROUP}|vmware"
)


def validate(name: str, value: str) -> None:
    """Check one extra spec.

    Raises:
        ValidationError: the name's namespace has no such name, or the value does not fit.
    """
    check = EXACT.get(name)
    if check is not None:
        check(value)
        return
    for family in FAMILIES:
        match = family.name.fullmatch(name)
        if match is not None and family.known(match.groupdict().get("item", "")):
            family.check(value)
            return
    namespace, colon, _ = name.partition(":")
    if colon and NAMESPACES.fullmatch(namespace):
        _fail(f"extra spec '{name}' does not appear to be a valid extra spec.")
