"""Which taxes and rebates are in force."""

from datetime import date

from catalog.taxes.rules import GST, QST, NoRate, Taxes
from kit.actor import Actor
from kit.database import fetch, transaction

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


async def rates_on(who: Actor, day: date, *, body: str = "school") -> Taxes:
    """Rates and rebates (parts per million) in force on a day for a kind of body. Raises NoRate when a tax has none."""
    async with transaction(who):
        return await rates_in_force(day, body=body)


async def rates_in_force(day: date, *, body: str = "school") -> Taxes:
    """As `rates_on`, in the transaction that runs: the rates are the same for all."""
    rows = await fetch(_IN_FORCE, day, body)
    rates = {row["tax"]: row["ppm"] for row in rows if not row["is_rebate"]}
    if not {GST, QST} <= rates.keys():
        raise NoRate(day=day)
    return Taxes(rates=rates, rebates={row["tax"]: row["ppm"] for row in rows if row["is_rebate"]})
