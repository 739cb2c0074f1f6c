"""The board's own account of cents: what an invoice differs by rounding alone is never an envelope's (`design.md`, Money)."""

from datetime import datetime

import msgspec

from allocations.envelopes.rules import REASONS
from kit.actor import Actor, Scope
from kit.clock import now
from kit.database import execute, fetch, transaction
from kit.errors import NotFound
from kit.filters import visible
from kit.i18n import again

_BOOK = """
INSERT INTO board_account_entry (board, year, at, cents, reason, about_kind, about, actor, actor_name)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


class BoardAccountLine(msgspec.Struct):
    """Cents that a board pays (negative: gets) beside its envelopes, because taxes are rounded invoice by invoice."""

    board: str
    year: str
    at: datetime
    cents: int
    reason: str
    about_kind: str
    about: str
    actor_name: str


async def book(
    who: Actor, board: str, year: str, cents: int, reason: str, *, about_kind: str = "", about: str = ""
) -> None:
    """Write cents on a board's account of a year; nothing for no cents. Call inside the transaction that decides."""
    if cents:
        await execute(_BOOK, board, year, now(), cents, reason, about_kind, about, who.person, who.name)


async def lines(who: Actor, board: str, year: str) -> list[BoardAccountLine]:
    """A board's account of a year, oldest first: small, a row an invoice at most. Raises NotFound for another's, or a school."""
    where = visible(who, "order.read", board="a.board", school="''")
    if who.scope is Scope.school or (who.scope is Scope.board and who.board != board):
        raise NotFound()  # the board's alone: a school has no policy on it
    where.add("a.board = {}", board)
    where.add("a.year = {}", year)
    async with transaction(who):
        rows = await fetch(
            "SELECT a.board, a.year, a.at, a.cents, a.reason, a.about_kind, a.about, a.actor_name"
            f" FROM board_account_entry a WHERE {where} ORDER BY a.at, a.id",
            *where.args,
        )
    return [BoardAccountLine(**{**row, "reason": again(row["reason"], REASONS)}) for row in rows]
