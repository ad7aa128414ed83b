"""The key repository."""

import os

import pytest

from nova_lite import exception
from nova_lite.identity import keys


def _modes(directory):
    return {path.name: oct(path.stat().st_mode & 0o777) for path in directory.iterdir()}


def test_setup_makes_a_staged_and_a_primary_key_for_the_owner_only(tmp_path):
    directory = tmp_path / "a" / "keys"
    assert keys.setup(directory) is True
    assert _modes(directory) == {"0": "0o600", "1": "0o600"}
    assert directory.stat().st_mode & 0o777 == 0o700


def test_setup_leaves_keys_that_are_there(repository):
    before = (repository / "1").read_bytes()
    assert keys.setup(repository) is False
    assert (repository / "1").read_bytes() == before


def test_rotation_promotes_the_staged_key_and_keeps_max_active_keys(repository):
    staged = (repository / "0").read_bytes()
    assert keys.rotate(repository, 3) == 2
    assert (repository / "2").read_bytes() == staged
    assert sorted(keys.numbered(repository)) == [0, 1, 2]
    assert keys.rotate(repository, 3) == 3
    assert sorted(keys.numbered(repository)) == [0, 2, 3]
    assert set(_modes(repository).values()) == {"0o600"}


def test_a_new_primary_key_encrypts_and_the_old_one_still_decrypts(repository):
    read = keys.Keys(str(repository))
    _, before = read.load()
    secret = before.encrypt(b"x")
    keys.rotate(repository, 3)
    _, after = read.load()
    assert after.decrypt(secret) == b"x"
    assert before.decrypt(after.encrypt(b"y")) == b"y"  # the staged key was known before it became primary


@pytest.mark.parametrize("content", [b"", b"not a key", b"\xff" * 44])
def test_a_key_that_is_none_is_named(repository, content):
    (repository / "1").write_bytes(content)
    with pytest.raises(exception.ConfigurationError, match=f"{repository}/1 is not a Fernet key"):
        keys.Keys(str(repository)).load()


def test_a_missing_repository_is_named_with_the_command_that_makes_it(tmp_path):
    with pytest.raises(exception.ConfigurationError, match=r"gone: .*fernet_setup"):
        keys.Keys(str(tmp_path / "gone")).load()
    with pytest.raises(exception.ConfigurationError, match="holds no keys"):
        keys.Keys(str(tmp_path)).load()
    with pytest.raises(exception.ConfigurationError, match="no staged key"):
        keys.rotate(tmp_path, 3)


def test_changes_within_one_tick_of_the_clock_are_noticed(repository):
    read = keys.Keys(str(repository))
    first, _ = read.load()
    stamp = repository.stat().st_mtime_ns
    keys.rotate(repository, 2)
    os.utime(repository, ns=(stamp, stamp))
    second, cipher = read.load()
    assert second != first
    assert len(cipher._fernets) == 2
    assert read.load() == (second, cipher)
