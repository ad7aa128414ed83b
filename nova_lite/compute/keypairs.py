"""Making key pairs: import of a public key, or generation of one (microversions up to 2.91)."""

import string

from nova_lite import crypto, exception
from nova_lite.compute import quotas
from nova_lite.db import api
from nova_lite.db import keypairs as db

#: Characters of names up to 2.91; later ones are checked by the schema.
SAFE_CHARACTERS = frozenset(string.ascii_letters + string.digits + "_- ")

_FINGERPRINTS = {"ssh": crypto.ssh_fingerprint, "x509": crypto.x509_fingerprint}


def check_name(name: str) -> None:
    """Check a name by the rules of microversions up to 2.91.

    Raises:
        InvalidKeypair: it has other characters than ASCII letters, digits, space, `_` and `-`.
    """
    if not SAFE_CHARACTERS.issuperset(name):
        raise exception.InvalidKeypair(reason="Keypair name contains unsafe characters")


@api.writer
def _store(conn, context, values: dict) -> dict:
    quotas.check(conn, context, context.project_id, values["user_id"], key_pairs=1)
    return db.create.within(conn, values)


def import_key_pair(context, user_id: str, name: str, public_key: str, key_type: str) -> dict:
    """Store a public key and return the key pair.

    Raises:
        InvalidKeypair: the key is none of its type.
        KeyPairExists: the user has one of that name.
        KeypairLimitExceeded: the user has as many as allowed.
    """
    fingerprint = _FINGERPRINTS[key_type](public_key)
    values = {"user_id": user_id, "name": name, "type": key_type}
    return _store(context, {**values, "public_key": public_key, "fingerprint": fingerprint})


def create_key_pair(context, user_id: str, name: str, key_type: str) -> tuple[dict, str]:
    """Make a key, store its public half, and return (key pair, private key).

    Raises:
        KeyPairExists: the user has one of that name.
        KeypairLimitExceeded: the user has as many as allowed.
    """
    private, public = crypto.generate_x509(user_id) if key_type == "x509" else crypto.generate_ssh_key()
    return import_key_pair(context, user_id, name, public, key_type), private
