"""Keys and codes that we make: time-ordered UUIDs, label codes, secret tokens."""

import hashlib
import secrets
from uuid import UUID

from uuid_utils.compat import uuid7

# No 0/O, 1/I/L, 5/S, 2/Z: a person reads these aloud from a scratched label.
LABEL_ALPHABET = "346789ABCDEFGHJKMNPQRTUVWXY"


def new_id() -> UUID:
    """A UUIDv7: sorts by the time it was made."""
    return uuid7()


def new_label_code() -> str:
    """Eight random characters (about 38 bits) that say nothing about the asset that they stick to."""
    return "".join(secrets.choice(LABEL_ALPHABET) for _ in range(8))


def new_token() -> str:
    """A secret of 256 bits for a session or an API token; only its hash is stored."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """SHA-256 of a token. Fast on purpose: the token itself is random, so there is nothing to guess."""
    return hashlib.sha256(token.encode()).digest()
