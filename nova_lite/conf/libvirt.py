"""Options of the libvirt driver."""

from oslo_config import cfg

OPTIONS = {
    "libvirt": [
        cfg.StrOpt("connection_uri", default="", help="libvirt URI; empty: qemu:///system."),
        cfg.StrOpt(
            "virt_type",
            default="auto",
            choices=["auto", "kvm", "qemu"],
            help="kvm, qemu (emulation), or auto: kvm when a probe guest really runs in it, else qemu.",
        ),
        cfg.StrOpt(
            "cpu_mode",
            choices=["host-model", "host-passthrough", "maximum", "custom", "none"],
            help="CPU of guests; unset: host-model with kvm, none with qemu.",
        ),
        cfg.ListOpt("cpu_models", default=[], help="Named CPU models, for cpu_mode custom."),
        cfg.ListOpt("cpu_model_extra_flags", default=[], help="CPU flags added (+flag) or removed (-flag)."),
        cfg.StrOpt(
            "hw_machine_type", help="Machine type of guests whose image names none; unset: q35 or pc."
        ),
        cfg.StrOpt(
            "images_type",
            default="default",
            choices=["default", "qcow2", "raw", "flat"],
            help="Disk backend: default is qcow2 when use_cow_images, else flat.",
        ),
        cfg.ListOpt("disk_cachemodes", default=[], help="Cache mode by disk type, such as file=writeback."),
        cfg.StrOpt(
            "sysinfo_serial",
            default="unique",
            choices=["none", "os", "hardware", "auto", "unique"],
            help="SMBIOS serial of a guest: its server's uuid (unique), the host's (os, hardware), or none.",
        ),
        cfg.StrOpt("rng_dev_path", default="/dev/urandom", help="Source of the guests' random numbers."),
        cfg.IntOpt(
            "mem_stats_period_seconds", default=10, help="Seconds between balloon statistics; 0: off."
        ),
        cfg.IntOpt("num_pcie_ports", default=0, min=0, max=28, help="PCIe root ports; 0: libvirt decides."),
        cfg.IntOpt(
            "wait_soft_reboot_seconds", default=120, min=1, help="Seconds before a soft reboot turns hard."
        ),
        cfg.IntOpt("call_timeout", default=120, min=1, help="Seconds that one libvirt call may take."),
        cfg.BoolOpt("swtpm_enabled", default=False, help="Allow emulated TPMs (needs swtpm)."),
        cfg.IntOpt(
            "tb_cache_mb", default=0, min=0, help="MiB of QEMU's translation cache (qemu only); 0: default."
        ),
    ],
}
