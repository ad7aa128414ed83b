"""The domain XML: whole for a common server, and the element of each property."""

import pathlib
import re
from xml.etree import ElementTree as ET

import pytest

from nova_lite import exception, version
from nova_lite.virt import hardware
from nova_lite.virt.libvirt.xml import domain
from tests.support import virt

GOLDEN = pathlib.Path(__file__).parent / "golden"

#: Rows of the table of hardware with no element of their own, and why.
NOT_IN_XML = {
    **dict.fromkeys(("architecture", "hv_type", "vm_mode"), "the scheduler's filter"),
    **dict.fromkeys(("rescue_device", "rescue_bus"), "rescue"),
    **dict.fromkeys(
        ("auto_disk_config", "os_admin_user", "require_quiesce", "os_distro"), "other operations"
    ),
    "os_shutdown_timeout": "power_off",
    "pci_numa_affinity_policy": "there are no PCI devices",
    "floppy_bus": "one choice",
    "rng_model": "one choice",
}

#: (properties, extra specs, more of domain_xml's arguments, XPath that must be found; with `!` before it: not)
ROWS = [
    ("disk_bus", {"hw_disk_bus": "scsi"}, {}, {}, "devices/disk/target[@dev='sda'][@bus='scsi']"),
    ("disk_bus", {"hw_disk_bus": "sata"}, {}, {}, "devices/disk/target[@dev='sda'][@bus='sata']"),
    ("disk_bus", {"hw_disk_bus": "ide"}, {}, {}, "devices/disk/target[@dev='hda'][@bus='ide']"),
    ("disk_bus", {"hw_disk_bus": "usb"}, {}, {}, "devices/disk/target[@dev='sda'][@bus='usb']"),
    ("cdrom_bus", {"hw_cdrom_bus": "scsi"}, {}, {"config_drive": "True"},
     "devices/disk[@device='cdrom']/target[@dev='sda'][@bus='scsi']"),
    ("cdrom_bus", {"hw_machine_type": "q35"}, {}, {"config_drive": "True"},
     "devices/disk[@device='cdrom']/target[@dev='sda'][@bus='sata']"),
    ("scsi_model", {"hw_disk_bus": "scsi", "hw_scsi_model": "lsilogic"}, {}, {},
     "devices/controller[@type='scsi'][@model='lsilogic']"),
    ("scsi_model", {"hw_disk_bus": "scsi"}, {}, {}, "devices/controller[@type='scsi'][@model='virtio-scsi']"),
    ("vif_model", {"hw_vif_model": "e1000"}, {}, {"network_info": [virt.a_vif()]},
     "devices/interface/model[@type='e1000']"),
    ("vif_multiqueue", {"hw_vif_multiqueue_enabled": "true"}, {},
     {"network_info": [virt.a_vif()], "flavor": {"vcpus": 2}}, "devices/interface/driver[@queues='2']"),
    ("vif_multiqueue", {}, {"hw:vif_multiqueue_enabled": "true"}, {"network_info": [virt.a_vif()]},
     "!devices/interface/driver"),
    ("virtio_packed_ring", {"hw_virtio_packed_ring": "true"}, {}, {}, "devices/disk/driver[@packed='on']"),
    ("virtio_packed_ring", {}, {"hw:virtio_packed_ring": "true"}, {"network_info": [virt.a_vif()]},
     "devices/interface/driver[@packed='on']"),
    ("machine_type", {"hw_machine_type": "q35"}, {}, {}, "os/type[@machine='q35']"),
    ("firmware_type", {"hw_firmware_type": "uefi"}, {}, {}, "os[@firmware='efi']/firmware/feature[@enabled='no']"),
    ("firmware_type", {"hw_firmware_type": "bios"}, {}, {}, "!os[@firmware]"),
    ("firmware_stateless", {"hw_firmware_type": "uefi", "hw_firmware_stateless": "true"}, {}, {},
     "os/loader[@stateless='yes']"),
    ("secure_boot", {"os_secure_boot": "required"}, {}, {}, "os/type[@machine='q35']"),
    ("secure_boot", {}, {"os:secure_boot": "required"}, {}, "os/firmware/feature[@name='enrolled-keys']"),
    ("secure_boot", {"os_secure_boot": "required"}, {}, {}, "features/smm[@state='on']"),
    ("secure_boot", {"os_secure_boot": "optional"}, {}, {}, "!features/smm"),
    ("boot_menu", {"hw_boot_menu": "true"}, {}, {}, "os/bootmenu[@enable='yes']"),
    ("tpm_version", {"hw_tpm_version": "2.0"}, {}, {}, "devices/tpm[@model='tpm-tis']/backend[@version='2.0']"),
    ("tpm_model", {}, {"hw:tpm_version": "2.0", "hw:tpm_model": "tpm-crb"}, {}, "devices/tpm[@model='tpm-crb']"),
    ("viommu_model", {"hw_viommu_model": "intel", "hw_machine_type": "q35"}, {}, {},
     "devices/iommu[@model='intel']/driver[@intremap='on']"),
    ("viommu_model", {"hw_viommu_model": "auto", "hw_machine_type": "q35"}, {}, {}, "features/ioapic[@driver='qemu']"),
    ("viommu_model", {"hw_viommu_model": "auto"}, {}, {}, "devices/iommu[@model='virtio']"),
    ("qemu_guest_agent", {"hw_qemu_guest_agent": "yes"}, {}, {},
     "devices/channel/target[@name='org.qemu.guest_agent.0']"),
    ("qemu_guest_agent", {}, {}, {}, "!devices/channel"),
    ("rng_allowed", {}, {}, {}, "devices/rng/backend[@model='random']"),
    ("rng_allowed", {}, {"hw_rng:allowed": "false"}, {}, "!devices/rng"),
    ("rng_rate_bytes", {}, {"hw_rng:rate_bytes": "100"}, {}, "devices/rng/rate[@bytes='100']"),
    ("rng_rate_period", {}, {"hw_rng:rate_bytes": "100", "hw_rng:rate_period": "10"}, {},
     "devices/rng/rate[@period='10']"),
    ("watchdog_action", {"hw_watchdog_action": "poweroff"}, {}, {},
     "devices/watchdog[@model='i6300esb'][@action='poweroff']"),
    ("watchdog_action", {"hw_watchdog_action": "disabled"}, {"hw:watchdog_action": "reset"}, {}, "!devices/watchdog"),
    ("video_model", {"hw_video_model": "vga"}, {}, {}, "devices/video/model[@type='vga']"),
    ("video_model", {}, {}, {}, "devices/video/model[@type='virtio']"),
    ("video_ram", {"hw_video_model": "qxl", "hw_video_ram": "8"}, {"hw_video:ram_max_mb": "16"}, {},
     "devices/video/model[@vram='8192']"),
    ("serial_port_count", {}, {"hw:serial_port_count": "2"}, {}, "devices/serial/target[@port='1']"),
    ("serial_port_count", {}, {"hw:serial_port_count": "0"}, {}, "!devices/serial"),
    ("pointer_model", {"hw_pointer_model": "usbtablet"}, {}, {}, "devices/input[@type='tablet'][@bus='usb']"),
    ("pointer_model", {"hw_pointer_model": "ps2mouse"}, {}, {}, "!devices/input"),
    ("input_bus", {"hw_input_bus": "virtio"}, {}, {}, "devices/input[@type='tablet'][@bus='virtio']"),
    ("input_bus", {"hw_input_bus": "virtio"}, {}, {}, "devices/controller[@type='usb'][@model='none']"),
    ("sound_model", {"hw_sound_model": "ich6"}, {}, {}, "devices/sound[@model='ich6']"),
    ("usb_model", {"hw_usb_model": "qemu-xhci"}, {}, {}, "devices/controller[@type='usb'][@model='qemu-xhci']"),
    ("cpu_sockets", {"hw_cpu_sockets": "2"}, {}, {"flavor": {"vcpus": 4}}, "cpu/topology[@sockets='2'][@cores='2']"),
    ("cpu_cores", {}, {"hw:cpu_cores": "4"}, {"flavor": {"vcpus": 4}}, "cpu/topology[@sockets='1'][@cores='4']"),
    ("cpu_threads", {"hw_cpu_threads": "2"}, {}, {"flavor": {"vcpus": 4}}, "cpu/topology[@threads='2']"),
    ("cpu_max_sockets", {"hw_cpu_max_sockets": "1"}, {}, {"flavor": {"vcpus": 4}}, "cpu/topology[@cores='4']"),
    ("cpu_max_cores", {"hw_cpu_max_sockets": "1", "hw_cpu_max_cores": "2"}, {}, {"flavor": {"vcpus": 4}},
     "cpu/topology[@cores='2'][@threads='2']"),
    ("cpu_max_threads", {}, {"hw:cpu_max_threads": "1"}, {"flavor": {"vcpus": 4}}, "cpu/topology[@sockets='4']"),
    ("pmu", {"hw_pmu": "false"}, {}, {}, "features/pmu[@state='off']"),
    ("hide_hypervisor", {"img_hide_hypervisor_id": "true"}, {}, {"virt_type": "kvm"}, "features/kvm/hidden"),
    ("hide_hypervisor", {}, {"hw:hide_hypervisor_id": "true"}, {"virt_type": "kvm"}, "features/kvm/hidden"),
    ("maxphysaddr_mode", {}, {"hw:maxphysaddr_mode": "passthrough"}, {"virt_type": "kvm"},
     "cpu/maxphysaddr[@mode='passthrough']"),
    ("maxphysaddr_bits", {}, {"hw:maxphysaddr_mode": "emulate", "hw:maxphysaddr_bits": "42"}, {"virt_type": "kvm"},
     "cpu/maxphysaddr[@bits='42']"),
    ("time_hpet", {"hw_time_hpet": "true"}, {}, {}, "clock/timer[@name='hpet'][@present='yes']"),
    ("time_hpet", {}, {}, {"virt_type": "kvm"}, "clock/timer[@name='hpet'][@present='no']"),
    ("config_drive", {"img_config_drive": "mandatory"}, {}, {}, "devices/disk[@device='cdrom']/readonly"),
    ("config_drive", {}, {}, {}, "!devices/disk[@device='cdrom']"),
    ("os_type", {"os_type": "windows"}, {}, {}, "clock[@offset='localtime']"),
    ("os_type", {"os_type": "windows"}, {}, {"virt_type": "kvm"}, "features/hyperv/relaxed[@state='on']"),
    ("os_type", {"os_type": "windows"}, {}, {"virt_type": "kvm"}, "clock/timer[@name='hypervclock']"),
    ("os_type", {"os_type": "linux"}, {}, {"virt_type": "kvm"}, "!features/hyperv"),
    ("os_command_line", {"os_command_line": "quiet"}, {}, {"kernel_id": "k", "ramdisk_id": "r"}, "os/cmdline"),
    ("cpu_shares", {}, {"quota:cpu_shares": "512"}, {}, "cputune/shares"),
    ("cpu_period", {}, {"quota:cpu_period": "10000"}, {}, "cputune/period"),
    ("cpu_quota", {}, {"quota:cpu_quota": "5000"}, {}, "cputune/quota"),
    *[
        (f"disk_{way}_{unit}_sec", {}, {f"quota:disk_{way}_{unit}_sec": "100"}, {},
         f"devices/disk/iotune/{way}_{unit}_sec")
        for way in ("read", "write", "total") for unit in ("bytes", "iops")
    ],
    *[
        (f"vif_{way}_{kind}", {}, {f"quota:vif_{way}_average": "7", f"quota:vif_{way}_{kind}": "7"},
         {"network_info": [virt.a_vif()]}, f"devices/interface/bandwidth/{way}[@{kind}='7']")
        for way in ("inbound", "outbound") for kind in ("average", "peak", "burst")
    ],
]  # fmt: skip


