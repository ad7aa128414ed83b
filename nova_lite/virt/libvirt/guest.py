"""One guest at libvirt: found by its uuid, started, stopped, paused; every method may be called twice."""

import logging
import threading
import time

from nova_lite import exception
from nova_lite.compute import power_state
from nova_lite.virt import driver
from nova_lite.virt.libvirt.host import Host, LibvirtError
from nova_lite.virt.libvirt.xml import domain as domain_xml
from nova_lite.virt.libvirt.xml.element import NOVA_NAMESPACE

LOG = logging.getLogger(__name__)

#: virDomainState → Nova's power state.
POWER_STATES = {
    0: power_state.NOSTATE,
    1: power_state.RUNNING,
    2: power_state.RUNNING,  # blocked: waits for something
    3: power_state.PAUSED,
    4: power_state.SHUTDOWN,  # is shutting down
    5: power_state.SHUTDOWN,
    6: power_state.CRASHED,
    7: power_state.SUSPENDED,
}
_OFF = (5, 6)  # shut off, crashed
_PAUSED = (3,)
#: libvirt waits up to 15 s itself for a process that does not die.
DESTROY_ATTEMPTS = 3
#: Seconds that writing or reading a guest's memory may take.
SAVE_TIMEOUT = 1800


class Guest:
    """A domain that libvirt knows."""

    def __init__(self, host: Host, domain, uuid: str):
        self._host = host
        self._domain = domain
        self.uuid = uuid

    @classmethod
    def find(cls, host: Host, uuid: str) -> "Guest | None":
        """Return the guest, or None when libvirt does not know it."""
        try:
            return cls(host, host.ask("lookupByUUIDString", uuid), uuid)
        except LibvirtError as error:
            if error.error_code == host.libvirt.VIR_ERR_NO_DOMAIN:
                return None
            raise

    @classmethod
    def get(cls, host: Host, uuid: str) -> "Guest":
        """Return the guest.

        Raises:
            InstanceNotFound: libvirt does not know it.
        """
        guest = cls.find(host, uuid)
        if guest is None:
            raise exception.InstanceNotFound(instance_id=uuid)
        return guest

    @classmethod
    def define(cls, host: Host, uuid: str, xml: str) -> "Guest":
        """Define a guest, or change the definition of one that is there."""
        return cls(host, host.ask("defineXML", xml), uuid)

    # -- what it is

    def _state(self) -> int:
        try:
            return self._host.call(self._domain.state, 0)[0]
        except LibvirtError as error:
            self._gone(error)
            raise

    def _gone(self, error) -> None:
        if error.error_code == self._host.libvirt.VIR_ERR_NO_DOMAIN:
            raise exception.InstanceNotFound(instance_id=self.uuid) from error

    def info(self) -> driver.InstanceInfo:
        """Return its power state and libvirt's id (None when it is off)."""
        state = POWER_STATES.get(self._state(), power_state.NOSTATE)
        number = self._domain.ID()
        return driver.InstanceInfo(state=state, internal_id=number if number >= 0 else None)

    def is_off(self) -> bool:
        """Return whether it does not run."""
        return self._state() in _OFF

    def is_saved(self) -> bool:
        """Return whether its memory is saved on disk."""
        return bool(self._host.call(self._domain.hasManagedSaveImage, 0))

    def xml(self) -> str:
        """Return its XML as it was defined."""
        return self._host.call(self._domain.XMLDesc, self._host.libvirt.VIR_DOMAIN_XML_INACTIVE)

    def _require(self, *states: int, method: str) -> int:
        state = self._state()
        if state not in states:
            raise exception.InstanceInvalidState(
                method=method,
                instance_uuid=self.uuid,
                attr="power_state",
                state=power_state.NAMES[POWER_STATES.get(state, power_state.NOSTATE)],
            )
        return state

    def _do(
        self, function, *args, causes: tuple[str, ...], within: float = 10.0, timeout: float | None = None
    ) -> bool:
        """Call a method that causes lifecycle events; return False when the guest is in that state already."""
        self._host.events.expect(self.uuid, *causes, within=within)
        try:
            self._host.call(function, *args, timeout=timeout)
        except LibvirtError as error:
            self._host.events.unexpect(self.uuid, *causes)
            self._gone(error)
            if error.error_code == self._host.libvirt.VIR_ERR_OPERATION_INVALID:
                return False
            raise
        return True

    # -- power

    def create(self) -> None:
        """Start it; one that was saved goes on where it was."""
        timeout = SAVE_TIMEOUT
        if (
            not self._do(self._domain.create, causes=(driver.STARTED, driver.RESUMED), timeout=timeout)
            and self.is_off()
        ):
            raise exception.InternalError(err=f"libvirt does not start guest {self.uuid}")

    def destroy(self) -> None:
        """Stop it at once.

        Raises:
            InstancePowerOffFailure: its process does not end.
        """
        for attempt in range(1, DESTROY_ATTEMPTS + 1):
            try:
                self._do(self._domain.destroy, causes=(driver.STOPPED,))
            except exception.InstanceNotFound:
                return
            except LibvirtError as error:
                LOG.warning("guest %s: destroy failed (try %s): %s", self.uuid, attempt, error)
                if attempt == DESTROY_ATTEMPTS:
                    raise exception.InstancePowerOffFailure(reason=str(error)) from error
            else:
                return

    def shutdown(self, timeout: float, retry_interval: float) -> bool:
        """Ask it to shut down, again each `retry_interval` seconds; return whether it did within `timeout`."""
        events = self._host.events
        done = False
        # However often it is asked, it stops once.
        events.expect(self.uuid, driver.STOPPED, within=timeout + 10.0)
        try:
            with events.waiter(self.uuid, driver.STOPPED) as stopped:
                done = self._ask_to_stop(stopped, time.monotonic() + timeout, retry_interval)
        finally:
            if not done:
                events.unexpect(self.uuid, driver.STOPPED)
        return done

    def _ask_to_stop(self, stopped: threading.Event, deadline: float, retry_interval: float) -> bool:
        while True:
            state = self._state()
            if state in _OFF:
                return True
            left = deadline - time.monotonic()
            if left <= 0 or state in _PAUSED:  # a paused guest hears nothing
                return False
            try:
                self._host.call(self._domain.shutdown)
            except LibvirtError as error:
                if self.is_off():
                    return True
                LOG.info("guest %s does not take the request to shut down: %s", self.uuid, error)
                return False
            stopped.wait(min(retry_interval, left))
            stopped.clear()

    def undefine(self) -> None:
        """Forget the guest, its saved memory, firmware variables and TPM."""
        libvirt = self._host.libvirt
        flags = libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
        flags |= libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
        flags |= getattr(libvirt, "VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA", 0)
        flags |= getattr(libvirt, "VIR_DOMAIN_UNDEFINE_TPM", 0)
        try:
            self._host.call(self._domain.undefineFlags, flags)
        except LibvirtError as error:
            if error.error_code != libvirt.VIR_ERR_NO_DOMAIN:
                raise

    # -- pause, suspend

    def pause(self) -> None:
        """Stop its CPUs."""
        if self._require(1, 2, 3, method="pause") != 3:
            self._do(self._domain.suspend, causes=(driver.PAUSED,))

    def unpause(self) -> None:
        """Let them go on."""
        if self._require(1, 2, 3, method="unpause") == 3:
            self._do(self._domain.resume, causes=(driver.RESUMED,))

    def save(self) -> None:
        """Save its memory and stop it.

        Raises:
            InstanceInvalidState: it is off and was not saved.
            InstanceSuspendFailure: libvirt cannot save it.
        """
        if self.is_off() and self.is_saved():
            return
        paused = self._require(1, 2, 3, method="suspend") in _PAUSED
        try:
            # A running guest is paused first, then stopped.
            self._do(
                self._domain.managedSave,
                0,
                causes=(driver.STOPPED,) if paused else (driver.PAUSED, driver.STOPPED),
                within=60.0,
                timeout=SAVE_TIMEOUT,
            )
        except LibvirtError as error:
            raise exception.InstanceSuspendFailure(reason=str(error)) from error

    def drop_saved_memory(self) -> None:
        """Forget saved memory, so that the next start is a cold one."""
        if self.is_saved():
            self._host.call(self._domain.managedSaveRemove, 0)


