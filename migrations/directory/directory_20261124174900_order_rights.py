"""Another person of purchasing authorises large orders; the board's administration says from what amount."""

from kit.migrating import raw

ID = "2026-11-24T17:49:00:000000"
VERSION = "1.38.0"

SQL = """
INSERT INTO role_right (id, role, "right") VALUES (new_id(), 'purchasing', 'order.authorise'), (new_id(), 'board_admin', 'order.limit');
"""


async def forwards():
    return raw(package="directory", moment=ID, words="rights to authorise orders", sql=SQL)
