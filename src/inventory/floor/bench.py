"""The bare aggregate that a scan is measured against: hand-written, the same schools, role and filter, nothing stored.

For `inventory bench`: $1 the standard's id, $2 the day, $3 the oldest day of a headcount. One row comes back, so that nothing
is measured but the aggregate. Run it under `PLANNER`, as the scan is, or on analysed tables.
"""

PLANNER = "SELECT set_config('enable_nestloop', 'off', true)"

BARE_AGGREGATE = """
SELECT count(*) AS assessed, count(*) FILTER (WHERE n.required IS NULL) AS unknown,
    count(*) FILTER (WHERE n.required > coalesce(a.counted, 0)) AS below,
    count(*) FILTER (WHERE n.required > coalesce(a.counted, 0) AND n.required <= coalesce(a.counted, 0) + e.on_order) AS on_order
FROM school s
JOIN floor_rule r ON r.standard = $1 AND (s.preschool AND r.for_preschool OR s.primary AND r.for_primary
    OR s.secondary AND r.for_secondary OR s.adult AND r.for_adult OR s.vocational AND r.for_vocational)
LEFT JOIN (SELECT DISTINCT ON (school) school, sum(pupils) AS pupils FROM headcount
    WHERE counted_on BETWEEN $3::date AND $2::date GROUP BY school, counted_on ORDER BY school, counted_on DESC) h
    ON h.school = s.code
LEFT JOIN (SELECT school, count(*) AS buildings FROM school_building WHERE closed_on IS NULL GROUP BY school) b
    ON b.school = s.code
LEFT JOIN (SELECT school, category, count(*) AS counted FROM asset WHERE state IN ('in_service', 'on_loan')
    AND (useful_until IS NULL OR useful_until >= $2::date) GROUP BY school, category) a
    ON a.school = s.code AND a.category = r.category
LEFT JOIN (SELECT school, category, sum(quantity) AS on_order FROM expected_delivery
    WHERE expected_on IS NULL OR expected_on >= $2::date GROUP BY school, category) e
    ON e.school = s.code AND e.category = r.category
CROSS JOIN LATERAL (SELECT CASE r.unit WHEN 'school' THEN r.quantity WHEN 'building' THEN r.quantity * b.buildings
    ELSE ceil(h.pupils * r.quantity / r.per_pupils::numeric) END AS required) n
WHERE s.closed_on IS NULL
"""
