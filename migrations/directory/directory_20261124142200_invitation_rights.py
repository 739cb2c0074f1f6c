"""One open invitation an address and place; who reads and manages people (`desks.md` §1: AF and VE read, the ministry its own)."""

from kit.migrating import raw

ID = "2026-11-24T14:22:00:000000"
VERSION = "1.38.0"

SQL = """
CREATE UNIQUE INDEX invitation_open_once ON invitation (lower(email), board) NULLS NOT DISTINCT
    WHERE accepted_at IS NULL AND revoked_at IS NULL;
INSERT INTO role_right (id, role, "right") VALUES
    (new_id(), 'ministry', 'person.read'), (new_id(), 'ministry', 'person.write'),
    (new_id(), 'purchasing', 'person.read'), (new_id(), 'auditor', 'person.read');
"""


async def forwards():
    return raw(package="directory", moment=ID, words="one open invitation; rights on people", sql=SQL)
