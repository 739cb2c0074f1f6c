"""Last year, over and closed: what was chosen then, all of it ordered and received, told with the clock held at its days."""

from datetime import date, timedelta

from allocations.envelopes.computing import compute
from allocations.measures.operations import repeat_rule
from allocations.orders.rules import How
from allocations.selections import decisions
from allocations.years import operations as years
from app.demo import year_ends
from app.demo.loop import MEASURE, Thing, approved, on, ordered, received, submitted
from app.demo.people import acting
from inventory.assets import operations as assets
from kit.actor import Actor
from kit.clock import school_year, school_year_bounds, standing_at

# Who chose, who approved, who ordered, who received → school, title, what, how it was handed over where not by mail.
_STORY: tuple[tuple[tuple[str, str, str, str], str, str, Thing, How | None], ...] = (
    (("equipe", "direction", "appro", "technique"), "990001", "Une ruche de robots", ("ruche-bee-bot", 1), None),
    (("equipe", "direction", "appro", "technique"), "990003", "Coin invention", ("coin-invention", 2), How.phone),
    (("equipe2", "direction2", "appro", "technique"), "990015", "Îlot de tablettes", ("ilot-six-tablettes", 1), None),
    (("brumes.equipe", "brumes.direction", "brumes.appro", "brumes.technique"), "991002", "Coin invention",
     ("coin-invention", 1), None),
    (("lakes.team", "lakes.principal", "lakes.purchasing", "lakes.technician"), "992001", "Invention corner",
     ("coin-invention", 1), How.fax),
)  # fmt: skip


def last_year(today: date) -> str:
    """The school year before this one."""
    return school_year(school_year_bounds(school_year(today))[0] - timedelta(days=1))


async def tell_year(today: date) -> None:
    """Envelopes of the autumn, baskets, orders received before Christmas; the ministry closes the year once it is over."""
    year = last_year(today)
    first = school_year_bounds(year)[0]
    ministry = await acting("ministere")
    await repeat_rule(ministry, MEASURE, of_year=school_year(today), for_year=year)
    buyers = [await acting(address) for address in ("appro", "brumes.appro", "lakes.purchasing")]
    with standing_at(on(first + timedelta(days=65))):
        for purchasing in buyers:
            await compute(purchasing, MEASURE, year)
    for n, (desks, school, title, thing, how) in enumerate(_STORY):
        actors = [await acting(address) for address in desks]
        await _bought(actors, year, first + timedelta(days=90 + 3 * n), school, title, thing, how)
    await _not_bought(year, first + timedelta(days=200))
    over = min(today, school_year_bounds(year)[1] + timedelta(days=75))
    with standing_at(on(over)):
        await year_ends.tell_signatures(year)
        await years.close(ministry, year, reason="Redditions de comptes des trois organismes reçues.")


async def _bought(
    actors: list[Actor], year: str, day: date, school: str, title: str, thing: Thing, how: How | None
) -> None:
    team, principal, purchasing, technician = actors
    with standing_at(on(day)):
        basket = await approved(team, principal, school, year, title, thing)
    with standing_at(on(day + timedelta(days=5))):
        confirmation = "C-5521" if how else ""
        arrives = day + timedelta(days=30)
        numbers = await ordered(
            purchasing, basket, wanted=arrives, promised=arrives, how=how, confirmation=confirmation
        )
    with standing_at(on(day + timedelta(days=28))):
        for number in numbers:
            await assets.put_into_service(technician, await received(technician, number, slip=f"L-{day:%m%d}"))


async def _not_bought(year: str, day: date) -> None:
    """What was asked for too late is refused, and stays so."""
    team, principal = await acting("equipe"), await acting("direction")
    with standing_at(on(day)):
        late = await submitted(team, "990002", year, "Studio vidéo", ("studio-video", 1))
    with standing_at(on(day + timedelta(days=2))):
        reason = "Trop tard pour recevoir avant la fin des classes; proposez-le de nouveau l'an prochain."
        await decisions.refuse(principal, late.number, version=late.version, reason=reason)
