"""Options of nova-compute."""

from oslo_config import cfg

OPTIONS = {
    "DEFAULT": [
        cfg.StrOpt(
            "compute_driver",
            help="Virt driver: libvirt.LibvirtDriver or fake.FakeDriver (entry points nova_lite.virt).",
        ),
        cfg.StrOpt(
            "instances_path", default="$state_path/instances", help="Directory of the servers' disks."
        ),
        cfg.IntOpt("max_concurrent_builds", default=10, min=0, help="Builds at a time; 0 means no bound."),
        cfg.IntOpt("reserved_host_memory_mb", default=512, min=0, help="MiB kept for the host itself."),
        cfg.IntOpt("reserved_host_disk_mb", default=0, min=0, help="MiB of disk kept for the host itself."),
        cfg.IntOpt("reserved_host_cpus", default=0, min=0, help="CPUs kept for the host itself."),
        *[
            cfg.FloatOpt(
                f"{name}_allocation_ratio", min=0.0, help=f"Virtual {text} per physical one; unset: initial_…"
            )
            for name, text in (("cpu", "CPUs"), ("ram", "memory"), ("disk", "disk"))
        ],
        cfg.FloatOpt("initial_cpu_allocation_ratio", default=4.0, min=0.0, help="CPU ratio of a new host."),
        cfg.FloatOpt(
            "initial_ram_allocation_ratio", default=1.0, min=0.0, help="Memory ratio of a new host."
        ),
        cfg.FloatOpt("initial_disk_allocation_ratio", default=1.0, min=0.0, help="Disk ratio of a new host."),
        cfg.IntOpt("update_resources_interval", default=60, help="Seconds between two resource reports."),
        cfg.IntOpt(
            "sync_power_state_interval", default=600, help="Seconds between two power-state syncs; <0: off."
        ),
        cfg.IntOpt(
            "running_deleted_instance_poll_interval",
            default=1800,
            help="Seconds between two looks for guests whose server was deleted.",
        ),
        cfg.StrOpt(
            "running_deleted_instance_action",
            default="reap",
            choices=["reap", "log", "shutdown", "noop"],
            help="What to do with a guest whose server was deleted.",
        ),
        cfg.IntOpt(
            "running_deleted_instance_timeout",
            default=0,
            help="Seconds since the deletion before such a guest is touched.",
        ),
        cfg.IntOpt(
            "instance_delete_interval", default=300, help="Seconds between clean-ups of leftover files."
        ),
        cfg.IntOpt(
            "shutdown_timeout", default=60, min=0, help="Seconds that a guest gets to shut down cleanly."
        ),
        cfg.BoolOpt(
            "resume_guests_state_on_host_boot",
            default=False,
            help="Start guests that ran when the host went down.",
        ),
        cfg.IntOpt(
            "reboot_timeout", default=0, min=0, help="Seconds after which a reboot is forced; 0: never."
        ),
        cfg.IntOpt(
            "instance_build_timeout", default=0, min=0, help="Seconds after which a build is ERROR; 0: never."
        ),
        cfg.BoolOpt("force_config_drive", default=False, help="Give every server a config drive."),
        cfg.StrOpt(
            "config_drive_format", default="iso9660", choices=["iso9660", "vfat"], help="Its file system."
        ),
        cfg.BoolOpt("use_cow_images", default=True, help="qcow2 overlays over a cached base."),
        cfg.BoolOpt("force_raw_images", default=True, help="Convert cached bases to raw."),
        cfg.StrOpt("default_ephemeral_format", help="File system of ephemeral disks; ext4 when unset."),
        cfg.StrOpt(
            "preallocate_images", default="none", choices=["none", "space"], help="Allocate disks at once."
        ),
        cfg.IntOpt(
            "max_local_block_devices", default=3, help="Local block devices of a server; -1: no limit."
        ),
        cfg.IntOpt(
            "consecutive_build_service_disable_threshold",
            default=10,
            help="Nonzero: count failed builds of a host, so that the scheduler prefers others.",
        ),
    ],
    "image_cache": [
        cfg.IntOpt("manager_interval", default=2400, help="Seconds between two clean-ups; -1: never."),
        cfg.StrOpt("subdirectory_name", default="_base", help="Directory of the bases below instances_path."),
        cfg.BoolOpt("remove_unused_base_images", default=True, help="Remove bases that no disk uses."),
        cfg.IntOpt(
            "remove_unused_original_minimum_age_seconds",
            default=24 * 3600,
            help="Seconds that an unused base is kept.",
        ),
    ],
    "vnc": [
        cfg.BoolOpt("enabled", default=True, help="Give guests a VNC display."),
        cfg.StrOpt("server_listen", default="127.0.0.1", help="Address that the display listens on."),
    ],
    "fake": [
        cfg.IntOpt(
            "hosts",
            default=1,
            min=1,
            help="nova-compute services that one process runs on the fake driver, named HOST, HOST-1, HOST-2, …;"
            " each has queues of its own.",
        ),
        cfg.IntOpt(
            "nodes_per_host",
            default=1,
            min=1,
            help="Hypervisors that each of them reports: thousands cost no more connections than one.",
        ),
        cfg.IntOpt("vcpus", default=1000, min=1, help="CPUs of each."),
        cfg.IntOpt("memory_mb", default=800000, min=1, help="Memory of each, in MiB."),
        cfg.IntOpt("local_gb", default=600000, min=1, help="Disk of each, in GiB."),
        cfg.FloatOpt("latency", default=0.0, min=0.0, help="Seconds that each operation takes."),
        cfg.FloatOpt("failure_rate", default=0.0, min=0.0, max=1.0, help="Share of spawns that fail."),
        cfg.ListOpt(
            "fail_operations", default=[], help="Operations that always fail (spawn, power_off, reboot, …)."
        ),
        cfg.StrOpt(
            "state_file",
            help="Start of the names of the files (one a host: VALUE-HOST) in which guests survive a restart of"
            " nova-compute, such as $state_path/fake-guests; unset: guests end with the process.",
        ),
    ],
}
