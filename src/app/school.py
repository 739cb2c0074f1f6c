"""A school at a glance: what its own people and its board look for first, gathered from every package."""

import msgspec

from allocations.envelopes import queries as envelopes
from allocations.envelopes.schemas import EnvelopeOut
from allocations.orders.counts import Delivery, expected_at
from allocations.selections import queries as selections
from allocations.selections.schemas import SelectionRow
from directory.schools import queries as schools
from directory.schools.schemas import SchoolDetail
from inventory.floor.lack import lack_words
from inventory.floor.queries import floor_of_school
from inventory.floor.rules import NoStandard
from inventory.floor.schemas import SchoolFloor
from inventory.tickets import queries as tickets
from inventory.tickets.schemas import TicketLine
from kit.actor import Actor, Scope
from kit.clock import school_year, today
from kit.database import transaction

SHOWN = 5


class Glance(msgspec.Struct, frozen=True):
    """What the reader may see of a school; a part that they may not see is None. `lack`: the floor in a sentence ('' unknown)."""

    school: SchoolDetail
    year: str
    floor: SchoolFloor | None
    lack: str
    envelopes: list[EnvelopeOut] | None
    deliveries: list[Delivery] | None
    baskets: list[SelectionRow] | None
    tickets: list[TicketLine] | None

    @property
    def label(self) -> str:
        """The school with its code."""
        return f"{self.school.name} ({self.school.code})"


async def glance(who: Actor, code: str) -> Glance:
    """A school at a glance. Raises NotFound."""
    year = school_year(today())
    may = {
        right: who.may(right, school=code) for right in ("envelope.read", "order.read", "selection.read", "ticket.read")
    }
    async with transaction(who):
        school = await schools.one(who, code)
        floor = await _floor(who, code)
        return Glance(
            school=school,
            year=year,
            floor=floor,
            lack=lack_words(floor.rules, yours=who.scope is Scope.school) if floor else "",
            envelopes=await envelopes.of_school(who, code, year) if may["envelope.read"] else None,
            deliveries=await expected_at(who, code, limit=SHOWN) if may["order.read"] else None,
            baskets=(await selections.of_school(who, school=code, year=year, limit=SHOWN)).items
            if may["selection.read"]
            else None,
            tickets=(await tickets.queue(who, school=code, limit=SHOWN)).items if may["ticket.read"] else None,
        )


async def _floor(who: Actor, code: str) -> SchoolFloor | None:
    if not who.may("floor.read", school=code):
        return None
    try:
        return await floor_of_school(who, code)
    except NoStandard:
        return None
