"""Who is told what."""

from collections.abc import Sequence

import msgspec

from kit.actor import system
from kit.clock import today
from kit.database import fetch_as, transaction


class Recipient(msgspec.Struct, frozen=True):
    email: str
    name: str
    language: str


async def people_to_tell(board: str, roles: Sequence[str]) -> list[Recipient]:
    """People who hold one of `roles` in the whole of a board today, each once, by address; none: nobody can be told."""
    async with transaction(system()):
        return await fetch_as(
            Recipient,
            "SELECT p.email, p.name, p.language FROM person p WHERE p.deactivated_at IS NULL AND EXISTS ("
            "SELECT FROM role_grant g WHERE g.person = p.id AND g.board = $1 AND g.school IS NULL AND g.role = ANY ($2)"
            " AND g.revoked_at IS NULL AND (g.from_day IS NULL OR g.from_day <= $3)"
            " AND (g.until_day IS NULL OR g.until_day >= $3)) ORDER BY p.email",
            board, list(roles), today(),
        )  # fmt: skip
