"""Short ways to invitations and their links, for tests."""

from typing import Any

from directory.invitations import accepting, operations
from directory.people.links import filled
from directory.people.schemas import GrantIn
from kit.actor import Actor, system
from kit.database import fetch, transaction

ANA = "ana@exemple.ca"
HERE = "192.0.2.1"
NEW = "une-phrase-toute-neuve"
TEAM = GrantIn(role="school_team", school="990001")


async def messages() -> list[Any]:
    async with transaction(system()):
        return await fetch("SELECT * FROM outbox ORDER BY created_at, id")


async def leaving(row: Any) -> str:
    """The text of a message as it leaves."""
    body = await filled(row["body"], about=row["about"])
    assert body is not None
    return body


def token_in(body: str) -> str:
    address = next(line for line in body.splitlines() if "/invitation/" in line)
    return address.rpartition("/")[2].partition("?")[0]


async def invited(who: Actor, *grants: GrantIn, email: str = ANA, language: str = "fr") -> str:
    """Invite; the token that the mail holds."""
    await operations.invite(who, email=email, grants=grants or [TEAM], language=language)
    return token_in(await leaving((await messages())[-1]))


async def join(token: str, *, name: str = "Ana Roy", password: str = NEW, language: str = "fr") -> str | None:
    return await accepting.join(
        token, name=name, password=password, language=language, address=HERE, user_agent="Essai"
    )
