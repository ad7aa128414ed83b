"""What a running service does when it is told something: SIGHUP, SIGUSR2; and what it does while it cannot work yet."""

import concurrent.futures
import re
import signal

import pytest

from tests.support import booting, processes
from tests.support.cloud import Cloud


@pytest.fixture(scope="module")
def cloud(rabbitmq, database_servers, tmp_path_factory):
    """A nova-conductor of this module's own on SQLite."""
    directory = tmp_path_factory.mktemp("signals")
    options = {"DEFAULT": {"debug": False}}
    cloud = Cloud(directory, rabbitmq.new_vhost(), database_servers["sqlite"].create_database(), options)
    cloud.prepare()
    cloud.start("nova-conductor")
    yield cloud
    assert cloud.stop("nova-conductor") == {"nova-conductor": 0}


def _wait_for_log(service, pattern: str):
    def found():
        return service.log_path.exists() and re.search(pattern, service.log_path.read_text())

    return booting.wait_for(found, f"{pattern} in the log")


def test_nova_compute_waits_for_a_conductor_and_ends_when_told_to(rabbitmq, database_servers, tmp_path):
    cloud = Cloud(tmp_path, rabbitmq.new_vhost(), database_servers["sqlite"].create_database())
    service = processes.nova_service("nova-compute", [cloud.config_file("nova-compute")], cloud.directory)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        started = pool.submit(service.start)
        _wait_for_log(service, "Starting nova-compute node")
        service.send(signal.SIGTERM)
        with pytest.raises(processes.ProcessError, match="before it was ready"):
            started.result()


def test_sighup_reads_what_can_change_and_keeps_the_process(cloud):
    service = cloud.services["nova-conductor"]
    pid = service.pid
    path = cloud.config_file()
    text = path.read_text()
    path.write_text(text.replace("debug = False", "debug = True"))
    try:
        service.send(signal.SIGHUP)
        _wait_for_log(service, "DEBUG|debug.*True")
        assert service.pid == pid
        assert service.alive()
    finally:
        path.write_text(text)
        service.send(signal.SIGHUP)


def test_a_broken_file_at_sighup_leaves_the_old_values(cloud):
    service = cloud.services["nova-conductor"]
    path = cloud.config_file()
    text = path.read_text()
    path.write_text(text + "\nnonsense\n")
    try:
        service.send(signal.SIGHUP)
        _wait_for_log(service, "The configuration stays as it was")
        assert service.alive()
    finally:
        path.write_text(text)


def test_sigusr2_writes_a_report_without_secrets(cloud):
    service = cloud.services["nova-conductor"]
    service.send(signal.SIGUSR2)
    _wait_for_log(service, "Guru Meditation")
    _wait_for_log(service, "service_down_time = 60")
    text = service.log_path.read_text()
    assert "transport_url = ***" in text
    password = re.search(r"rabbit://[^:]+:([^@]+)@", cloud.config_file().read_text())[1]
    assert password not in text
    assert service.alive()
