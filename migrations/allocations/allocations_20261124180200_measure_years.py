"""Keys of what measures gained; the example measure's year, of which what is left is recovered, as programmes of the kind do."""

from kit.migrating import raw

ID = "2026-11-24T18:02:00:000000"
VERSION = "1.38.0"

SQL = """
ALTER TABLE measure_year ALTER COLUMN id SET DEFAULT new_id();
ALTER TABLE allocation_weight ALTER COLUMN id SET DEFAULT new_id();
INSERT INTO measure_year (measure, year, rest, version)
SELECT measure, year, 'recovered', 1 FROM allocation_rule;
"""


async def forwards():
    return raw(package="allocations", moment=ID, words="measure years", sql=SQL)
