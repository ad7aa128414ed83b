"""What this host's nodes have, told to the database. What is claimed of them is the scheduler's to count."""

import threading

from oslo_log import log as logging

from nova_lite.conf import CONF
from nova_lite.objects.compute_node import ComputeNodeList

LOG = logging.getLogger(__name__)


class ResourceTracker:
    """Reports the nodes of one service."""

    def __init__(self, host: str, driver, service_id: int):
        self._host = host
        self._driver = driver
        self._service_id = service_id
        self._failed: dict[str, int] = {}
        self._lock = threading.Lock()

    def update(self, context) -> None:
        """Report all nodes."""
        records = [self._record(name) for name in self._driver.get_available_nodes()]
        ComputeNodeList.report(context, self._host, self._service_id, records)

    def _record(self, nodename: str) -> dict:
        resources = self._driver.get_available_resource(nodename)
        return {
            "hypervisor_hostname": resources.hypervisor_hostname,
            "vcpus": resources.vcpus,
            "memory_mb": resources.memory_mb,
            "local_gb": resources.local_gb,
            "reserved_vcpus": CONF.reserved_host_cpus,
            "reserved_memory_mb": CONF.reserved_host_memory_mb,
            "reserved_local_gb": -(-CONF.reserved_host_disk_mb // 1024),
            "cpu_allocation_ratio": _ratio("cpu"),
            "ram_allocation_ratio": _ratio("ram"),
            "disk_allocation_ratio": _ratio("disk"),
            "hypervisor_type": resources.hypervisor_type,
            "hypervisor_version": resources.hypervisor_version,
            "cpu_info": resources.cpu_info,
            "disk_available_least": resources.disk_available_least,
            "host_ip": CONF.my_ip,
            "supported_instances": resources.supported_instances,
            "stats": resources.stats,
            "traits": resources.traits,
            "uptime": resources.uptime,
            "failed_builds": self._failed.get(nodename, 0),
        }

    def build_failed(self, nodename: str) -> None:
        """Count a failed build, so that the scheduler prefers other hosts."""
        if CONF.consecutive_build_service_disable_threshold:
            with self._lock:
                self._failed[nodename] = self._failed.get(nodename, 0) + 1

    def build_succeeded(self, nodename: str) -> None:
        """One success forgives all failures."""
        with self._lock:
            self._failed.pop(nodename, None)


def _ratio(kind: str) -> float:
    wanted = CONF[f"{kind}_allocation_ratio"]
    return wanted or CONF[f"initial_{kind}_allocation_ratio"]
