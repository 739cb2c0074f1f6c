"""What is free when a year ends is lost, carried over or recovered, as its measure says: once, and whole or not at all."""

from uuid import UUID

import pytest

from allocations.accounts import queries as accounts
from allocations.years import operations, rest
from allocations.years.rest_rules import NotClosingYet
from allocations.years.rules import RestEnded
from kit.actor import system
from kit.database import execute, fetch_value, transaction
from kit.errors import Forbidden, Invalid
from tests.factories import figures, make_actor, make_approved, make_envelope, make_product, make_school

pytestmark = pytest.mark.usefixtures("db")

YEAR, NEXT = "2026-2027", "2027-2028"


@pytest.fixture
async def envelope(db: None) -> UUID:
    await make_school()
    return await make_envelope(cents=1_000_00)


async def rule(name: str) -> None:
    async with transaction(system()):
        await execute(
            "INSERT INTO measure_year (measure, year, rest) SELECT id, $1, $2 FROM measure WHERE code = 'EX-COMBOS'"
            " ON CONFLICT (measure, year) DO UPDATE SET rest = excluded.rest",
            YEAR, name,
        )  # fmt: skip


async def close() -> None:
    await operations.close(system(), YEAR, reason="Comptes reçus", anyway=True)


async def of_next_year() -> UUID | None:
    async with transaction(system()):
        return await fetch_value("SELECT id FROM envelope WHERE school = '990001' AND year = $1", NEXT)  # type: ignore[no-any-return]


@pytest.mark.parametrize("there", [True, False])
async def test_a_carried_rest_is_in_the_next_year_s_envelope_and_both_accounts_say_so(
    envelope: UUID, there: bool
) -> None:
    await rule("carried")
    if there:
        await make_envelope(cents=300_00, year=NEXT)
    await close()
    before = await rest.preview(system(), YEAR)
    assert (before.carried_cents, before.applied, before.envelopes_ended) == (1_000_00, False, 0)
    assert await figures(envelope) == (1_000_00, 0, 0, 0)
    done = await rest.apply(system(), YEAR, reason="Permis par le ministère")
    assert (done.carried_cents, done.envelopes_ended) == (1_000_00, 1)
    assert await figures(envelope) == (0, 0, 0, 0)
    new = await of_next_year()
    assert new and (await figures(new))[0] == 1_000_00 + (300_00 if there else 0)
    again = await rest.apply(system(), YEAR, reason="Encore")
    assert (again.lines, again.carried_cents, again.envelopes_ended) == ([], 0, 1)
    sides = [(await accounts.accounts(system(), year)).measures[0].carried_cents for year in (YEAR, NEXT)]
    assert sides == [-1_000_00, 1_000_00]


async def test_a_recovered_rest_is_gone_and_a_lost_one_stays_unspent(envelope: UUID) -> None:
    await make_school("990002")
    await close()
    async with transaction(system()):
        await execute("DELETE FROM measure_year WHERE year = $1", YEAR)
    assert (await rest.preview(system(), YEAR)).lost_cents == 1_000_00  # a measure that says nothing
    await rule("recovered")
    await rest.apply(system(), YEAR, reason="Règle de la mesure")
    assert await figures(envelope) == (0, 0, 0, 0)
    lost = await make_envelope("990002", 200_00)
    await rule("lost")
    done = await rest.apply(system(), YEAR, reason="Règle de la mesure")
    assert (done.lost_cents, done.recovered_cents, done.envelopes_ended) == (200_00, 0, 2)
    assert await figures(lost) == (200_00, 0, 0, 0)
    assert await of_next_year() is None


async def test_an_envelope_that_holds_something_waits(envelope: UUID) -> None:
    await make_product()
    await make_approved(("appareil", 1), envelope=envelope)
    await rule("recovered")
    await close()
    done = await rest.apply(system(), YEAR, reason="Règle de la mesure")
    assert (done.waiting, done.recovered_cents, done.envelopes_ended) == (1, 0, 0)
    assert (await figures(envelope))[0] == 1_000_00 - 420_07


async def test_the_ministry_alone_applies_it_to_a_closed_year_with_a_reason(envelope: UUID) -> None:
    ministry = await make_actor("ministry")
    with pytest.raises(NotClosingYet):
        await rest.apply(ministry, YEAR, reason="Règle")
    await close()
    with pytest.raises(Forbidden):
        await rest.apply(await make_actor("purchasing", board="990000"), YEAR, reason="Règle")
    with pytest.raises(Invalid):
        await rest.apply(ministry, YEAR, reason=" ")
    assert (await rest.apply(ministry, YEAR, reason="Règle")).envelopes_ended == 1
    with pytest.raises(RestEnded, match="reddition de comptes"):
        await operations.reopen(ministry, YEAR, reason="Une facture manquait")
    assert (await operations.report(ministry, YEAR, reason="Une correction")).state == "reporting"
