"""The statements of a scan. Only what differs from the last scan is written, each kind in one statement.

In each, rows are begun from what RETURNING says has ended, so that a school never has two current rows (the unique index).
"""

from inventory.floor.standing import STANDING

_WORST = "array_position(ARRAY['below', 'on_order', 'not_assessable', 'met', 'exempt'], {})"

# $1 standard, $2 day, $3 oldest headcount, $4 the moment → the schools where something changed.
ASSESSMENTS = f"""{STANDING}
, change AS (
    SELECT was.id AS was, coalesce(now.school, was.school) AS school, now.rule, now.board, now.category, now.status,
        now.required, now.counted, now.gap, now.on_order, now.expected_on
    FROM standing now FULL JOIN (SELECT * FROM floor_assessment WHERE until_at IS NULL) was USING (school, rule)
    WHERE (now.board, now.status, now.required, now.counted, now.gap, now.on_order, now.expected_on) IS DISTINCT FROM
        (was.board, was.status, was.required, was.counted, was.gap, was.on_order, was.expected_on)
), ended AS (
    UPDATE floor_assessment f SET until_at = $4 FROM change WHERE f.id = change.was RETURNING f.id
), begun AS (
    INSERT INTO floor_assessment
        (board, school, rule, category, status, required, counted, gap, on_order, expected_on, from_at)
    SELECT c.board, c.school, c.rule, c.category, c.status, c.required, c.counted, c.gap, c.on_order, c.expected_on, $4
    FROM change c LEFT JOIN ended ON ended.id = c.was WHERE c.rule IS NOT NULL
)
SELECT coalesce(array_agg(DISTINCT school), '{{}}') FROM change
"""

# $1 schools, $2 standard, $3 the moment. The worst of the rules; what is exempt is left out unless all is.
STATUSES = f"""
WITH now AS (
    SELECT DISTINCT ON (school) school, board, status FROM floor_assessment
    WHERE until_at IS NULL AND school = ANY($1::text[]) ORDER BY school, {_WORST.format("status")}
), change AS (
    SELECT was.id AS was, now.school, now.board, now.status
    FROM now FULL JOIN (SELECT * FROM floor_status WHERE until_at IS NULL AND school = ANY($1::text[])) was USING (school)
    WHERE (now.board, now.status, $2) IS DISTINCT FROM (was.board, was.status, was.standard)
), ended AS (
    UPDATE floor_status f SET until_at = $3 FROM change WHERE f.id = change.was RETURNING f.id
)
INSERT INTO floor_status (board, school, standard, status, from_at)
SELECT c.board, c.school, $2, c.status, $3 FROM change c LEFT JOIN ended ON ended.id = c.was WHERE c.school IS NOT NULL
"""

# $1 schools, $2 the moment, $3 who, $4 their name, $5 the request → flags opened, flags closed.
FLAGS = f"""
WITH now AS (
    SELECT DISTINCT ON (school, category) school, category, board, status, max(gap) FILTER (WHERE status = 'below')
        OVER (PARTITION BY school, category) AS gap
    FROM floor_assessment WHERE until_at IS NULL AND school = ANY($1::text[])
    ORDER BY school, category, {_WORST.format("status")}
), closed AS (
    UPDATE floor_flag f SET state = 'closed', closed_at = $2, closed_reason = coalesce(
        (SELECT now.status FROM now WHERE now.school = f.school AND now.category = f.category), 'not_applicable')
    WHERE f.closed_at IS NULL AND f.school = ANY($1::text[])
        AND NOT EXISTS (SELECT FROM now WHERE now.school = f.school AND now.category = f.category AND now.status = 'below')
    RETURNING f.board, f.school, f.category, f.gap, f.closed_reason
), moved AS (
    UPDATE floor_flag f SET gap = now.gap, board = now.board FROM now
    WHERE f.closed_at IS NULL AND f.school = now.school AND f.category = now.category AND now.status = 'below'
        AND (f.gap, f.board) IS DISTINCT FROM (now.gap, now.board)
), opened AS (
    INSERT INTO floor_flag (board, school, category, state, gap, opened_at)
    SELECT now.board, now.school, now.category, 'open', now.gap, $2 FROM now
    WHERE now.status = 'below' AND NOT EXISTS (SELECT FROM floor_flag f
        WHERE f.closed_at IS NULL AND f.school = now.school AND f.category = now.category)
    RETURNING board, school, category, gap
), noted AS (
    INSERT INTO event (at, actor, actor_name, request, what, subject_kind, subject, board, school, before, after)
    SELECT $2, $3, $4, $5, 'floor.below', 'school', school, board, school, NULL::jsonb,
        jsonb_build_object('category', category, 'gap', gap) FROM opened
    UNION ALL
    SELECT $2, $3, $4, $5, 'floor.no_longer_below', 'school', school, board, school,
        jsonb_build_object('category', category, 'gap', gap), jsonb_build_object('category', category, 'status', closed_reason)
    FROM closed
)
SELECT (SELECT count(*) FROM opened) AS opened, (SELECT count(*) FROM closed) AS closed
"""

# $1 day. Schools of each board, region and status at the end of the day; what has gone is zero, not absent.
TOTALS = """
INSERT INTO floor_total (on_day, board, region, status, schools)
SELECT $1, board, region, status, sum(schools) FROM (
    SELECT f.board, coalesce(s.region, '') AS region, f.status, 1 AS schools
    FROM floor_status f JOIN school s ON s.code = f.school WHERE f.until_at IS NULL
    UNION ALL SELECT board, region, status, 0 FROM floor_total WHERE on_day = $1
) one GROUP BY board, region, status
ON CONFLICT (on_day, board, region, status) DO UPDATE SET schools = EXCLUDED.schools
    WHERE floor_total.schools <> EXCLUDED.schools
"""
