from uuid import uuid4

import pytest

from allocations.envelopes import operations, queries
from allocations.envelopes.rules import Figures, Move
from kit.actor import Actor, system
from kit.errors import Forbidden, Invalid, NotFound
from kit.i18n import use_language
from tests.factories import make_actor, make_envelope, make_school

pytestmark = pytest.mark.usefixtures("db")


async def team(school: str = "990001") -> Actor:
    return await make_actor("school_team", school=await make_school(school))


async def test_a_school_reads_its_envelope_by_year_measure_and_key() -> None:
    who = await team()
    envelope = await make_envelope(cents=2_150_00)
    (found,) = await queries.of_school(who, "990001", "2026-2027")
    assert (
        found == await queries.one(who, envelope) == await queries.of_measure(who, "990001", "EX-COMBOS", "2026-2027")
    )
    assert (found.measure, found.tax_basis, found.figures, found.example) == (
        "EX-COMBOS", "net", Figures(2_150_00), True,
    )  # fmt: skip
    assert await queries.of_school(who, "990001", "2025-2026") == []
    with use_language("en"):
        assert (await queries.one(who, envelope)).measure_name == "Digital bundles (example)"


async def test_another_school_and_another_board_find_nothing() -> None:
    sibling, owner = await team("990002"), await team("990001")
    stranger = await make_actor("purchasing", board="990000")
    await make_school("991001", board="991000")
    neighbour = await make_actor("purchasing", board="991000")
    envelope = await make_envelope("990001")
    for who, seen in ((owner, 1), (stranger, 1), (sibling, 0), (neighbour, 0), (system(), 1)):
        assert len(await queries.of_school(who, "990001", "2026-2027")) == seen
        assert len((await queries.listing(who)).items) == seen
        if not seen:
            with pytest.raises(NotFound):
                await queries.one(who, envelope)
            with pytest.raises(NotFound):
                await queries.ledger(who, envelope)


async def test_who_may_not_read_envelopes_is_told() -> None:
    who = Actor(scope=(await team()).scope, name="sans droit", board="990000", schools=("990001",))
    with pytest.raises(Forbidden):
        await queries.of_school(who, "990001", "2026-2027")


async def test_the_list_is_filtered_and_paged_without_a_gap() -> None:
    for code in ("990003", "990001", "990002", "991001"):
        await make_envelope(await make_school(code, board=f"{code[:3]}000"))
    await make_envelope("990001", year="2025-2026")
    seen: list[tuple[str | None, str]] = []
    after = None
    while True:
        page = await queries.listing(system(), board="990000", limit=2, after=after)
        seen += [(row.school, row.year) for row in page.items]
        if (after := page.next) is None:
            break
    assert seen == [
        ("990001", "2025-2026"), ("990001", "2026-2027"), ("990002", "2026-2027"), ("990003", "2026-2027"),
    ]  # fmt: skip
    assert len((await queries.listing(system(), school="990001", year="2026-2027", measure="EX-COMBOS")).items) == 1
    with pytest.raises(Invalid):
        await queries.listing(system(), limit=501)


async def test_the_ledger_pages_newest_first() -> None:
    await make_school()
    envelope = await make_envelope(cents=100_00)
    for n in range(5):
        await operations.reserve(system(), [Move(envelope, 1_00, f"n° {n}")])
    first = await queries.ledger(system(), envelope, limit=4)
    rest = await queries.ledger(system(), envelope, limit=4, after=first.next)
    assert [line.reason for line in [*first.items, *rest.items]] == [
        "n° 4", "n° 3", "n° 2", "n° 1", "n° 0", "Allocation d'essai",
    ]  # fmt: skip
    assert rest.next is None
    assert first.items[0].kind_name == "Réservation"


async def test_the_ledger_of_nothing_is_not_found() -> None:
    with pytest.raises(NotFound):
        await queries.ledger(system(), uuid4())
