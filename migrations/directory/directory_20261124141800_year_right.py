"""The ministry closes school years, and opens them again."""

from kit.migrating import raw

ID = "2026-11-24T14:18:00:000000"
VERSION = "1.38.0"

SQL = """
INSERT INTO role_right (id, role, "right") VALUES (new_id(), 'ministry', 'year.write');
"""


async def forwards():
    return raw(package="directory", moment=ID, words="right to close a year", sql=SQL)
