"""Which taxes and rebates are in force."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from catalog.taxes.rules import GST, QST, NoRate, Taxes
from catalog.taxes.schemas import TaxOut
from kit.actor import Actor
from kit.database import fetch, fetch_as, transaction

# The newest row of each tax that has begun; one that has ended is no rate, whatever older row would still be open.
_IN_FORCE = """
SELECT tax, ppm, is_rebate FROM (
    SELECT DISTINCT ON (tax) tax, ppm, until_day, false AS is_rebate FROM tax_rate
    WHERE from_day <= $1 ORDER BY tax, from_day DESC
) rate WHERE until_day IS NULL OR until_day >= $1
UNION ALL
SELECT tax, ppm, is_rebate FROM (
    SELECT DISTINCT ON (tax) tax, ppm, until_day, true AS is_rebate FROM tax_rebate
    WHERE from_day <= $1 AND body = $2 ORDER BY tax, from_day DESC
) rebate WHERE until_day IS NULL OR until_day >= $1
"""
_IN_FORCE_ON = f"""
SELECT d.day, r.* FROM unnest($1::date[]) AS d (day) CROSS JOIN LATERAL (
{_IN_FORCE.replace("$1", "d.day")}
) r
"""


async def rates_on(who: Actor, day: date, *, body: str = "school") -> Taxes:
    """Rates and rebates (parts per million) in force on a day for a kind of body. Raises NoRate when a tax has none."""
    async with transaction(who):
        return await rates_in_force(day, body=body)


async def rates_in_force(day: date, *, body: str = "school") -> Taxes:
    """As `rates_on`, in the transaction that runs: the rates are the same for all."""
    return _taxes(day, await fetch(_IN_FORCE, day, body))


async def rates_on_days(days: Iterable[date], *, body: str = "school") -> dict[date, Taxes]:
    """As `rates_in_force`, for many days at once. Raises NoRate for the first that has none."""
    rows = defaultdict(list)
    wanted = sorted(set(days))
    for row in await fetch(_IN_FORCE_ON, wanted, body):
        rows[row["day"]].append(row)
    return {day: _taxes(day, rows[day]) for day in wanted}


def _taxes(day: date, rows: list[Any]) -> Taxes:
    rates = {row["tax"]: row["ppm"] for row in rows if not row["is_rebate"]}
    if not {GST, QST} <= rates.keys():
        raise NoRate(day=day)
    return Taxes(rates=rates, rebates={row["tax"]: row["ppm"] for row in rows if row["is_rebate"]})


async def everything(who: Actor) -> list[TaxOut]:
    """Every rate and rebate that ever was or is known to come, newest first for each tax and kind of body."""
    who.must("catalogue.read")
    async with transaction(who):
        return await fetch_as(
            TaxOut,
            "SELECT tax, NULL AS body, ppm, from_day, until_day, source FROM tax_rate"
            " UNION ALL SELECT tax, body, ppm, from_day, until_day, source FROM tax_rebate"
            " ORDER BY tax, body NULLS FIRST, from_day DESC",
        )
