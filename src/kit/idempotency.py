"""`Idempotency-Key`: a repeated POST gets the first answer and changes nothing."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from kit.actor import Actor
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Conflict, Invalid
from kit.i18n import _, lazy

T = TypeVar("T")


class KeyReused(Conflict):
    sentence = lazy("Cette clé « Idempotency-Key » a déjà servi à une autre demande. Prenez-en une nouvelle.")


async def once(who: Actor, key: str | None, request: object, run: Callable[[], Awaitable[T]], answer: type[T]) -> T:
    """Run once for each key of this actor; `request` (the path and the payload) tells one demand from another.

    A second caller with the same key waits for the first, then gets its answer. Without a key, runs.
    """
    if key is None:
        return await run()
    if not 1 <= len(key) <= 200:
        raise Invalid({"Idempotency-Key": _("La clé « Idempotency-Key » va de 1 à 200 caractères.")})
    # The board is part of the demand: the answer given in one is not for whoever acts in another, the same person or not.
    digest = hashlib.sha256(msgspec.json.encode((who.board, request))).hexdigest()
    async with transaction(who):
        mine = await fetch_value(
            "INSERT INTO idempotency_key (actor, key, request_hash) VALUES ($1, $2, $3)"
            " ON CONFLICT (actor, key) DO NOTHING RETURNING id",
            who.key, key, digest,
        )  # fmt: skip
        if mine is None:
            before = await fetch_one(
                "SELECT request_hash, answer FROM idempotency_key WHERE actor = $1 AND key = $2", who.key, key
            )
            if before is None or before["request_hash"] != digest:
                raise KeyReused()
            return msgspec.json.decode(before["answer"], type=answer)
        result = await run()
        await execute(
            "UPDATE idempotency_key SET answer = $2::jsonb WHERE id = $1", mine, msgspec.json.encode(result).decode()
        )
        return result
