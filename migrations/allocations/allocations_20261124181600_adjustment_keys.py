"""Keys of uploads of adjustments and of projects."""

from kit.migrating import raw

ID = "2026-11-24T18:16:00:000000"
VERSION = "1.38.0"

TABLES = ("adjustment_upload", "adjustment_line", "call_for_projects", "project")
SQL = "\n".join(f"ALTER TABLE {table} ALTER COLUMN id SET DEFAULT new_id();" for table in TABLES)


async def forwards():
    return raw(package="allocations", moment=ID, words="adjustment keys", sql=SQL)
