"""What has been done since with what a batch changed: then it is taken back no more, or somebody's work would hang in the air.

What counts depends on what taking back would do. A record that it closes (made, opened again) or moves back must not have been
used; a record that it rewrites must still say what the batch said; a record that it opens again cannot be hurt. The trail tells
of every use, whichever package did it.
"""

from typing import Any
from uuid import UUID

from directory.imports.records import FIGURES, RECORDS
from directory.imports.schemas import Use
from kit.actor import system
from kit.database import fetch_as, fetch_value, transaction

SHOWN = 3

# $1 the batch, $2 when it was applied. Its own changes, and what a scan finds by itself, are nobody's use.
_NETWORK = "split_part(e.what, '.', 1) IN ('board', 'building', 'school', 'link', 'headcount')"
_NOBODY = f"({_NETWORK} OR e.actor = 'system' AND e.what LIKE 'floor.%')"
_USED = f"""
SELECT DISTINCT ON (record, key) * FROM (
    SELECT c.record, c.key, e.subject_kind AS by_kind, e.at FROM import_change c JOIN event e
        ON e.at > $2 AND e.school = c.key AND NOT {_NOBODY}
    WHERE c.batch = $1 AND c.record = 'school' AND (c.action IN ('create', 'reopen') OR c.before ? 'board')
    UNION ALL
    SELECT c.record, c.key, e.subject_kind, e.at FROM import_change c JOIN event e
        ON e.at > $2 AND e.board = c.key AND NOT {_NOBODY}
    WHERE c.batch = $1 AND c.record = 'board' AND c.action IN ('create', 'reopen')
    UNION ALL
    SELECT 'school', split_part(c.key, '/', 1), e.subject_kind, e.at FROM import_change c JOIN event e
        ON e.at > $2 AND e.school = split_part(c.key, '/', 1) AND e.after ->> 'building' = split_part(c.key, '/', 2)
    WHERE c.batch = $1 AND c.record = 'link' AND c.action IN ('create', 'reopen') AND NOT {_NOBODY}
    UNION ALL
    SELECT 'school', split_part(c.key, '/', 1), e.subject_kind, e.at FROM import_change c JOIN event e
        ON e.at > $2 AND e.school = split_part(c.key, '/', 1) AND e.what IN ('envelope.allocated', 'envelope.adjusted')
    WHERE c.batch = $1 AND c.record = 'headcount'
    UNION ALL
    SELECT c.record, c.key, 'headcount', NULL FROM import_change c JOIN headcount h
        ON h.school = c.key AND num_nonnulls({", ".join(f"h.{figure}" for figure in FIGURES)}) > 0
    WHERE c.batch = $1 AND c.record = 'school' AND c.action = 'create'
    UNION ALL
    SELECT c.record, c.key, 'role', NULL FROM import_change c JOIN role_grant g
        ON g.revoked_at IS NULL AND CASE c.record WHEN 'school' THEN g.school ELSE g.board END = c.key
    WHERE c.batch = $1 AND c.record IN ('school', 'board') AND c.action = 'create'
) used ORDER BY record, key, at NULLS LAST
"""


def _edited(record: str) -> str:
    """Records of a kind that no longer say what the batch wrote in them."""
    shape = RECORDS[record]
    return (
        f"SELECT '{record}' AS record, c.key, 'edited' AS by_kind, NULL::timestamptz AS at FROM import_change c"
        f" LEFT JOIN {shape.name} r ON {shape.matches}"
        f" WHERE c.batch = $1 AND c.record = '{record}' AND (to_jsonb(r) @> c.after) IS NOT TRUE"
    )


_EDITED = " UNION ALL ".join(map(_edited, RECORDS))

_FOUND = f"""
WITH used AS MATERIALIZED ({_USED}), found AS (
    SELECT * FROM used UNION ALL
    SELECT * FROM ({_EDITED}) e WHERE (e.record, e.key) NOT IN (SELECT record, key FROM used)
)
SELECT f.record, f.key, f.by_kind, f.at, coalesce(s.name, b.name, g.name, '') AS name, (count(*) OVER ())::int AS n
FROM found f
LEFT JOIN school s ON f.record IN ('school', 'link', 'headcount') AND s.code = split_part(f.key, '/', 1)
LEFT JOIN board b ON f.record = 'board' AND b.code = f.key
LEFT JOIN building g ON f.record = 'building' AND g.code = f.key
ORDER BY f.at NULLS LAST, f.record, f.key LIMIT {SHOWN}
"""


async def uses_since(batch: UUID) -> list[Use]:
    """The first uses of what an applied batch changed; none: it can be taken back. Call inside a transaction."""
    async with transaction(system()):  # whoever did it, wherever: the ministry is told where and when, not who
        applied_at: Any = await fetch_value("SELECT applied_at FROM import_batch WHERE id = $1", batch)
        return await fetch_as(Use, _FOUND, batch, applied_at)
