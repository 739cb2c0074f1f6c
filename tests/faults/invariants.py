"""What must hold whatever was killed: each query returns the offenders, over all rows at once. None must be found."""

from tests.faults.servers import Database

INVARIANTS = {
    "an envelope's figures are the sums of its ledger": """
        SELECT e.school, e.reserved_cents, l.reserved FROM envelope e LEFT JOIN (
            SELECT envelope, sum(allocated_cents) AS allocated, sum(reserved_cents) AS reserved,
                sum(committed_cents) AS committed, sum(spent_cents) AS spent FROM ledger_entry GROUP BY 1) l ON l.envelope = e.id
        WHERE (e.allocated_cents, e.reserved_cents, e.committed_cents, e.spent_cents)
            IS DISTINCT FROM (l.allocated, l.reserved, l.committed, l.spent)""",
    "an envelope holds what its baskets and orders hold": """
        SELECT e.school FROM envelope e
        LEFT JOIN (SELECT envelope, sum(charged_cents) AS cents FROM selection
            WHERE state IN ('submitted', 'approved', 'ordered') GROUP BY 1) s ON s.envelope = e.id
        LEFT JOIN (SELECT p.envelope, sum(p.charged_cents) AS cents FROM order_part p JOIN purchase_order o ON o.id = p."order"
            WHERE o.state IN ('sent', 'part_received', 'received') GROUP BY 1) o ON o.envelope = e.id
        LEFT JOIN (SELECT envelope, sum(spent_cents) AS cents FROM order_line GROUP BY 1) l ON l.envelope = e.id
        WHERE (e.reserved_cents, e.committed_cents, e.spent_cents) IS DISTINCT FROM (coalesce(s.cents, 0) - coalesce(o.cents, 0),
            coalesce(o.cents, 0) - coalesce(l.cents, 0), coalesce(l.cents, 0))""",
    "an order's line has received what its receipts say": """
        SELECT l.id, l.received, r.n FROM order_line l LEFT JOIN (
            SELECT order_line, sum(quantity)::int AS n, sum(charged_cents) AS cents FROM receipt_line GROUP BY 1) r ON r.order_line = l.id
        WHERE (l.received, l.spent_cents) IS DISTINCT FROM (coalesce(r.n, 0), coalesce(r.cents, 0))""",
    "an order's state says what has come": """
        SELECT o.number, o.state FROM purchase_order o JOIN order_line l ON l."order" = o.id
        GROUP BY o.number, o.state HAVING o.state NOT IN ('draft', 'cancelled', 'closed') AND o.state <> CASE
            WHEN sum(l.received) = 0 THEN 'sent' WHEN sum(l.received) < sum(l.quantity) THEN 'part_received' ELSE 'received' END""",
    "each unit received is one device": """
        SELECT r.id FROM receipt_line r LEFT JOIN (SELECT receipt_line, count(*) AS n FROM asset GROUP BY 1) a
            ON a.receipt_line = r.id WHERE r.quantity <> coalesce(a.n, 0)
        UNION ALL SELECT a.id FROM asset a WHERE a.receipt_line IS NOT NULL
            AND NOT EXISTS (SELECT FROM receipt_line r WHERE r.id = a.receipt_line)""",
    "what is awaited is what is not in service": """
        SELECT l.id, d.quantity FROM order_line l JOIN purchase_order o ON o.id = l."order" AND o.state <> 'draft'
        LEFT JOIN expected_delivery d ON d.source = l.id::text
        LEFT JOIN (SELECT expected_source, count(*) AS n FROM asset WHERE state <> 'received' GROUP BY 1) a
            ON a.expected_source = l.id::text WHERE d.quantity IS DISTINCT FROM l.quantity - coalesce(a.n, 0)""",
    "each change has its event, once": """
        SELECT what, subject, wanted, n FROM (
            SELECT 'selection.drafted' AS what, number AS subject, 1 AS wanted FROM selection
            UNION ALL SELECT 'selection.submitted', number, 1 FROM selection WHERE state <> 'draft'
            UNION ALL SELECT 'selection.approved', number, 1 FROM selection WHERE state IN ('approved', 'ordered')
            UNION ALL SELECT 'order.drafted', number, 1 FROM purchase_order
            UNION ALL SELECT 'order.sent', number, 1 FROM purchase_order WHERE state <> 'draft'
            UNION ALL SELECT 'order.received', o.number, count(*) FROM receipt r JOIN purchase_order o ON o.id = r."order" GROUP BY 2
            UNION ALL SELECT 'asset.received', tag, 1 FROM asset WHERE receipt_line IS NOT NULL
            UNION ALL SELECT 'asset.put_into_service', tag, 1 FROM asset WHERE state = 'in_service' AND receipt_line IS NOT NULL
        ) w FULL JOIN (SELECT what, subject, count(*) AS n FROM event WHERE what IN ('selection.drafted', 'selection.submitted',
            'selection.approved', 'order.drafted', 'order.sent', 'order.received', 'asset.received', 'asset.put_into_service')
            GROUP BY 1, 2) e USING (what, subject) WHERE wanted IS DISTINCT FROM n""",
    "numbers have no hole": """
        SELECT s.series, s.last, n.n FROM number_series s JOIN (
            SELECT 'P-' || school || '-' || left(year, 4) AS series, count(*) AS n FROM selection GROUP BY 1
            UNION ALL SELECT 'order ' || board || ' ' || year, count(*) FROM purchase_order GROUP BY 1
            UNION ALL SELECT 'import', count(*) FROM import_batch) n USING (series) WHERE s.last <> n.n""",
    "a sent order has one message": """
        SELECT o.number FROM purchase_order o WHERE o.state NOT IN ('draft', 'cancelled')
            AND (SELECT count(*) FROM outbox m WHERE m.about = o.number AND m.id = o.message) <> 1
        UNION ALL SELECT m.about FROM outbox m WHERE m.kind = 'order' AND NOT EXISTS (
            SELECT FROM purchase_order o WHERE o.message = m.id)""",
    "a kept key has its answer": "SELECT key FROM idempotency_key WHERE answer IS NULL",
    "a school has one standing, the worst of its rules": """
        SELECT s.school FROM school s_ JOIN floor_status s ON s.school = s_.code AND s.until_at IS NULL
        LEFT JOIN LATERAL (SELECT min(array_position(ARRAY['below', 'on_order', 'not_assessable', 'met', 'exempt'],
            a.status::text)) AS worst FROM floor_assessment a WHERE a.school = s.school AND a.until_at IS NULL) a ON true
        GROUP BY s.school, a.worst HAVING count(*) <> 1
            OR min(array_position(ARRAY['below', 'on_order', 'not_assessable', 'met', 'exempt'], s.status::text))
            IS DISTINCT FROM a.worst""",
    "a school stands in one way on each rule": """
        SELECT school, category FROM floor_assessment WHERE until_at IS NULL GROUP BY 1, 2 HAVING count(*) > 1
        UNION ALL SELECT school, category FROM floor_assessment WHERE until_at < from_at""",
    "a flag is open where a school is below, and only there": """
        SELECT school, category FROM (SELECT school, category FROM floor_flag WHERE closed_at IS NULL) f
        FULL JOIN (SELECT school, category, true AS below FROM floor_assessment WHERE until_at IS NULL AND status = 'below') a
            USING (school, category) WHERE a.below IS NULL
            OR NOT EXISTS (SELECT FROM floor_flag g WHERE g.school = a.school AND g.category = a.category AND g.closed_at IS NULL)
        UNION ALL SELECT school, category FROM floor_flag WHERE closed_at IS NULL GROUP BY 1, 2 HAVING count(*) > 1""",
    "a scan counts the schools that it assessed": """
        SELECT at FROM floor_scan f WHERE assessed <> (SELECT sum(value::int) FROM jsonb_each_text(f.by_status))""",
    "an import is whole": """
        SELECT b.number, b.state FROM import_batch b LEFT JOIN (
            SELECT batch, count(*) FILTER (WHERE action = 'create') AS created, count(*) FILTER (WHERE action = 'close') AS closed
            FROM import_change WHERE record IN ('board', 'school') GROUP BY 1) c ON c.batch = b.id
        WHERE b.kind IN ('boards', 'schools') AND ((b.counts ->> 'created')::int, (b.counts ->> 'closed')::int)
            IS DISTINCT FROM (coalesce(c.created, 0), coalesce(c.closed, 0))""",
    "each change of an applied import has its event": """
        SELECT b.number, (SELECT count(*) FROM import_change c WHERE c.batch = b.id) AS changes, count(e.id)
        FROM import_batch b LEFT JOIN event e ON e.why LIKE '%lot ' || b.number GROUP BY b.id, b.number, b.state
        HAVING count(e.id) <> CASE WHEN b.state = 'applied'
            THEN (SELECT count(*) FROM import_change c WHERE c.batch = b.id) ELSE 0 END""",
}

# Once nobody is there: what a dead process may have left.
LEFT_BEHIND = {
    # Of a client: the server's own cleaning (autovacuum) may be at work on what a restore has just filled.
    "an open transaction": """SELECT pid, state, query FROM pg_stat_activity
        WHERE xact_start IS NOT NULL AND backend_type = 'client backend' AND pid <> pg_backend_pid()""",
    "a lock": """SELECT a.pid, l.objid, a.query FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.locktype = 'advisory'""",
    "a temporary table": "SELECT relname FROM pg_class WHERE relpersistence = 't'",
    "a message in hand": "SELECT id FROM outbox WHERE sending_until < now() - interval '10 s' AND sent_at IS NULL",
}


def broken(database: Database) -> dict[str, list[str]]:
    """Invariants that do not hold, with some of their offenders."""
    return _found(database, INVARIANTS)


def left_behind(database: Database) -> dict[str, list[str]]:
    return _found(database, LEFT_BEHIND)


def _found(database: Database, queries: dict[str, str]) -> dict[str, list[str]]:
    found = {name: [str(dict(row)) for row in database.rows(sql)[:5]] for name, sql in queries.items()}
    return {name: rows for name, rows in found.items() if rows}