@pytest.fixture(autouse=True)
def _tpm(option):
    option("swtpm_enabled", True, "libvirt")


@pytest.mark.parametrize(("row", "properties", "specs", "more", "path"), ROWS)
def test_each_property_has_its_element(domain_xml, row, properties, specs, more, path):
    root = ET.fromstring(domain_xml(properties, specs, **more))
    wrapper = ET.Element("root")
    wrapper.append(root)
    found = wrapper.find(f"domain/{path.lstrip('!')}")
    assert (found is None) == path.startswith("!"), ET.tostring(root, encoding="unicode")


def test_all_rows_of_the_table_are_tested():
    def is_refused(row):
        return row.read.__qualname__.startswith("only.")

    tested = {row for row, *_ in ROWS}
    for row in hardware.TABLE:
        if not is_refused(row):
            assert (row.name in tested) != (row.name in NOT_IN_XML), row.name


def _same(text: str, name: str) -> None:
    text = re.sub(r"<nova:creationTime>[^<]*<", "<nova:creationTime>TIME<", text)
    text = text.replace(version.__version__, "VERSION")
    text = re.sub(r"(?<=[\"'>])/[^<\"']*/instances/", "/INSTANCES/", text)
    path = GOLDEN / name
    assert text + "\n" == path.read_text(encoding="utf-8"), f"not as in {path}:\n{text}"


