"""One decision a school and one default a board; movements newest first, and the loans that are still out."""

from kit.migrating import raw

ID = "2026-11-24T18:15:00:000000"
VERSION = "1.38.0"

SQL = """
CREATE UNIQUE INDEX ordering_once ON ordering (board, coalesce(school, ''));
CREATE INDEX reallocation_of_board ON reallocation (board, made_at, number);
CREATE INDEX reallocation_outstanding ON reallocation (target) WHERE automatic AND returned_cents < amount_cents;
"""


async def forwards():
    return raw(package="allocations", moment=ID, words="reallocation indexes", sql=SQL)
