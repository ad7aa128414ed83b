"""Options of nova-scheduler."""

from oslo_config import cfg

_MULTIPLIERS = (
    ("ram", 1.0, "free memory"),
    ("cpu", 1.0, "free VCPUs"),
    ("disk", 1.0, "free disk"),
    ("io_ops", -1.0, "running builds, resizes and snapshots"),
    ("build_failure", 1000000.0, "recent failed builds (taken as a penalty)"),
    ("soft_affinity", 1.0, "members of the server's soft-affinity group"),
    ("soft_anti_affinity", 1.0, "members of the server's soft-anti-affinity group (taken as a penalty)"),
)

OPTIONS = {
    "scheduler": [
        cfg.IntOpt("workers", default=1, min=1, help="Processes of nova-scheduler."),
        cfg.IntOpt(
            "max_attempts", default=3, min=1, help="Hosts on which a build is tried, the first one included."
        ),
        cfg.IntOpt(
            "max_placement_results",
            default=1000,
            min=1,
            help="Hosts with enough free resources that the database hands to the filters.",
        ),
        cfg.BoolOpt(
            "limit_tenants_to_placement_aggregate",
            default=False,
            help="Keep a project that an aggregate names in filter_tenant_id to that aggregate's hosts.",
        ),
    ],
    "filter_scheduler": [
        cfg.ListOpt(
            "enabled_filters",
            default=[
                "AvailabilityZoneFilter",
                "ComputeFilter",
                "ComputeCapabilitiesFilter",
                "ImagePropertiesFilter",
                "ServerGroupAntiAffinityFilter",
                "ServerGroupAffinityFilter",
                "SameHostFilter",
                "DifferentHostFilter",
            ],
            help="Filters that a host must pass, in this order (entry points nova_lite.scheduler.filters).",
        ),
        cfg.ListOpt(
            "weight_classes",
            default=["all"],
            help="Weighers by entry point name (nova_lite.scheduler.weights); all: every one.",
        ),
        cfg.IntOpt("host_subset_size", default=1, min=1, help="Pick at random among this many best hosts."),
        cfg.BoolOpt(
            "shuffle_best_same_weighed_hosts", default=False, help="Shuffle hosts of the same weight."
        ),
        cfg.IntOpt(
            "max_io_ops_per_host", default=8, min=0, help="Most builds, resizes, snapshots of a host."
        ),
        cfg.IntOpt("max_instances_per_host", default=50, min=1, help="Most servers of a host."),
        cfg.ListOpt("isolated_images", default=[], help="Images that may only run on isolated_hosts."),
        cfg.ListOpt("isolated_hosts", default=[], help="Hosts for isolated_images."),
        cfg.BoolOpt(
            "restrict_isolated_hosts_to_isolated_images",
            default=True,
            help="Keep other images off isolated_hosts.",
        ),
        *[
            cfg.FloatOpt(
                f"{name}_weight_multiplier",
                default=default,
                help=f"Factor of the weight for {text}; an aggregate's metadata of the same name wins.",
            )
            for name, default, text in _MULTIPLIERS
        ],
    ],
}
