"""Hashing with argon2id, off the event loop and two at a time: each takes 64 MiB, and a crowd must not take the machine."""

import asyncio
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHER = PasswordHasher()


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


os.register_at_fork(
    after_in_child=_threads.cache_clear
)  # a fork has the pool without its threads, and would wait for ever


@lru_cache(maxsize=1)
def _nobody() -> str:
    """The hash that an unknown address is checked against, so that it takes as long as a known one."""
    return HASHER.hash(secrets.token_urlsafe(32))


def _matches(kept: str | None, password: str) -> bool:
    other = _nobody()
    try:
        return HASHER.verify(kept or other, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


async def hashed(password: str) -> str:
    """The argon2id hash of a normalised password."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), HASHER.hash, password)


async def matches(kept: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed; as slow when there is none."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), _matches, kept, password)


def outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(kept)


def new_password() -> str:
    """A password that is handed over once: four groups of five letters, about 94 bits."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))
