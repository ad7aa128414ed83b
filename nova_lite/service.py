"""Services: `Service.create(binary=…, topic=…)`, `serve`, `wait`, as in Nova.

One process is one service; more workers are more processes, forked before a connection or thread exists.
SIGTERM stops taking work, lets running work end and leaves; SIGHUP reads mutable options again; SIGINT leaves at
once; SIGUSR2 writes a state report (oslo.reports).
"""

import importlib
import os
import random
import signal
import socket
import sys
import tempfile
import threading
import time
from typing import Any

import oslo_messaging as messaging
from oslo_log import log as logging
from oslo_service import loopingcall, systemd
from oslo_service import opts as service_opts
from oslo_service import service as oslo_service

from nova_lite import baserpc, concurrency, exception, objects, rpc, version
from nova_lite import context as nova_context
from nova_lite.conf import CONF
from nova_lite.objects import base as objects_base
from nova_lite.objects.service import Service as ServiceObject

LOG = logging.getLogger(__name__)

service_opts.register_service_opts(CONF)
CONF.set_default("graceful_shutdown_timeout", 180)

MANAGERS = {
    "nova-conductor": "nova_lite.conductor.manager:ConductorManager",
    "nova-scheduler": "nova_lite.scheduler.manager:SchedulerManager",
    "nova-compute": "nova_lite.compute.manager:ComputeManager",
}


def _load(path: str):
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


class _StateReport:
    """Reports "I live" every `report_interval` seconds; a failed report is logged once and tried again."""

    def __init__(self, service_ref):
        self._service_ref = service_ref
        self._failing = False
        self._loop = loopingcall.FixedIntervalLoopingCall(self._report)

    def start(self):
        self._loop.start(
            interval=CONF.report_interval, initial_delay=min(5, CONF.report_interval), stop_on_exception=False
        )

    def stop(self):
        self._loop.stop()

    def _report(self):
        try:
            if not self._service_ref.heartbeat():
                LOG.warning("The service row of %s is gone; a restart makes it anew", self._service_ref.host)
        except (exception.ServiceUnavailable, messaging.MessagingException) as error:
            if not self._failing:
                LOG.error("State report failed, will try again: %s", error)
            self._failing = True
            return
        if self._failing:
            LOG.info("State report works again")
        self._failing = False


class Service(oslo_service.ServiceBase):
    """An RPC service: a manager behind three queues, with state reports and periodic tasks."""

    def __init__(self, host: str, binary: str, topic: str, manager: str):
        self.host = host
        self.binary = binary
        self.topic = topic
        self.name = f"{binary}@{host}"
        self._manager_class = _load(manager)
        self.manager: Any = None
        self._server: messaging.MessageHandlingServer | None = None
        self._report: _StateReport | None = None
        self._periodic: loopingcall.DynamicLoopingCall | None = None
        self._stopped = threading.Event()

    @classmethod
    def create(cls, host=None, binary=None, topic=None, manager=None) -> "Service":
        """Return a service; `binary` defaults to the program's name, `topic` to what follows its dash."""
        binary = binary or os.path.basename(sys.argv[0])
        topic = topic or binary.rpartition("nova-")[2]
        return cls(host or CONF.host, binary, topic, manager or MANAGERS[binary])

    def start(self) -> None:
        """Bring the service up; returns when it takes messages."""
        begun = time.monotonic()
        LOG.info("Starting %s node (version %s)", self.binary, version.__version__)
        _check_tempdir()
        objects.register_all()
        rpc.init()
        admin = nova_context.get_admin_context()
        if objects_base.NovaObject.indirection_api is not None:
            objects_base.NovaObject.indirection_api.wait_until_ready(admin)
        self.manager = self._manager_class(host=self.host)
        service_ref = ServiceObject.get_or_create(admin, self.host, self.binary, self.topic)
        self.manager.init_host(service_ref)
        self.manager.pre_start_hook(service_ref)
        target = messaging.Target(topic=self.topic, server=self.host)
        endpoints = [*self.manager.endpoints(), baserpc.BaseRPCEndpoint(self.topic)]
        self._server = server = rpc.get_server(target, endpoints, objects_base.NovaObjectSerializer())
        server.start()
        self.manager.post_start_hook()
        self._report = report = _StateReport(service_ref)
        report.start()
        if CONF.periodic_enable:
            self._periodic = periodic = loopingcall.DynamicLoopingCall(self._run_periodic_tasks)
            periodic.start(
                initial_delay=random.uniform(0, CONF.periodic_fuzzy_delay)
                if CONF.periodic_fuzzy_delay
                else None,
                periodic_interval_max=60,
                stop_on_exception=False,
            )
        LOG.info("%s ready after %.2f s", self.name, time.monotonic() - begun)

    def _run_periodic_tasks(self):
        return self.manager.run_periodic_tasks(nova_context.get_admin_context(), raise_on_error=False)

    def stop(self) -> None:
        """Take no more messages, let running work end, leave."""
        if self._stopped.is_set():
            return
        for loop in (self._report, self._periodic):
            if loop is not None:
                loop.stop()
        if self._server is not None:
            self._server.stop()
            self._server.wait()
        if self.manager is not None:
            self.manager.drain(CONF.manager_shutdown_timeout)
            self.manager.cleanup_host()
        self._stopped.set()
        LOG.info("%s stopped", self.name)

    def wait(self) -> None:
        """Wait until the service has stopped."""
        self._stopped.wait()

    def reset(self) -> None:
        """The configuration was read again."""
        if self.manager is not None:
            self.manager.reset()


