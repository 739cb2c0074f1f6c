"""One open price of a product at a supplier for each board, contract and minimum; contracts by their end."""

from kit.migrating import raw

ID = "2026-11-24T18:12:00:000000"
VERSION = "1.38.0"

SQL = """
DROP INDEX price_open_once;
CREATE UNIQUE INDEX price_open_once_v2 ON price (product, supplier, board, contract, minimum) NULLS NOT DISTINCT
    WHERE until_day IS NULL;
CREATE INDEX contract_by_end ON contract (coalesce(until_day, 'infinity'), code);
"""


async def forwards():
    return raw(package="catalog", moment=ID, words="one open price", sql=SQL)
