"""How long the lines of an import are kept: they are its way back, and tell what it changed."""

from datetime import datetime

from kit.clock import now
from kit.database import execute, fetch_value
from kit.i18n import lazy
from kit.retention import Rule, days, statement


async def forget_lines(before: datetime, at_most: int) -> int:
    """The changes of the oldest batch that has ended; one at a time, whatever `at_most`. How many batches."""
    batch = await fetch_value(
        "UPDATE import_batch SET forgotten_at = $2 WHERE id = (SELECT id FROM import_batch WHERE state <> 'staged'"
        " AND forgotten_at IS NULL AND coalesce(applied_at, made_at) < $1"
        " ORDER BY coalesce(applied_at, made_at), number LIMIT 1 FOR UPDATE) RETURNING id",
        before, now(),
    )  # fmt: skip
    if batch is None:
        return 0
    await execute("DELETE FROM import_change WHERE batch = $1", batch)
    return 1


RETENTION = [
    Rule(
        "staged-imports",
        lazy("Importations préparées que personne n'a appliquées"),
        lambda s: days(s.keep_imports_days),
        statement(
            "UPDATE import_batch SET state = 'dropped' WHERE id IN (SELECT id FROM import_batch WHERE state = 'staged'"
            " AND made_at < $1 LIMIT $2)"
        ),
    ),
    Rule(
        "import-lines",
        lazy("Lignes des importations"),
        lambda s: days(s.keep_imports_days),
        forget_lines,
        batch=1,
    ),
]