class WSGIService(oslo_service.ServiceBase):
    """An HTTP face named in `enabled_apis`, served on a port of its own."""

    def __init__(self, name: str):
        self.name = name
        self.address = CONF[f"{name}_listen"]
        self.port = CONF[f"{name}_listen_port"]
        self._server: Any = None
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Load the application and serve it; returns when the port is open."""
        from nova_lite import http_server
        from nova_lite.api import loader

        self._server = http_server.make(self.address, self.port, loader.load_app(self.name, CONF))
        try:
            self._server.prepare()
        except OSError as error:
            raise exception.ConfigurationError(
                reason=f"{self.name}_listen_port: cannot listen on {self.address}:{self.port}: {error}"
            ) from error
        self._thread = threading.Thread(target=self._server.serve, name=f"wsgi-{self.name}", daemon=True)
        self._thread.start()
        LOG.info("%s listening on %s:%d", self.name, self.address, self.port)

    def stop(self) -> None:
        """Close the port, answer what has begun."""
        if self._thread is not None and not self._stopped.is_set():
            self._server.stop()
            self._thread.join()
        self._stopped.set()

    def wait(self) -> None:
        """Wait until the face has stopped."""
        self._stopped.wait()

    def reset(self) -> None:
        """The configuration was read again."""
        from nova_lite import policy
        from nova_lite.image import api as image_api

        policy.reset()
        image_api.reset()


def _check_tempdir() -> None:
    try:
        with tempfile.TemporaryFile(dir=CONF.tempdir):
            pass
    except OSError as error:
        raise exception.ConfigurationError(
            reason=f"tempdir {CONF.tempdir!r} cannot be written: {error}"
        ) from error


class InProcessLauncher:
    """Runs services in this very process and obeys signals.

    oslo.service's launchers fork even for one worker (threading backend), and its no_fork mode cannot reload;
    one process a service is what systemd units and small hosts want.
    """

    def __init__(self):
        self._services = []
        # Signals arrive as bytes on a socket: readable by the main thread under every concurrency backend.
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)

    def launch(self, services) -> None:
        """Start services; one that fails ends the process with a clear message.

        Until all have started, a signal ends the process at once: there is no work to finish yet.
        """
        for service in services:
            self._services.append(service)
            service.start()
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for signum in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(signum, lambda *_: None)
        systemd.notify_once()

    def wait(self) -> int:
        """Obey signals until told to stop; return the exit status."""
        while True:
            signum = self._reader.recv(1)[0]
            if signum == signal.SIGHUP:
                self._reload()
            elif signum == signal.SIGINT:
                LOG.info("SIGINT, leaving at once")
                os._exit(1)
            elif signum == signal.SIGTERM:
                return self._stop()

    def _reload(self) -> None:
        LOG.info("SIGHUP, reading the configuration again")
        try:
            CONF.mutate_config_files()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the file, the old values stay
            LOG.error("The configuration stays as it was: %s", error)
            return
        for service in self._services:
            service.reset()

    def _stop(self) -> int:
        LOG.info("SIGTERM, finishing running work")
        if CONF.graceful_shutdown_timeout:
            signal.signal(signal.SIGALRM, _too_late)
            signal.alarm(CONF.graceful_shutdown_timeout)
        stoppers = [
            threading.Thread(target=service.stop, name=f"stop-{service.name}") for service in self._services
        ]
        for thread in stoppers:
            thread.start()
        for thread in stoppers:
            thread.join()
        concurrency.shutdown_executors()
        rpc.cleanup()
        return 0


def _too_late(*_):
    LOG.error("graceful_shutdown_timeout is over, leaving with work undone")
    os._exit(1)


_launcher: InProcessLauncher | oslo_service.ProcessLauncher | None = None


def serve(*services, workers: int = 1) -> None:
    """Start services in this process, or (workers > 1) in as many forked ones.

    Raises:
        RuntimeError: called twice.
    """
    global _launcher  # noqa: PLW0603 - a process serves once
    if _launcher is not None:
        raise RuntimeError("serve() can only be called once")
    if workers == 1:
        _launcher = here = InProcessLauncher()
        here.launch(services)
    else:
        _launcher = forking = oslo_service.ProcessLauncher(CONF, restart_method="mutate")
        for each in services:
            forking.launch_service(each, workers=workers)


def wait() -> None:
    """Serve until a signal ends it, then leave the process with its status."""
    if _launcher is None:
        raise RuntimeError("wait() before serve()")
    status = _launcher.wait()
    sys.exit(status or 0)
