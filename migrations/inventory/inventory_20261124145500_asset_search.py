"""Any fragment of a million assets: trigrams of what describes them."""

from kit.migrating import raw

ID = "2026-11-24T14:55:00:000000"
VERSION = "1.38.0"

# The extension is trusted: whoever owns the database may make it.
SQL = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX asset_search_trigrams ON asset USING gin (search_key gin_trgm_ops);
"""


async def forwards():
    return raw(package="inventory", moment=ID, words="search of assets", sql=SQL)
