"""The administration of a board says who decides on what, and who replaces whom."""

from kit.migrating import raw

ID = "2026-11-24T18:01:37:000000"
VERSION = "1.38.0"

SQL = """
INSERT INTO role_right (id, role, "right") VALUES (new_id(), 'board_admin', 'delegation.write');
CREATE INDEX replacement_in_force ON replacement (deputy, until_day) WHERE ended_at IS NULL;
"""


async def forwards():
    return raw(package="directory", moment=ID, words="right to delegate", sql=SQL)
