from kit.migrating import raw

ID = "2026-11-24T18:01:00:000000"
VERSION = "1.38.0"

SQL = r"""
-- A number that was rejected or cancelled may come again, corrected.
CREATE UNIQUE INDEX invoice_supplier_number_once ON invoice (board, supplier, lower(regexp_replace(supplier_number, '\s', '', 'g')))
    WHERE state NOT IN ('rejected', 'cancelled');
CREATE INDEX invoice_of_board ON invoice (board, number);
CREATE INDEX invoice_credits ON invoice (credits) WHERE credits IS NOT NULL;
ALTER TABLE invoice ADD CONSTRAINT invoice_credits_one FOREIGN KEY (credits) REFERENCES invoice (id) ON DELETE RESTRICT;
ALTER TABLE order_line ADD CONSTRAINT order_line_settled_within CHECK (settled >= 0 AND settled <= returned);
"""


async def forwards():
    return raw(package="allocations", moment=ID, words="indexes of invoices", sql=SQL)
