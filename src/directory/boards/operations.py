"""Boards come from a published list alone."""

import asyncio
from datetime import date

from directory.boards.rules import BoardRow, merge
from directory.imports import changes
from directory.imports.rules import Reading

Boards = dict[str, BoardRow]


async def read(reading: Reading) -> Boards:
    """The boards of a list, by code."""
    return await asyncio.to_thread(merge, reading)


async def plan(boards: Boards, reading: Reading, *, listed_on: date, full: bool) -> None:
    """Plan what the list changes. `full`: what it does not hold is closed."""
    columns = [column for column in ("code", "name", "short_name", "kind") if column in reading.given]
    await changes.take_in("incoming_board", "board", columns, boards.values())
    await changes.plan("board", "incoming_board", listed_on=listed_on)
    if full:
        await changes.plan_closing("board", "incoming_board", listed_on=listed_on, shielded=reading.shielded)
