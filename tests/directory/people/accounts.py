"""Short ways to accounts, for tests of people."""

from directory.people import operations
from directory.people.schemas import GrantIn
from kit.actor import system
from kit.database import fetch, transaction

PASSWORD = "vélo-tempête-38-canot"
TEAM = GrantIn(role="school_team", school="990001")


async def events() -> list[tuple[str, str | None]]:
    async with transaction(system()):
        return [(row["what"], row["board"]) for row in await fetch("SELECT what, board FROM event ORDER BY at, id")]


async def add(email: str, *grants: GrantIn, password: str | None = PASSWORD) -> None:
    """As the system does: an administration invites."""
    await operations.add_person(
        system(), email=email, name="Ana Roy", language="fr", grants=grants or [TEAM], password=password
    )


async def sign_in(email: str, password: str = PASSWORD) -> str:
    return await operations.sign_in(email, password, address="192.0.2.1", user_agent="")
