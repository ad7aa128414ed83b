"""Keys and fingerprints of key pairs: SSH public keys and X.509 certificates (for WinRM)."""

import base64
import binascii
import datetime as dt
import hashlib

from cryptography import exceptions, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from nova_lite import exception

#: Bits of the RSA keys that the server makes (microversions up to 2.91).
KEY_BITS = 2048
#: Days that a generated certificate is good for.
CERTIFICATE_DAYS = 3650
#: Microsoft's user principal name, by which WinRM finds the account of a certificate.
_USER_PRINCIPAL_NAME = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
_DER_UTF8_STRING = 0x0C


def _colons(digest: str) -> str:
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def ssh_fingerprint(public_key: str) -> str:
    """Return the MD5 fingerprint of an SSH public key, as `aa:bb:…`.

    Raises:
        InvalidKeypair: it is not an SSH public key.
    """
    try:
        serialization.load_ssh_public_key(public_key.encode())
        blob = base64.b64decode(public_key.split(None, 2)[1])
    except (ValueError, IndexError, binascii.Error, exceptions.UnsupportedAlgorithm):
        raise exception.InvalidKeypair(reason="failed to generate fingerprint") from None
    return _colons(hashlib.md5(blob, usedforsecurity=False).hexdigest())


def x509_fingerprint(certificate: str) -> str:
    """Return the SHA-1 fingerprint of a certificate (PEM), as `aa:bb:…`.

    Raises:
        InvalidKeypair: it is not a certificate.
    """
    try:
        loaded = x509.load_pem_x509_certificate(certificate.encode())
    except ValueError as error:
        raise exception.InvalidKeypair(
            reason=f"failed to generate X509 fingerprint. Error message: {error}"
        ) from None
    return _colons(loaded.fingerprint(hashes.SHA1()).hex())  # noqa: S303 - a name, not a proof


def generate_ssh_key() -> tuple[str, str]:
    """Return (private key in PEM, public key in one line) of a new RSA key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return private.decode(), f"{public.decode()} Generated-by-Nova"


def _der_utf8(text: str) -> bytes:
    """Return a DER UTF8String: tag, length (one byte, or how many follow), bytes."""
    raw = text.encode()
    if len(raw) < 0x80:
        length = bytes([len(raw)])
    else:
        size = len(raw).to_bytes((len(raw).bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(size)]) + size
    return bytes([_DER_UTF8_STRING]) + length + raw


def generate_x509(user_id: str) -> tuple[str, str]:
    """Return (private key, certificate), both PEM, that sign a user in to Windows by WinRM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    principal = _der_utf8(f"{user_id}@localhost")
    # A common name holds at most 64 characters.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, user_id[:64])])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.OtherName(_USER_PRINCIPAL_NAME, principal)]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()
