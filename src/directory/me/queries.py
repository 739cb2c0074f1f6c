"""What the service keeps of the person who asks. The condition on the person is the scope: these tables are the system's alone."""

from typing import Any

import msgspec

from directory.people.queries import tokens
from directory.people.schemas import SessionOut, TokenOut
from directory.people.words import device
from kit.actor import Actor, system
from kit.clock import now
from kit.database import fetch, fetch_one, transaction
from kit.errors import Forbidden
from kit.events import EventOut, told
from kit.ids import token_hash

SESSIONS_SHOWN = 20


class OwnData(msgspec.Struct):
    """« Mes données » : all that is kept of a person under their own key; no hash of a secret."""

    account: dict[str, Any]
    roles: list[dict[str, Any]]
    sessions: list[dict[str, Any]]
    tokens: list[TokenOut]
    invitations: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    events: list[EventOut]


async def sessions(who: Actor, *, current: str = "") -> list[SessionOut]:
    """One's own sessions that are open, the latest seen first; `current` is the token of the one that asks."""
    async with transaction(system()):
        rows = await fetch(
            "SELECT user_agent, created_at, seen_at, expires_at, token_hash = $2 AS current FROM session WHERE person = $1"
            " AND ended_at IS NULL AND expires_at > $3 ORDER BY token_hash = $2 DESC, seen_at DESC LIMIT $4",
            _key(who), token_hash(current), now(), SESSIONS_SHOWN,
        )  # fmt: skip
    return [
        SessionOut(
            device=device(row["user_agent"]), created_at=row["created_at"], seen_at=row["seen_at"],
            expires_at=row["expires_at"], current=row["current"],
        )
        for row in rows
    ]  # fmt: skip


async def own_data(who: Actor) -> OwnData:
    """All that is kept of the person who asks; of sign-ins and events, the latest thousand."""
    key = _key(who)
    async with transaction(system()):
        account = await fetch_one(
            "SELECT email, name, language, theme, notices::text AS notices, created_at FROM person WHERE id = $1", key
        )
        assert account is not None
        return OwnData(
            account=dict(account) | {"notices": msgspec.json.decode(account["notices"])},
            roles=await _rows(
                "SELECT role, board, school, from_day, until_day, given_by, revoked_at FROM role_grant WHERE person = $1"
                " ORDER BY id", key,
            ),
            sessions=await _rows(
                "SELECT user_agent, created_at, seen_at, expires_at, ended_at FROM session WHERE person = $1"
                " ORDER BY created_at DESC LIMIT 1000", key,
            ),
            tokens=await tokens(who),
            invitations=await _rows(
                "SELECT board, invited_by, created_at, accepted_at FROM invitation WHERE person = $1 ORDER BY created_at", key
            ),
            messages=await _rows(
                "SELECT kind, subject, created_at, sent_at FROM outbox WHERE recipient = $1 ORDER BY created_at DESC LIMIT 1000",
                account["email"],
            ),
            events=[
                told(row)
                for row in await fetch(
                    "SELECT at, what, actor_name, why, before, after FROM event WHERE subject_kind = 'person' AND subject = $1"
                    " ORDER BY at DESC, id DESC LIMIT 1000",
                    str(key),
                )
            ],
        )  # fmt: skip


async def _rows(sql: str, key: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in await fetch(sql, key)]


def _key(who: Actor) -> Any:
    if who.person is None:
        raise Forbidden()
    return who.person
