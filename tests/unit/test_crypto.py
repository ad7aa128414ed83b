"""Fingerprints against those of ssh-keygen and openssl; what is generated can be read again."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from nova_lite import crypto, exception

# ssh-keygen -l -E md5 -f key.pub
ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBj9UxuRm33NwqhOVBb3o54+BoxtTDo1hWq5W5LSBtTN alice@example"
ED25519_MD5 = "be:ed:8f:33:73:ad:9f:45:b6:bc:c9:72:73:24:ca:27"


def test_ssh_fingerprint_is_that_of_ssh_keygen():
    assert crypto.ssh_fingerprint(ED25519) == ED25519_MD5


@pytest.mark.parametrize(
    "bad", ["", "ssh-rsa", "ssh-rsa AAAA", "ssh-ed25519 !!!! x", "no key", "ssh-ed25519 ü", ED25519[:-30]]
)
def test_what_is_no_ssh_key(bad):
    with pytest.raises(exception.InvalidKeypair, match="failed to generate fingerprint"):
        crypto.ssh_fingerprint(bad)


def test_a_generated_ssh_key_is_a_pair():
    private, public = crypto.generate_ssh_key()
    assert private.startswith("-----BEGIN RSA PRIVATE KEY-----")
    loaded = serialization.load_pem_private_key(private.encode(), None)
    assert loaded.key_size == 2048
    mine = loaded.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    assert public == f"{mine.decode()} Generated-by-Nova"
    assert len(crypto.ssh_fingerprint(public)) == 47


@pytest.mark.parametrize("user", ["alice", "u" * 100, "u" * 200, "u" * 300])
def test_a_generated_certificate_names_its_user(user):
    private, pem = crypto.generate_x509(user)
    certificate = x509.load_pem_x509_certificate(pem.encode())
    assert certificate.public_key() == serialization.load_pem_private_key(private.encode(), None).public_key()
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    (name,) = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert name.value.endswith(f"{user}@localhost".encode())
    assert len(crypto.x509_fingerprint(pem)) == 59


def test_what_is_no_certificate():
    with pytest.raises(exception.InvalidKeypair, match="failed to generate X509 fingerprint"):
        crypto.x509_fingerprint(ED25519)
