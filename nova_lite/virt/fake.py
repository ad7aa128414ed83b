"""The fake driver: guests that exist only in memory, for throw-away clouds in CI and for load tests.

It keeps the contract of virt/driver.py as the libvirt driver does (tests/functional/virt runs the same tests
against both). Options are in `[fake]`: how many hypervisors, what each has, how long an operation takes, and
what fails. With `[fake] state_file`, guests survive a restart of nova-compute, as real ones do.
"""

import dataclasses
import json
import pathlib
import random
import threading
import time
from collections import Counter
from typing import TextIO

from nova_lite import exception
from nova_lite.compute import power_state
from nova_lite.conf import CONF
from nova_lite.virt import driver

CONSOLE = b"FAKE CONSOLE OUTPUT\nANOTHER\nLAST LINE"
HYPERVISOR_TYPE = "fake"
HYPERVISOR_VERSION = 1000
CPU_INFO = {
    "arch": "x86_64",
    "model": "Nehalem",
    "vendor": "Intel",
    "features": ["pge", "clflush"],
    "topology": {"cores": 1, "threads": 1, "sockets": 4, "cells": 1},
}

#: What a failing operation raises; the others raise InternalError. A failing spawn may be tried elsewhere.
_FAILURES = {
    "destroy": exception.InstanceTerminationFailure,
    "power_off": exception.InstancePowerOffFailure,
    "reboot": exception.InstanceRebootFailure,
    "suspend": exception.InstanceSuspendFailure,
    "resume": exception.InstanceResumeFailure,
}


@dataclasses.dataclass
class Guest:
    """A guest of the fake driver. `saved`: its memory is on disk (suspended), so it is off."""

    uuid: str
    name: str
    node: str
    disk_gb: int
    state: int = power_state.RUNNING
    saved: bool = False


class Journal:
    """The guests in a file: one JSON line a change, the last line of a guest counts; rewritten at start.

    Lines reach the kernel before an operation ends, so guests survive a killed process (not a lost host).
    """

    def __init__(self, path: pathlib.Path):
        self._path = path
        self._lock = threading.Lock()
        self._file: TextIO | None = None

    def load(self) -> dict[str, Guest]:
        """Return the guests that the file knows.

        Raises:
            ConfigurationError: the file cannot be read or is not a journal.
        """
        guests: dict[str, Guest] = {}
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
            for number, line in enumerate(lines):
                try:
                    record = json.loads(line)
                except ValueError:
                    if number + 1 == len(lines):
                        break  # the process was killed while it wrote this line
                    raise
                if record["state"] is None:
                    guests.pop(record["uuid"], None)
                else:
                    guests[record["uuid"]] = Guest(**record)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_name(f"{self._path.name}.part")
            fresh.write_text("".join(self._line(guest) for guest in guests.values()), encoding="utf-8")
            fresh.replace(self._path)
            self._file = self._path.open("a", encoding="utf-8")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise exception.ConfigurationError(reason=f"[fake] state_file: {self._path}: {error}") from error
        return guests

    @staticmethod
    def _line(guest: Guest) -> str:
        return json.dumps(dataclasses.asdict(guest)) + "\n"

    def write(self, guest: Guest, *, gone: bool = False) -> None:
        """Write what a guest has become."""
        line = json.dumps({"uuid": guest.uuid, "state": None}) + "\n" if gone else self._line(guest)
        with self._lock:
            if self._file is not None:
                self._file.write(line)
                self._file.flush()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None


