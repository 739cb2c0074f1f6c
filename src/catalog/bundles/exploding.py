"""Bundles taken apart into products, in SQL: options, alternatives and nested bundles, whatever their number."""

# `choices` names optional and either/or lines by their path: the line's product or bundle, after those of the bundles around it.
_TAKEN = """(NOT l.optional AND l.choice = ''
        OR CASE WHEN {choices} IS NULL THEN l.taken ELSE {path} = ANY({choices}) END)"""


def exploding(roots: str) -> str:
    """The body of a recursive CTE named `exploded`, one row a product that is taken, with its quantity in one of the root.

    `roots` selects root (any key), bundle (the edition) and choices (text[]; NULL: the defaults). Rows: root, product, quantity,
    path (bundles around it, then the product), places (to sort by), and nested bundles on the way with product NULL.
    """
    return f"""
    SELECT r.root, r.bundle AS nested, NULL::uuid AS product, 1 AS quantity, '' AS path, ARRAY[]::int[] AS places, r.choices
    FROM ({roots}) r
    UNION ALL
    SELECT e.root, l.nested, l.product, e.quantity * l.quantity, way.path, e.places || l.position, e.choices
    FROM exploded e JOIN bundle_line l ON l.bundle = e.nested
    LEFT JOIN product lp ON lp.id = l.product LEFT JOIN bundle ln ON ln.id = l.nested
    CROSS JOIN LATERAL (SELECT e.path || CASE WHEN e.path = '' THEN '' ELSE '/' END || coalesce(lp.code, ln.slug) AS path) way
    WHERE {_TAKEN.format(choices="e.choices", path="way.path")}"""