def test_common_server(domain_xml):
    _same(domain_xml(config_drive="True", network_info=[virt.a_vif()]), "server.xml")


def test_windows_on_kvm_with_uefi(domain_xml):
    properties = {
        "os_type": "windows",
        "hw_firmware_type": "uefi",
        "hw_machine_type": "q35",
        "hw_cpu_sockets": "1",
    }
    disks = [
        virt.a_disk(),
        virt.a_disk(source_type="blank", boot_index=-1, volume_size=2),
        virt.a_disk(source_type="blank", boot_index=1, volume_size=3, disk_bus="sata"),
        virt.a_disk(source_type="blank", boot_index=-1, volume_size=512, guest_format="swap"),
    ]
    _same(domain_xml(properties, virt_type="kvm", disks=disks, flavor={"vcpus": 4}), "windows.xml")


def test_what_users_type_cannot_become_elements(domain_xml):
    evil = "</nova:name><devices/>\"'&<!-- \x00\x0b ]]>"
    text = domain_xml({"os_command_line": "a='</cmdline><x/>' & b"}, display_name=evil, kernel_id="k")
    root = ET.fromstring(text)
    name = root.find(".//{http://openstack.org/xmlns/libvirt/nova/1.1}name")
    assert name.text == evil.replace("\x00", "").replace("\x0b", "")
    assert len(root.findall("devices")) == 1
    assert root.findtext("os/cmdline") == "a='</cmdline><x/>' & b"


