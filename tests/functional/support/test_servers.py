"""The backing services' own promises: private, restartable, side by side."""

import pathlib
import re
import stat

import kombu
import pytest
import sqlalchemy

from tests.support import servers


def _send_and_receive(url: str, queue: str) -> str:
    with kombu.Connection(url.replace("rabbit://", "amqp://"), connect_timeout=10) as connection:
        simple = connection.SimpleQueue(queue)
        simple.put("hello")
        message = simple.get(timeout=10)
        message.ack()
        simple.close()
        return message.payload


def test_vhosts_are_private(rabbitmq):
    one, two = rabbitmq.new_vhost(), rabbitmq.new_vhost()
    assert _send_and_receive(one, "mail") == "hello"
    assert rabbitmq.list_queues(one) == {"mail": servers.Queue("mail", durable=True, messages=0, consumers=0)}
    assert rabbitmq.list_queues(two) == {}


def test_connections_are_listed_by_client_name(rabbitmq):
    url = rabbitmq.new_vhost()
    properties = {"client_properties": {"connection_name": "nova-test"}}
    with kombu.Connection(url.replace("rabbit://", "amqp://"), transport_options=properties) as connection:
        connection.connect()
        assert rabbitmq.list_connections(url) == ["nova-test"]


def test_two_brokers_and_a_crash(rabbitmq, own_rabbitmq):
    assert rabbitmq.url != own_rabbitmq.url
    _send_and_receive(own_rabbitmq.url, "durable")
    own_rabbitmq.kill()
    assert not own_rabbitmq.running()
    assert rabbitmq.running()
    assert own_rabbitmq.start() == own_rabbitmq.start()
    assert _send_and_receive(own_rabbitmq.url, "durable") == "hello"


def test_secrets_are_private(rabbitmq):
    names = ["url", ".erlang.cookie", "rabbitmq.conf", "secret.password"]
    modes = {name: stat.S_IMODE((rabbitmq.directory / name).stat().st_mode) for name in names}
    assert modes == {"url": 0o600, ".erlang.cookie": 0o400, "rabbitmq.conf": 0o600, "secret.password": 0o600}


def _loopback_only(port_file: pathlib.Path) -> bool:
    port = f"{int(port_file.read_text()):04X}"
    lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
    rows = [line.split() for line in lines]
    listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port}")]
    assert listening, f"nothing listens on {port_file.name}"
    return all(address.startswith("0100007F:") for address in listening)


def test_broker_listens_on_loopback_only(rabbitmq):
    for name in ("main", "dist", "epmd"):
        assert _loopback_only(rabbitmq.directory / f"port.{name}")


def test_database_is_empty_private_and_speaks_utf8(database_server):
    one, two = database_server.create_database(), database_server.create_database()
    engine = sqlalchemy.create_engine(one)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE words (word VARCHAR(20))"))
        connection.execute(sqlalchemy.text("INSERT INTO words VALUES ('Grüße 🐫')"))
        assert connection.execute(sqlalchemy.text("SELECT word FROM words")).scalar_one() == "Grüße 🐫"
    engine.dispose()
    other = sqlalchemy.create_engine(two)
    assert sqlalchemy.inspect(other).get_table_names() == []
    other.dispose()
    for url in (one, two):
        database_server.drop_database(url)


@pytest.mark.parametrize("name", ["mariadb", "postgresql"])
def test_database_survives_a_crash(database_servers, name):
    server = database_servers[name]
    url = server.create_database()
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE kept (id INTEGER)"))
    engine.dispose()
    server.kill()
    assert not server.running()
    server.start()
    assert sqlalchemy.inspect(engine).get_table_names() == ["kept"]
    engine.dispose()
    assert _loopback_only(server.directory / "port.main")
    server.drop_database(url)


def test_errors_carry_the_servers_words(database_servers):
    with pytest.raises(servers.ServerError, match=re.escape("not a database name")):
        database_servers["postgresql"].command("create-database", "x; DROP")