class OwnGuests:
    """Tells which domains are nova-lite's, by their metadata; asks libvirt once for each."""

    def __init__(self, host: Host):
        self._host = host
        self._known: dict[str, bool] = {}

    def list(self) -> list[driver.DomainRecord]:
        """Return all domains of the host."""
        found = self._host.ask("getAllDomainStats", self._host.libvirt.VIR_DOMAIN_STATS_STATE, 0)
        records = []
        for domain, stats in found:
            uuid = domain.UUIDString()
            state = POWER_STATES.get(stats.get("state.state", 0), power_state.NOSTATE)
            records.append(driver.DomainRecord(uuid, domain.name(), state, self._is_ours(uuid, domain)))
        self._known = {record.uuid: record.ours for record in records}
        return records

    def _is_ours(self, uuid: str, domain) -> bool:
        if uuid in self._known:
            return self._known[uuid]
        libvirt = self._host.libvirt
        try:
            text = self._host.call(domain.metadata, libvirt.VIR_DOMAIN_METADATA_ELEMENT, NOVA_NAMESPACE, 0)
        except LibvirtError as error:
            if error.error_code in (libvirt.VIR_ERR_NO_DOMAIN_METADATA, libvirt.VIR_ERR_NO_DOMAIN):
                return False
            raise
        return domain_xml.is_ours(text)