def test_our_guests_are_known_again():
    ours = '<instance>\n  <package version="1" name="nova-lite"/>\n  <name>x</name>\n</instance>'
    assert domain.is_ours(ours)
    namespace = 'xmlns:n="http://openstack.org/xmlns/libvirt/nova/1.1"'
    assert domain.is_ours(f'<n:instance {namespace}><n:package name="nova-lite"/></n:instance>')
    assert not domain.is_ours('<instance><package version="29.0.0"/></instance>')
    assert not domain.is_ours("<nova:instance/>")


@pytest.mark.parametrize(
    ("options", "virt_type", "arch", "expected"),
    [
        ({}, "qemu", "x86_64", {"match": "exact"}),
        ({}, "kvm", "x86_64", {"mode": "host-model"}),
        ({"cpu_mode": "maximum"}, "qemu", "x86_64", {"mode": "maximum"}),
        (
            {"cpu_mode": "custom", "cpu_models": ["Nehalem"]},
            "qemu",
            "x86_64",
            {"mode": "custom", "match": "exact"},
        ),
    ],
)
def test_cpu_mode(domain_xml, option, options, virt_type, arch, expected):
    for name, value in options.items():
        option(name, value, "libvirt")
    cpu = ET.fromstring(domain_xml(virt_type=virt_type, arch=arch)).find("cpu")
    assert cpu.attrib == expected
    assert cpu.findtext("model") == (options.get("cpu_models") or [None])[0]


