"""A board's purchasing keeps its own local suppliers, contracts and prices; the shared ones are the ministry's."""

from kit.migrating import raw

ID = "2026-11-24T18:03:00:000000"
VERSION = "1.38.0"

SQL = """
INSERT INTO role_right (id, role, "right") VALUES (new_id(), 'purchasing', 'supplier.write');
"""


async def forwards():
    return raw(package="directory", moment=ID, words="right to local suppliers", sql=SQL)
