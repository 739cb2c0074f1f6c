"""Lines that amend another share its item; orders that there were: who cancelled them, and each line's shares of its taxes."""

from kit.migrating import raw

ID = "2026-11-24T17:48:00:000000"
VERSION = "1.38.0"

# By largest remainder, the first lines first: the shares of a part's lines add up to its tax.
SHARE = """
UPDATE order_line l SET {tax} = s.whole + (s.place <= s.over)::int FROM (
    SELECT id, whole, row_number() OVER (PARTITION BY part ORDER BY rest DESC, position) AS place,
           tax - sum(whole) OVER (PARTITION BY part) AS over
    FROM (SELECT l.id, l.part, l.position, p.{tax} AS tax, p.{tax} * l.before_tax_cents / p.before_tax_cents AS whole,
                 p.{tax} * l.before_tax_cents % p.before_tax_cents AS rest
          FROM order_line l JOIN order_part p ON p.id = l.part WHERE p.before_tax_cents > 0) r
) s WHERE s.id = l.id;
"""

SQL = f"""
DROP INDEX order_line_item_live;
CREATE UNIQUE INDEX order_line_item_first_live ON order_line (item) WHERE cancelled = 0 AND amends IS NULL;
CREATE INDEX order_line_awaited ON order_line (expected_on) WHERE quantity > received + cancelled;
UPDATE purchase_order SET cancelled_by = 'us' WHERE state = 'cancelled';
{SHARE.format(tax="gst_cents")}
{SHARE.format(tax="qst_cents")}
"""


async def forwards():
    return raw(package="allocations", moment=ID, words="lines of amendments", sql=SQL)
