"""A school with an envelope of 2 150.00 $, its team and its principal, an officer of its board, and a tablet at 393.00 $."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from allocations.selections import decisions, operations
from allocations.selections.schemas import NewLine, NewSelection, SelectionOut
from kit.actor import Actor
from tests.factories import make_actor, make_envelope, make_product, make_school


@dataclass
class Desk:
    """Who sits around a school's envelope."""

    envelope: UUID
    team: Actor
    principal: Actor
    officer: Actor

    async def basket(self, tablets: int = 2, *, by: Actor | None = None) -> SelectionOut:
        """A draft of so many tablets."""
        who = by or self.team
        new = NewSelection(school="990001", measure="EX-COMBOS", year="2026-2027", title="Tablettes")
        basket = await operations.draft(who, new)
        return await operations.put_line(who, basket.number, NewLine(product="appareil", quantity=tablets), version=1)

    async def submitted(self, tablets: int = 2, *, by: Actor | None = None) -> SelectionOut:
        """The same, submitted."""
        basket = await self.basket(tablets, by=by)
        return await decisions.submit(by or self.team, basket.number, version=basket.version)


@pytest.fixture
async def desk(db: None) -> Desk:
    return await make_desk()


async def make_desk() -> Desk:
    await make_school()
    await make_product()
    return Desk(
        envelope=await make_envelope(cents=2_150_00),
        team=await make_actor("school_team", school="990001"),
        principal=await make_actor("principal", school="990001"),
        officer=await make_actor("purchasing", board="990000"),
    )
