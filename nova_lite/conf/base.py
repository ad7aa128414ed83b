"""Options of every service."""

import socket

from oslo_config import cfg

OPTIONS = {
    "DEFAULT": [
        cfg.StrOpt(
            "concurrency_backend",
            default="auto",
            choices=["auto", "threading", "eventlet"],
            help="How a service runs things at the same time. auto is threading. Read before everything else;"
            " the environment variable NOVA_LITE_CONCURRENCY wins.",
        ),
        cfg.StrOpt(
            "host",
            default=socket.gethostname(),
            sample_default="<the machine's host name>",
            help="Name of this host in services, queues (topic.HOST) and server records. Must be unique.",
        ),
        cfg.StrOpt("my_ip", default="127.0.0.1", help="Address that other hosts reach this host by."),
        cfg.StrOpt(
            "state_path", default="/var/lib/nova-lite", help="Directory for the state that nova-lite keeps."
        ),
        cfg.StrOpt("tempdir", help="Directory for temporary files; the system's when unset."),
        cfg.IntOpt(
            "report_interval", default=10, min=1, help="Seconds between two state reports of a service."
        ),
        cfg.IntOpt(
            "service_down_time",
            default=60,
            min=1,
            help="Seconds after its last state report when a service counts as down.",
        ),
        cfg.BoolOpt("periodic_enable", default=True, help="Run periodic tasks."),
        cfg.IntOpt(
            "periodic_fuzzy_delay",
            default=60,
            min=0,
            help="Upper bound in seconds of the random delay before the first run of the periodic tasks.",
        ),
        cfg.IntOpt(
            "manager_shutdown_timeout",
            default=160,
            min=0,
            help="Seconds that a stopping service waits for its running work; below graceful_shutdown_timeout.",
        ),
        cfg.IntOpt(
            "rpc_ready_timeout",
            default=10,
            min=1,
            help="Seconds that one ping waits when a service waits for nova-conductor to come up.",
        ),
        cfg.IntOpt(
            "long_rpc_timeout",
            default=1800,
            min=1,
            help="Seconds that a long RPC call may take in all; rpc_response_timeout then bounds the time"
            " between two heartbeats of the called service.",
        ),
    ],
    "conductor": [
        cfg.IntOpt("workers", default=1, min=1, help="Processes of nova-conductor."),
    ],
    "upgrade_levels": [
        cfg.StrOpt(
            name,
            help=f"Highest version of the {name} RPC interface that this service sends: a number such as 6.4,"
            " or auto (compute only: what the oldest running nova-compute understands). Unset: the newest.",
        )
        for name in ("compute", "scheduler", "conductor", "baseapi")
    ],
}
