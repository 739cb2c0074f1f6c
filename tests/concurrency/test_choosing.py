"""Two people of a school who choose at the same moment fill one basket."""

import asyncio

import pytest

from allocations.choosing import operations
from allocations.selections import queries
from allocations.selections.schemas import NewLine
from tests.factories import make_actor, make_bundle, make_envelope, make_product, make_school

pytestmark = pytest.mark.usefixtures("committed")


async def test_choices_at_the_same_moment_go_into_one_basket_and_none_is_lost() -> None:
    await make_school("990001")
    await make_product("tablette", 1_00)
    await make_bundle("combo", ("tablette", 1))
    await make_envelope(cents=1_000_00)
    people = [await make_actor("school_team", school="990001") for _ in range(4)]
    line = NewLine(bundle="combo")

    await asyncio.gather(
        *(
            operations.add(who, "990001", measure="EX-COMBOS", year="2026-2027", line=line)
            for who in people
            for _ in range(3)
        )
    )

    (row,) = (await queries.of_school(people[0])).items
    basket = await queries.one(people[0], row.number)
    assert [kept.quantity for kept in basket.lines] == [12]
