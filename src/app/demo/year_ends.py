"""How years end: accounts attested, signed and received, a rest carried over, a corrected report, a closing that never finished."""

from datetime import date, timedelta

from allocations.accounts import operations as accounts
from allocations.accounts import reports
from allocations.accounts.queries import accounts as accounts_of
from allocations.accounts.schemas import NewTraining
from allocations.envelopes.computing import compute
from allocations.measures.operations import write_measure, write_rule, write_year
from allocations.measures.schemas import AllocationRuleIn, MeasureIn, MeasureYearIn
from allocations.years import operations as years
from allocations.years import rest
from app.demo.loop import on
from app.demo.people import acting
from kit.actor import system
from kit.clock import school_year, school_year_bounds, standing_at, today
from kit.database import fetch, transaction

CARRIED = "EX-ITINERANCE"
_REPORT = "Rapport corrigé : deux ensembles prêtés par l'école voisine avaient été comptés deux fois."


def before(year: str, n: int) -> str:
    """The school year so many before this one."""
    first: date = school_year_bounds(year)[0]
    return school_year(first.replace(year=first.year - n) + timedelta(days=1))


async def tell_carried(last: str) -> None:
    """The year before the last: money that nobody used, its accounts signed and received, its rest carried over to the last."""
    ministry, buyer, principal = [await acting(name) for name in ("ministere", "brumes.appro", "brumes.direction")]
    year = before(last, 1)
    first, ends = school_year_bounds(year)
    named = MeasureIn(name="Robotique itinérante (exemple)", name_en="Travelling robotics (example)", kind="operating")
    await write_measure(ministry, CARRIED, named)
    for each in (year, last):
        await write_year(ministry, CARRIED, each, MeasureYearIn(rest="carried"))
    await write_rule(ministry, CARRIED, year, AllocationRuleIn(floor_cents=1_500_00, levels=["preschool", "primary"]))
    with standing_at(on(first + timedelta(days=60))):
        await compute(buyer, CARRIED, year)
    with standing_at(on(ends + timedelta(days=20))):
        await years.begin_closing(ministry, year, reason="Fin de l'exercice.")
        found = await accounts_of(principal, year, school="991002")
        await accounts.attest(principal, year, "991002", digest=found.digest)
        await _signed(year, "brumes.appro", "991000", received=True)
    with standing_at(on(ends + timedelta(days=60))):
        await years.close(ministry, year, reason="Redditions de comptes reçues.")
        await rest.apply(ministry, year, reason="La mesure permet de reporter ce qui reste.")


async def tell_signatures(last: str) -> None:
    """The last year while it closes: trainings that were done, accounts that schools attest and two boards of three sign."""
    ministry = await acting("ministere")
    first = school_year_bounds(last)[0]
    await tell_trainings(first + timedelta(days=150))
    await years.begin_closing(ministry, last, reason="Fin de l'exercice.")
    for address, school in ("direction", "990001"), ("direction", "990003"), ("direction2", "990015"):
        principal = await acting(address)
        found = await accounts_of(principal, last, school=school)
        await accounts.attest(principal, last, school, digest=found.digest)
    await _signed(last, "appro", "990000", received=True)
    await _signed(last, "brumes.appro", "991000", received=False)


async def tell_trainings(day: date) -> None:
    """So many persons trained, in two schools."""
    async with transaction(system()):
        codes = [row["code"] for row in await fetch("SELECT code FROM training ORDER BY code LIMIT 2")]
    for address, school, persons in ("direction", "990001", 14), ("brumes.direction", "991002", 6):
        principal = await acting(address)
        for code in codes:
            done = NewTraining(school=school, training=code, held_on=day, persons=persons)
            await accounts.record_training(principal, done)


async def tell_ends(last: str) -> None:
    """`last`: the year before this one, which is closed; what it did not use goes by its measure's rule."""
    ministry, buyer = await acting("ministere"), await acting("brumes.appro")
    over = min(today(), school_year_bounds(last)[1] + timedelta(days=90))
    corrected = before(last, 1)
    with standing_at(on(over)):
        await rest.apply(ministry, last, reason="Règle de la mesure, après la réception des comptes.")
        await years.report(ministry, corrected, reason="Un organisme corrige les quantités de robotique.")
        await reports.attach(buyer, corrected, "rapport-corrige.txt", _REPORT.encode(), board="991000")
        await _signed(corrected, "brumes.appro", "991000", received=False)
        await years.begin_closing(ministry, before(last, 2), reason="Deux organismes doivent encore une facture.")


async def _signed(year: str, address: str, board: str, *, received: bool) -> None:
    buyer, ministry = await acting(address), await acting("ministere")
    digest = (await accounts_of(buyer, year, board=board)).digest
    await accounts.sign(buyer, year, board, digest=digest)
    if received:
        await accounts.receive(ministry, year, board, digest=digest)
