from kit.migrating import raw

ID = "2026-11-24T12:00:00:000000"
VERSION = "1.38.0"

SQL = """
ALTER TABLE supplier ADD name_key text COLLATE "C" GENERATED ALWAYS AS (fold(name)) STORED;
ALTER TABLE product ADD name_key text COLLATE "C" GENERATED ALWAYS AS (fold(name || ' ' || maker || ' ' || model)) STORED;
ALTER TABLE bundle ADD name_key text COLLATE "C" GENERATED ALWAYS AS (fold(name)) STORED;
CREATE INDEX price_in_force ON price (product, from_day DESC);
CREATE UNIQUE INDEX price_open_once ON price (product, supplier) WHERE until_day IS NULL;
"""


async def forwards():
    return raw(package="catalog", moment=ID, words="names and indexes", sql=SQL)
