"""Years before the last: one whose rest is ended and whose accounts are open again, one that never finished closing."""

from datetime import date, timedelta

from allocations.years import operations as years
from allocations.years import rest
from app.demo.loop import on
from app.demo.people import acting
from kit.clock import school_year, school_year_bounds, standing_at, today


def before(year: str, n: int) -> str:
    """The school year so many before this one."""
    first: date = school_year_bounds(year)[0]
    return school_year(first.replace(year=first.year - n) + timedelta(days=1))


async def tell_ends(last: str) -> None:
    """`last`: the year before this one, which is closed; what it did not use goes by its measure's rule."""
    ministry = await acting("ministere")
    over = min(today(), school_year_bounds(last)[1] + timedelta(days=90))
    with standing_at(on(over)):
        await rest.apply(ministry, last, reason="Règle de la mesure, après la réception des comptes.")
        await years.close(ministry, before(last, 1), reason="Redditions de comptes reçues.")
        await years.report(ministry, before(last, 1), reason="Un organisme corrige les quantités de robotique.")
        await years.begin_closing(ministry, before(last, 2), reason="Deux organismes doivent encore une facture.")
