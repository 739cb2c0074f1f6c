"""Rates and rebates are added from a day on; what was priced before that day stays as it was."""

from datetime import date, timedelta

from catalog.products.prices import lock_catalogue
from catalog.taxes import queries
from catalog.taxes.rules import RateInOrder
from catalog.taxes.schemas import NewRate, NewRebate, TaxOut
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, fetch_value, transaction
from kit.events import record

_NAMES = {"gst": ("TPS", 1), "qst": ("TVQ", 2)}


async def add_rate(who: Actor, new: NewRate) -> list[TaxOut]:
    """Change a tax from a day on; all rates and rebates. Raises Forbidden, RateInOrder."""
    who.must("catalogue.write")
    async with transaction(system()):
        await lock_catalogue()
        last = await fetch_value("SELECT max(from_day) FROM tax_rate WHERE tax = $1", new.tax)
        _check(new, last)
        await execute(
            "UPDATE tax_rate SET until_day = $2 WHERE tax = $1 AND (until_day IS NULL OR until_day > $2)",
            new.tax, new.from_day - timedelta(days=1),
        )  # fmt: skip
        await execute(
            "INSERT INTO tax_rate (tax, name, ppm, from_day, position, source) VALUES ($1, $2, $3, $4, $5, $6)",
            new.tax, _NAMES[new.tax][0], new.ppm, new.from_day, _NAMES[new.tax][1], new.source,
        )  # fmt: skip
        await record(who, "tax.rate_added", kind="tax", subject=new.tax, after=new)
    return await queries.everything(who)


async def add_rebate(who: Actor, new: NewRebate) -> list[TaxOut]:
    """Change the rebate of a tax for a kind of body from a day on (0: none any more). Raises Forbidden, RateInOrder."""
    who.must("catalogue.write")
    async with transaction(system()):
        await lock_catalogue()
        last = await fetch_value("SELECT max(from_day) FROM tax_rebate WHERE tax = $1 AND body = $2", new.tax, new.body)
        _check(new, last)
        await execute(
            "UPDATE tax_rebate SET until_day = $3 WHERE tax = $1 AND body = $2 AND (until_day IS NULL OR until_day > $3)",
            new.tax, new.body, new.from_day - timedelta(days=1),
        )  # fmt: skip
        await execute(
            "INSERT INTO tax_rebate (tax, body, ppm, from_day, source) VALUES ($1, $2, $3, $4, $5)",
            new.tax, new.body, new.ppm, new.from_day, new.source,
        )  # fmt: skip
        await record(who, "tax.rebate_added", kind="tax", subject=f"{new.tax} {new.body}", after=new)
    return await queries.everything(who)


def _check(new: NewRate | NewRebate, last: date | None) -> None:
    """A rate begins today or later and after the last known one: nothing that was priced may come to another sum."""
    earliest = max(today(), last + timedelta(days=1)) if last else today()
    if new.from_day < earliest:
        raise RateInOrder(day=earliest)