class FakeDriver(driver.ComputeDriver):
    """Guests in memory."""

    capabilities = {"has_imagecache": True, "evacuate": True, "migrate_to_same_host": True}

    def __init__(self, host: str):
        super().__init__(host)
        count = CONF.fake.nodes_per_host
        self._nodes = [host] if count == 1 else [f"{host}-node-{number}" for number in range(count)]
        self._guests: dict[str, Guest] = {}
        self._disk_used: Counter[str] = Counter()
        self._started = time.monotonic()
        self._journal: Journal | None = None

    # -- the host

    def init_host(self) -> None:
        """Read the guests of an earlier process, if `[fake] state_file` is set."""
        unknown = sorted(set(CONF.fake.fail_operations) - OPERATIONS)
        if unknown:
            raise exception.ConfigurationError(
                reason=f"[fake] fail_operations: {', '.join(unknown)} unknown;"
                f" known: {', '.join(sorted(OPERATIONS))}"
            )
        if CONF.fake.state_file and self._journal is None:
            self._journal = Journal(pathlib.Path(f"{CONF.fake.state_file}-{self.host}"))
            self._guests = self._journal.load()
            self._disk_used = Counter()
            for guest in self._guests.values():
                self._disk_used[guest.node] += guest.disk_gb

    def cleanup_host(self) -> None:
        """Close the state file."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def get_available_nodes(self) -> list[str]:
        """Return HOST, or HOST-node-0, HOST-node-1, … with `[fake] nodes_per_host` above 1."""
        return list(self._nodes)

    def get_available_resource(self, nodename: str) -> driver.Resources:
        """Return the capacity in `[fake]`."""
        return driver.Resources(
            hypervisor_hostname=nodename,
            vcpus=CONF.fake.vcpus,
            memory_mb=CONF.fake.memory_mb,
            local_gb=CONF.fake.local_gb,
            hypervisor_type=HYPERVISOR_TYPE,
            hypervisor_version=HYPERVISOR_VERSION,
            cpu_info=CPU_INFO,
            disk_available_least=max(0, CONF.fake.local_gb - self._disk_used[nodename]),
            supported_instances=[["x86_64", HYPERVISOR_TYPE, "hvm"]],
            uptime=self.get_host_uptime(),
        )

    def get_host_uptime(self) -> str:
        """Return an `uptime` line with the age of this driver."""
        minutes = int(time.monotonic() - self._started) // 60
        age = f"{minutes // 60}:{minutes % 60:02d}" if minutes >= 60 else f"{minutes} min"
        return (
            f" {time.strftime('%H:%M:%S', time.gmtime())} up {age},  0 users,  load average: 0.00, 0.00, 0.00"
        )

    def list_domains(self) -> list[driver.DomainRecord]:
        """Return the guests; there are no foreign ones."""
        return [
            driver.DomainRecord(uuid=guest.uuid, name=guest.name, state=guest.state, ours=True)
            for guest in list(self._guests.values())
        ]

    # -- what an operation is made of

    def _operate(self, operation: str, instance) -> None:
        """Take the time and fail as the options say."""
        if CONF.fake.latency:
            time.sleep(CONF.fake.latency)  # the latency is what was asked for, not a wait for something
        fails = operation in CONF.fake.fail_operations
        if operation == "spawn" and not fails:
            fails = random.random() < CONF.fake.failure_rate
        if fails:
            reason = f"[fake] {operation} of {instance.uuid} fails as configured"
            kind = _FAILURES.get(operation)
            raise kind(reason=reason) if kind else exception.InternalError(err=reason)

    def _guest(self, instance) -> Guest:
        try:
            return self._guests[instance.uuid]
        except KeyError:
            raise exception.InstanceNotFound(instance_id=instance.uuid) from None

    def _become(self, guest: Guest, state: int, *, saved: bool = False) -> None:
        guest.state, guest.saved = state, saved
        if self._journal is not None:
            self._journal.write(guest)

    @staticmethod
    def _require(guest: Guest, states: tuple[int, ...], method: str) -> None:
        if guest.state not in states:
            raise exception.InstanceInvalidState(
                method=method,
                instance_uuid=guest.uuid,
                attr="power_state",
                state=power_state.NAMES[guest.state],
            )

    # -- the life of a guest

    def spawn(
        self,
        context,
        instance,
        image_meta,
        network_info,
        block_device_info,
        admin_password=None,
        injected_files=None,
    ) -> None:
        """Make the guest; it runs at once."""
        self._operate("spawn", instance)
        if instance.uuid in self._guests:
            return
        instance.root_device_name = instance.root_device_name or "/dev/vda"
        flavor = instance.flavor
        guest = Guest(
            uuid=instance.uuid,
            name=instance.name,
            node=instance.node or self._nodes[0],
            disk_gb=flavor.root_gb + flavor.ephemeral_gb,
        )
        self._guests[guest.uuid] = guest
        self._disk_used[guest.node] += guest.disk_gb
        self._become(guest, power_state.RUNNING)

    def destroy(self, context, instance, network_info=None, *, destroy_disks: bool = True) -> None:
        """Forget the guest."""
        self._operate("destroy", instance)
        guest = self._guests.pop(instance.uuid, None)
        if guest is None:
            return
        self._disk_used[guest.node] -= guest.disk_gb
        if self._journal is not None:
            self._journal.write(guest, gone=True)

    def instance_exists(self, instance) -> bool:
        """Return whether the guest was spawned here."""
        return instance.uuid in self._guests

    def get_info(self, instance) -> driver.InstanceInfo:
        """Return the guest's state."""
        return driver.InstanceInfo(state=self._guest(instance).state)

    def power_off(self, instance, timeout: int = 0, retry_interval: int = 10) -> None:
        """Stop the guest."""
        guest = self._guest(instance)
        self._operate("power_off", instance)
        if guest.state != power_state.SHUTDOWN:
            self._become(guest, power_state.SHUTDOWN)

    def power_on(self, context, instance, network_info, block_device_info) -> None:
        """Start the guest; one that was suspended starts anew."""
        guest = self._guest(instance)
        self._operate("power_on", instance)
        if guest.state != power_state.RUNNING:
            self._become(guest, power_state.RUNNING)

    def reboot(self, context, instance, network_info, reboot_type: str, block_device_info) -> None:
        """Run the guest again."""
        guest = self._guest(instance)
        self._operate("reboot", instance)
        self._become(guest, power_state.RUNNING)

    def pause(self, instance) -> None:
        """Pause a running guest."""
        guest = self._guest(instance)
        self._operate("pause", instance)
        self._require(guest, (power_state.RUNNING, power_state.PAUSED), "pause")
        self._become(guest, power_state.PAUSED)

    def unpause(self, instance) -> None:
        """Let a paused guest go on."""
        guest = self._guest(instance)
        self._operate("unpause", instance)
        self._require(guest, (power_state.RUNNING, power_state.PAUSED), "unpause")
        self._become(guest, power_state.RUNNING)

    def suspend(self, context, instance) -> None:
        """Suspend a guest; the hypervisor then calls it shut down."""
        guest = self._guest(instance)
        self._operate("suspend", instance)
        if guest.saved:
            return
        self._require(guest, (power_state.RUNNING, power_state.PAUSED), "suspend")
        self._become(guest, power_state.SHUTDOWN, saved=True)

    def resume(self, context, instance, network_info, block_device_info) -> None:
        """Run a suspended guest again; as libvirt does, one that was only off is started."""
        guest = self._guest(instance)
        self._operate("resume", instance)
        if guest.state != power_state.RUNNING:
            self._become(guest, power_state.RUNNING)

    def get_console_output(self, context, instance) -> bytes:
        """Return three lines."""
        guest = self._guest(instance)
        self._operate("get_console_output", instance)
        return f"{guest.name}\n".encode() + CONSOLE

    # -- for tests: what a guest does by itself

    def guest_does(self, uuid: str, transition: str) -> None:
        """Let the guest itself stop, start, pause … (`transition` of a LifecycleEvent) and report it.

        Raises:
            KeyError: there is no such guest, or no such transition.
        """
        state = {
            driver.STARTED: power_state.RUNNING,
            driver.RESUMED: power_state.RUNNING,
            driver.STOPPED: power_state.SHUTDOWN,
            driver.PAUSED: power_state.PAUSED,
            driver.SUSPENDED: power_state.SUSPENDED,
        }[transition]
        self._become(self._guests[uuid], state)
        self.emit_event(driver.LifecycleEvent(uuid, transition))


#: What `[fake] fail_operations` may name.
OPERATIONS = frozenset(
    {
        "spawn",
        "destroy",
        "power_off",
        "power_on",
        "reboot",
        "pause",
        "unpause",
        "suspend",
        "resume",
        "get_console_output",
    }
)
