"""What was chosen, approved, ordered, received and sent back with an envelope (`$1`): its own lines, never a neighbour's."""

BASKETS = """
SELECT s.number, s.school, s.title, s.note, s.state, s.priority, s.wanted_by, s.before_tax_cents, s.gst_cents, s.qst_cents,
       s.gst_rebate_cents, s.qst_rebate_cents, s.net_cents, s.charged_cents, s.priced_on, s.price_until, s.composed_by_name,
       s.made_at, s.submitted_at, s.decided_at, s.decision_reason
FROM selection s WHERE s.envelope = $1 ORDER BY s.number
"""

BASKET_LINES = """
SELECT s.number AS basket, l.position, coalesce(b.slug, '') AS bundle, b.edition, coalesce(p.code, '') AS product,
       coalesce(b.name, p.name) AS name, l.choices, l.quantity, coalesce(l.building, '') AS building, l.use
FROM selection_line l JOIN selection s ON s.id = l.selection LEFT JOIN bundle b ON b.id = l.bundle
LEFT JOIN product p ON p.id = l.product WHERE s.envelope = $1 ORDER BY s.number, l.position, l.id
"""

FROZEN = """
SELECT s.number AS basket, p.code AS product, i.description, v.code AS supplier, v.name AS supplier_name, i.quantity,
       i.unit_before_tax_cents, i.before_tax_cents, i.net_cents, i.charged_cents, i.price_source, i.price_until,
       coalesce(k.number, '') AS contract, coalesce(i.building, '') AS building
FROM selection_item i JOIN selection s ON s.id = i.selection JOIN product p ON p.id = i.product JOIN supplier v ON v.id = i.supplier
LEFT JOIN contract k ON k.id = i.contract WHERE s.envelope = $1 ORDER BY s.number, p.code, i.id
"""

COMMENTS = """
SELECT s.number AS basket, c.at, c.person_name, c.body FROM selection_comment c JOIN selection s ON s.id = c.selection
WHERE s.envelope = $1 ORDER BY s.number, c.at, c.id
"""

APPROVALS = """
SELECT s.number AS basket, a.decision, a.step AS level, a.position AS step_position, coalesce(r.name, '') AS role, a.limit_cents,
       a.person_name, a.replaced_name, a.at, a.reason, a.of_version, a.voided_at
FROM approval a JOIN selection s ON s.id = a.selection LEFT JOIN role r ON r.code = a.role
WHERE s.envelope = $1 ORDER BY s.number, a.at, a.id
"""

ORDERS = """
SELECT o.number, o.external_number, v.code AS supplier, v.name AS supplier_name, o.state, o.revision, o.made_at, o.made_by_name,
       o.authorised_at, o.authorised_by_name, o.sent_at, o.sent_by_name, o.confirmation, o.acknowledged_on, o.cancelled_at,
       o.cancel_reason, p.before_tax_cents, p.gst_cents, p.qst_cents, p.gst_rebate_cents, p.qst_rebate_cents, p.net_cents,
       p.charged_cents
FROM purchase_order o JOIN supplier v ON v.id = o.supplier
JOIN (SELECT "order", sum(before_tax_cents)::bigint AS before_tax_cents, sum(gst_cents)::bigint AS gst_cents,
             sum(qst_cents)::bigint AS qst_cents, sum(gst_rebate_cents)::bigint AS gst_rebate_cents,
             sum(qst_rebate_cents)::bigint AS qst_rebate_cents, sum(net_cents)::bigint AS net_cents,
             sum(charged_cents)::bigint AS charged_cents
      FROM order_part WHERE envelope = $1 GROUP BY "order") p ON p."order" = o.id
ORDER BY o.number
"""

ORDER_LINES = """
SELECT o.number AS "order", l.position, l.revision, s.number AS basket, l.school, coalesce(l.building, '') AS building,
       p.code AS product, l.description, coalesce(k.number, '') AS contract, l.quantity, l.received, l.returned, l.cancelled,
       l.invoiced, l.unit_before_tax_cents, l.before_tax_cents, l.gst_cents, l.qst_cents, l.net_cents, l.charged_cents,
       l.spent_cents, l.corrected_cents, l.abandoned_cents, l.expected_on, l.exception_reason, l.attested_by_name, l.attested_at
FROM order_line l JOIN purchase_order o ON o.id = l."order" JOIN order_part t ON t.id = l.part JOIN selection s ON s.id = t.selection
JOIN product p ON p.id = l.product LEFT JOIN contract k ON k.id = l.contract
WHERE l.envelope = $1 ORDER BY o.number, l.position, l.id
"""

REVISIONS = """
SELECT o.number AS "order", r.revision, r.at, r.person_name, r.reason FROM order_revision r
JOIN purchase_order o ON o.id = r."order"
WHERE o.sent_at IS NOT NULL AND EXISTS (SELECT FROM order_part p WHERE p."order" = o.id AND p.envelope = $1)
ORDER BY o.number, r.revision
"""

RECEIPTS = """
SELECT r.number, o.number AS "order", l.position, r.received_on, r.slip, r.note, l.description, n.school, n.quantity, n.net_cents,
       n.charged_cents, r.person_name, r.at, u.at AS undone_at, coalesce(u.person_name, '') AS undone_by_name,
       coalesce(u.why, '') AS undone_why
FROM receipt_line n JOIN receipt r ON r.id = n.receipt JOIN order_line l ON l.id = n.order_line
JOIN purchase_order o ON o.id = r."order" LEFT JOIN receipt_undone u ON u.receipt = r.id
WHERE l.envelope = $1 ORDER BY r.number, l.position, n.id
"""

ISSUES = """
SELECT i.number, o.number AS "order", l.position, l.description, i.school, i.kind, i.quantity, coalesce(p.code, '') AS product,
       i.outcome, i.note, i.slip, i.person_name, i.at, i.settled_at, i.settled_by_name
FROM receipt_issue i JOIN order_line l ON l.id = i.order_line JOIN purchase_order o ON o.id = i."order"
LEFT JOIN product p ON p.id = i.product WHERE l.envelope = $1 ORDER BY i.number
"""

RETURNS = """
SELECT r.number, o.number AS "order", l.position, l.description, n.school, r.kind, r.kind || ':' || r.state AS state, n.quantity,
       coalesce(a.tag, '') AS tag, n.charged_cents, r.reason, r.rma, r.returned_on, r.person_name, r.at, r.settled_at,
       r.settled_by_name, r.settled_note
FROM goods_return_line n JOIN goods_return r ON r.id = n.goods_return JOIN order_line l ON l.id = n.order_line
JOIN purchase_order o ON o.id = r."order" LEFT JOIN asset a ON a.id = n.asset
WHERE l.envelope = $1 ORDER BY r.number, l.position, a.tag, n.id
"""
