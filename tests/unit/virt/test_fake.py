import pytest

from nova_lite import exception
from nova_lite.compute import power_state
from nova_lite.conf import CONF
from nova_lite.virt import fake
from tests.support import virt


@pytest.fixture
def options():
    """Set options of `[fake]` for a test."""
    yield lambda **values: [CONF.set_override(name, value, "fake") for name, value in values.items()]
    for name in ("nodes_per_host", "latency", "failure_rate", "fail_operations", "state_file", "local_gb"):
        CONF.clear_override(name, "fake")


def _driver(host="host"):
    made = fake.FakeDriver(host)
    made.init_host()
    return made


def test_many_nodes_are_cheap(options):
    options(nodes_per_host=5000)
    driver = _driver()
    nodes = driver.get_available_nodes()
    assert len(set(nodes)) == 5000
    assert driver.get_available_resource(nodes[-1]).hypervisor_hostname == "host-node-4999"


def test_disk_is_counted_on_the_guests_node(options):
    options(nodes_per_host=2, local_gb=10)
    driver = _driver()
    instance = virt.an_instance(flavor=virt.a_flavor(root_gb=3, ephemeral_gb=1), node="host-node-1")
    driver.spawn(None, instance, virt.an_image(), [], [])
    least = [
        driver.get_available_resource(node).disk_available_least for node in driver.get_available_nodes()
    ]
    assert least == [10, 6]
    driver.destroy(None, instance)
    assert driver.get_available_resource("host-node-1").disk_available_least == 10


def test_guests_survive_the_process(options, tmp_path):
    options(state_file=str(tmp_path / "state" / "guests"))
    driver = _driver()
    kept, off, gone = (virt.an_instance() for _ in range(3))
    for instance in (kept, off, gone):
        driver.spawn(None, instance, virt.an_image(), [], [])
    driver.power_off(off)
    driver.destroy(None, gone)
    # No clean-up: the process was killed, in the middle of a line.
    with (tmp_path / "state" / "guests-host").open("a") as file:
        file.write('{"uuid": "half')

    again = _driver()
    assert again.get_info(kept).state == power_state.RUNNING
    assert again.get_info(off).state == power_state.SHUTDOWN
    assert not again.instance_exists(gone)
    assert (tmp_path / "state" / "guests-host").read_text().count("\n") == 2
    again.cleanup_host()
    driver.cleanup_host()
    assert _driver("other").list_domains() == []


def test_state_file_that_is_none(options, tmp_path):
    (tmp_path / "guests-host").write_text("no\njournal\n")
    options(state_file=str(tmp_path / "guests"))
    with pytest.raises(exception.ConfigurationError, match="state_file"):
        _driver()


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        ("spawn", exception.InternalError),
        ("power_off", exception.InstancePowerOffFailure),
        ("reboot", exception.InstanceRebootFailure),
        ("destroy", exception.InstanceTerminationFailure),
    ],
)
def test_operations_fail_as_configured(options, operation, error):
    driver = _driver()
    instance = virt.an_instance()
    if operation != "spawn":
        driver.spawn(None, instance, virt.an_image(), [], [])
    options(fail_operations=[operation])
    call = {
        "spawn": lambda: driver.spawn(None, instance, virt.an_image(), [], []),
        "power_off": lambda: driver.power_off(instance),
        "reboot": lambda: driver.reboot(None, instance, [], "HARD", []),
        "destroy": lambda: driver.destroy(None, instance),
    }[operation]
    with pytest.raises(error):
        call()
    assert driver.instance_exists(instance) == (operation != "spawn")


def test_share_of_spawns_that_fail(options):
    options(failure_rate=1.0)
    with pytest.raises(exception.InternalError):
        _driver().spawn(None, virt.an_instance(), virt.an_image(), [], [])


def test_unknown_operation_stops_the_service(options):
    options(fail_operations=["spwan"])
    with pytest.raises(exception.ConfigurationError, match="spwan"):
        _driver()
