"""Who is told what."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from kit.actor import system
from kit.clock import today
from kit.database import fetch, transaction


class Recipient(msgspec.Struct, frozen=True):
    email: str
    name: str
    language: str


async def people_to_tell(boards: Sequence[str], roles: Sequence[str]) -> dict[str, list[Recipient]]:
    """Of each board, the people who hold one of `roles` in the whole of it today, each once, by address.

    A board that is not in the answer has nobody who can be told.
    """
    async with transaction(system()):
        rows = await fetch(
            "SELECT DISTINCT g.board, p.email, p.name, p.language FROM role_grant g JOIN person p ON p.id = g.person"
            " WHERE p.deactivated_at IS NULL AND g.board = ANY ($1) AND g.school IS NULL AND g.role = ANY ($2)"
            " AND g.revoked_at IS NULL AND (g.from_day IS NULL OR g.from_day <= $3)"
            " AND (g.until_day IS NULL OR g.until_day >= $3) ORDER BY g.board, p.email",
            list(boards), list(roles), today(),
        )  # fmt: skip
    found: dict[str, list[Recipient]] = defaultdict(list)
    for row in rows:
        found[row["board"]].append(Recipient(row["email"], row["name"], row["language"]))
    return dict(found)


async def school_people_to_tell(schools: Sequence[str], roles: Sequence[str]) -> dict[str, list[Recipient]]:
    """Of each school, the people who hold one of `roles` in it today, each once, by address.

    A school that is not in the answer has nobody who can be told.
    """
    async with transaction(system()):
        rows = await fetch(
            "SELECT DISTINCT g.school, p.email, p.name, p.language FROM role_grant g JOIN person p ON p.id = g.person"
            " WHERE p.deactivated_at IS NULL AND g.school = ANY ($1) AND g.role = ANY ($2)"
            " AND g.revoked_at IS NULL AND (g.from_day IS NULL OR g.from_day <= $3)"
            " AND (g.until_day IS NULL OR g.until_day >= $3) ORDER BY g.school, p.email",
            list(schools), list(roles), today(),
        )  # fmt: skip
    found: dict[str, list[Recipient]] = defaultdict(list)
    for row in rows:
        found[row["school"]].append(Recipient(row["email"], row["name"], row["language"]))
    return dict(found)
