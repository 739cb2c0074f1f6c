"""Who stands how, in SQL and set-based: what `rules.py` says, for the whole network at once. A test holds the two together.

Arguments of these texts: $1 the standard's id, $2 the day, $3 the oldest day of a headcount that is still used.
"""

from inventory.assets.queries import COUNTS

# Whether a rule `r` is for the levels of a school `s`.
LEVELS_MEET = """(s.preschool AND r.for_preschool OR s.primary AND r.for_primary OR s.secondary AND r.for_secondary
    OR s.adult AND r.for_adult OR s.vocational AND r.for_vocational)"""

AWAITED = "quantity > 0 AND (expected_on IS NULL OR expected_on >= $2::date)"


def headcounts(only: str = "true") -> str:
    """The latest headcount of each school, its levels together; where one figure is not published, the whole is not known."""
    return f"""SELECT DISTINCT ON (school) school, counted_on,
        CASE WHEN bool_or(level = 'all') THEN max(pupils) FILTER (WHERE level = 'all')
             WHEN count(pupils) = count(*) THEN sum(pupils)::int END AS pupils
    FROM headcount WHERE counted_on BETWEEN $3::date AND $2::date AND {only}
    GROUP BY school, counted_on ORDER BY school, counted_on DESC"""


def buildings(only: str = "true") -> str:
    """Every open link: a shared building counts for each school in it."""
    return f"""SELECT school, count(*)::int AS buildings FROM school_building
    WHERE closed_on IS NULL AND {only} GROUP BY school"""


STANDING = f"""
WITH need AS (
    SELECT s.code AS school, s.board, r.id AS rule, r.category,
        CASE WHEN h.pupils IS NULL AND (r.unit = 'pupils' OR r.minimum_pupils IS NOT NULL)
                THEN CASE r.without_headcount WHEN 'minimum' THEN r.quantity END
            WHEN r.unit = 'school' THEN r.quantity
            WHEN r.unit = 'building' THEN r.quantity * b.buildings
            ELSE ((h.pupils::bigint * r.quantity + r.per_pupils - 1) / r.per_pupils)::int END AS required
    FROM school s JOIN floor_rule r ON r.standard = $1 AND {LEVELS_MEET}
        LEFT JOIN ({headcounts()}) h ON h.school = s.code
        LEFT JOIN ({buildings()}) b ON b.school = s.code
    WHERE s.closed_on IS NULL AND (r.minimum_pupils IS NULL OR h.pupils IS NULL OR h.pupils >= r.minimum_pupils)
), working AS (
    SELECT a.school, a.category, count(*)::int AS counted FROM asset a WHERE {COUNTS.format(day="$2::date")}
    GROUP BY a.school, a.category
), coming AS (
    SELECT school, category, quantity, expected_on, sum(quantity) OVER (PARTITION BY school, category)::int AS total,
        sum(quantity) OVER (PARTITION BY school, category ORDER BY expected_on NULLS LAST, id) AS running
    FROM expected_delivery WHERE {AWAITED}
), spared AS (
    SELECT DISTINCT e.school, c.code AS category
    FROM floor_exemption e JOIN category c ON e.category IS NULL OR e.category = c.code
    WHERE e.ended_at IS NULL AND $2::date BETWEEN e.from_day AND e.until_day
), missing AS (
    SELECT n.*, coalesce(w.counted, 0) AS counted, x.school IS NOT NULL AS exempt,
        CASE WHEN n.required IS NOT NULL THEN greatest(n.required - coalesce(w.counted, 0), 0) END AS gap
    FROM need n LEFT JOIN working w USING (school, category) LEFT JOIN spared x USING (school, category)
), standing AS (
    SELECT m.school, m.board, m.rule, m.category, m.required, m.counted, m.gap,
        coalesce(c.total, 0) AS on_order, c.expected_on,
        CASE WHEN m.exempt THEN 'exempt' WHEN m.gap IS NULL THEN 'not_assessable' WHEN m.gap = 0 THEN 'met'
            WHEN c.total >= m.gap THEN 'on_order' ELSE 'below' END AS status
    FROM missing m LEFT JOIN coming c ON c.school = m.school AND c.category = m.category
        -- the one delivery with which what is awaited covers the gap, or with which all has come
        AND greatest(least(m.gap, c.total), 1) > c.running - c.quantity AND greatest(least(m.gap, c.total), 1) <= c.running
)
"""