def test_cpu_flags(domain_xml, option):
    option("cpu_mode", "maximum", "libvirt")
    option("cpu_model_extra_flags", ["+pcid", "-avx", "aes"], "libvirt")
    cpu = ET.fromstring(domain_xml()).find("cpu")
    assert [(node.get("name"), node.get("policy")) for node in cpu.findall("feature")] == [
        ("pcid", "require"), ("avx", "disable"), ("aes", "require"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "expected"),
    [("q35", "q35"), ("aarch64=virt,x86_64=pc-q35-7.2", "pc-q35-7.2"), ("aarch64=virt", "pc")],
)
def test_configured_machine(domain_xml, option, value, expected):
    option("hw_machine_type", value, "libvirt")
    assert ET.fromstring(domain_xml()).find("os/type").get("machine") == expected


def test_unknown_machine_is_refused(domain_xml):
    with pytest.raises(exception.UnsupportedHardware, match="pdp11"):
        domain_xml({"hw_machine_type": "pdp11"})


def test_tpm_needs_the_option(domain_xml, option):
    option("swtpm_enabled", False, "libvirt")
    with pytest.raises(exception.UnsupportedHardware, match="swtpm_enabled"):
        domain_xml({"hw_tpm_version": "2.0"})


@pytest.mark.parametrize(
    ("kind", "serial"),
    [("unique", "33333333-0000-0000-0000-000000000003"), ("none", None),
     ("hardware", "11111111-0000-0000-0000-000000000001")],
)  # fmt: skip
def test_serial_number(domain_xml, option, kind, serial):
    option("sysinfo_serial", kind, "libvirt")
    root = ET.fromstring(domain_xml())
    assert root.findtext("sysinfo/system/entry[@name='serial']") == serial


def test_without_display(domain_xml, option):
    option("enabled", False, "vnc")
    root = ET.fromstring(domain_xml())
    assert root.find("devices/graphics") is None
    assert root.find("devices/input") is None
    assert root.find("devices/video/model").get("type") == "none"


def test_open_vswitch_port(domain_xml):
    root = ET.fromstring(domain_xml(network_info=[virt.a_vif(type="ovs")]))
    assert root.find("devices/interface/virtualport/parameters").get("interfaceid") == virt.a_vif()["id"]


def test_tap_that_stands_already(domain_xml):
    interface = ET.fromstring(domain_xml(network_info=[virt.a_vif(type="tap")])).find("devices/interface")
    assert (interface.get("type"), interface.find("source")) == ("ethernet", None)
    assert interface.find("target").get("managed") == "no"


def test_unknown_vif_is_refused(domain_xml):
    with pytest.raises(exception.VirtualInterfaceCreateException, match="hw_veb"):
        domain_xml(network_info=[virt.a_vif(type="hw_veb")])


def test_iso_image_is_a_cdrom(domain_xml):
    image = virt.an_image(disk_format="iso")
    disk = ET.fromstring(domain_xml(image=image)).find("devices/disk")
    assert (disk.get("device"), disk.find("target").get("dev")) == ("cdrom", "hda")
    assert disk.find("boot").get("order") == "1"


def test_volumes_are_refused(domain_xml):
    with pytest.raises(exception.FeatureNotSupported, match="volumes"):
        domain_xml(disks=[virt.a_disk(source_type="volume", destination_type="volume", volume_id="v")])
