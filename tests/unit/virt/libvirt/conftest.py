"""Guests of a host that is not there: what libvirt would say of it is in a record."""

import pytest

from nova_lite.conf import CONF
from nova_lite.virt import hardware
from nova_lite.virt.libvirt import builder, images
from nova_lite.virt.libvirt.capabilities import Capabilities, DomainCapabilities, GuestArch
from nova_lite.virt.libvirt.xml import domain
from tests.support import virt

MACHINES = frozenset({"pc", "pc-i440fx-7.2", "q35", "pc-q35-7.2"})


class FakeHost:
    """The part of host.Host that the builder asks."""

    def __init__(self, arch: str = "x86_64"):
        guest = GuestArch(arch, "hvm", MACHINES, frozenset({"qemu", "kvm"}))
        self._capabilities = Capabilities(
            arch, "11111111-0000-0000-0000-000000000001", {"features": []}, (guest,)
        )

    def capabilities(self) -> Capabilities:
        return self._capabilities

    def domain_capabilities(self, virt_type, arch, machine) -> DomainCapabilities:
        return DomainCapabilities(machine or "pc", 255, frozenset(), frozenset(), False, {})


@pytest.fixture
def instances_path(tmp_path):
    """`instances_path` of the test."""
    CONF.set_override("instances_path", str(tmp_path / "instances"))
    (tmp_path / "instances").mkdir()
    yield tmp_path / "instances"
    CONF.clear_override("instances_path")


@pytest.fixture
def option():
    """Set an option for the test: option(name, value, group)."""
    overridden = []

    def override(name, value, group=None):
        CONF.set_override(name, value, group)
        overridden.append((name, group))

    yield override
    for name, group in overridden:
        CONF.clear_override(name, group)


@pytest.fixture
def domain_xml(instances_path):
    """The XML of a server's guest: domain_xml(properties, extra_specs, vif=…, flavor's and instance's fields)."""

    def make(
        properties=None, specs=None, *, virt_type="qemu", network_info=(), disks=(), image=None, arch="x86_64",
        flavor=None, **values
    ):  # fmt: skip
        image = image or virt.an_image("22222222-0000-0000-0000-000000000002", properties)
        flavor = virt.a_flavor(extra_specs=specs or {}, **(flavor or {}))
        settings = {"id": 42, "uuid": "33333333-0000-0000-0000-000000000003", "display_name": "web"}
        instance = virt.an_instance(image, flavor, **(settings | values))
        host = FakeHost(arch)
        build = builder.Builder(host, images.ImageCache(None))
        build.prepare(virt_type, direct_io=True)
        hw = hardware.check(flavor, image)
        machine = builder.machine_type(host, hw, arch)
        planned = build.plan(instance, image, hw, list(disks), machine)
        return domain.build(
            build.guest(virt.a_context(), instance, image, hw, planned, network_info, machine)
        )

    return make
