"""Bundles that were there are first editions: published, or retired where they were no longer offered."""

from kit.migrating import raw

ID = "2026-11-24T18:07:00:000000"
VERSION = "1.38.0"

SQL = """
UPDATE bundle SET state = CASE WHEN closed_on <= current_date THEN 'retired' ELSE 'published' END;
CREATE UNIQUE INDEX bundle_published_once ON bundle (slug) WHERE state = 'published';
CREATE UNIQUE INDEX bundle_draft_once ON bundle (slug) WHERE state = 'draft';
"""


async def forwards():
    return raw(package="catalog", moment=ID, words="editions of bundles", sql=SQL)
