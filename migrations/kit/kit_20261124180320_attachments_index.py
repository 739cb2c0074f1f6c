"""What goes with a thing is found by it."""

from kit.migrating import raw

ID = "2026-11-24T18:03:20:000000"
VERSION = "1.38.0"

SQL = "CREATE INDEX attachment_about ON attachment (about_kind, about, at, id) WHERE removed_at IS NULL;"


async def forwards():
    return raw(package="kit", moment=ID, words="attachments index", sql=SQL)
