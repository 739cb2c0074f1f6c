"""What was invoiced, became an asset, was written and was signed with an envelope (`$1`)."""

# What an invoice says to this envelope: its own charges, which are the envelope's part of the paper.
INVOICES = """
SELECT v.number, v.kind, v.supplier_number, p.code AS supplier, p.name AS supplier_name, o.number AS "order",
       coalesce(b.number, '') AS credits, v.dated, v.due_on, v.state, c.before_tax_cents, c.gst_cents, c.qst_cents,
       c.gst_rebate_cents, c.qst_rebate_cents, c.charged_cents, v.entered_at, v.entered_by_name, v.approved_at, v.approved_by_name,
       v.paid_on, v.payment_reference, v.end_reason
FROM invoice v JOIN purchase_order o ON o.id = v."order" JOIN supplier p ON p.id = v.supplier LEFT JOIN invoice b ON b.id = v.credits
JOIN (SELECT invoice, sum(before_tax_cents)::bigint AS before_tax_cents, sum(gst_cents)::bigint AS gst_cents,
             sum(qst_cents)::bigint AS qst_cents, sum(gst_rebate_cents)::bigint AS gst_rebate_cents,
             sum(qst_rebate_cents)::bigint AS qst_rebate_cents, sum(charged_cents)::bigint AS charged_cents
      FROM invoice_charge WHERE envelope = $1 GROUP BY invoice) c ON c.invoice = v.id
ORDER BY v.number
"""

CHARGES = """
SELECT v.number AS invoice, o.number AS "order", l.position, l.description, c.school, c.quantity, c.before_tax_cents, c.gst_cents,
       c.qst_cents, c.gst_rebate_cents, c.qst_rebate_cents, c.charged_cents
FROM invoice_charge c JOIN invoice v ON v.id = c.invoice JOIN order_line l ON l.id = c.order_line
JOIN purchase_order o ON o.id = l."order" WHERE c.envelope = $1 ORDER BY v.number, l.position, c.id
"""

DECISIONS = """
SELECT v.number AS invoice, d.outcome, d.reason, d.person_name, d.at FROM invoice_decision d JOIN invoice v ON v.id = d.invoice
WHERE EXISTS (SELECT FROM invoice_charge c WHERE c.invoice = v.id AND c.envelope = $1) ORDER BY v.number, d.at, d.id
"""

ASSETS = """
SELECT a.tag, a.school, a.name, a.maker, a.model, coalesce(a.serial, '') AS serial, a.category, a.state, a.acquired_on,
       a.in_service_on, a.warranty_until, a.before_tax_cents, a.net_cents, o.number AS "order", r.number AS receipt
FROM asset a JOIN receipt_line n ON n.id = a.receipt_line JOIN order_line l ON l.id = n.order_line
JOIN receipt r ON r.id = n.receipt JOIN purchase_order o ON o.id = l."order" WHERE l.envelope = $1 ORDER BY a.tag
"""

LEDGER = """
SELECT l.at, l.kind, l.allocated_cents, l.reserved_cents, l.committed_cents, l.spent_cents, l.reason, l.about, l.actor_name,
       coalesce(e.school, e.board, '') AS counterpart
FROM ledger_entry l LEFT JOIN envelope e ON e.id = l.counterpart WHERE l.envelope = $1 ORDER BY l.at, l.id
"""

MOVEMENTS = """
SELECT r.number, r.kind, r.source_school, r.target_school, r.amount_cents, r.returned_cents, r.reason, r.made_at, r.made_by_name
FROM reallocation r WHERE $1 IN (r.source, r.target) ORDER BY r.number
"""

BOARD_ACCOUNT = """
SELECT a.at, a.cents, a.reason, a.about, a.actor_name
FROM board_account_entry a JOIN envelope e ON e.id = $1 AND a.board = e.board
WHERE a.about_kind = 'invoice' AND a.about IN (
    SELECT v.number FROM invoice v JOIN invoice_charge c ON c.invoice = v.id WHERE c.envelope = $1)
ORDER BY a.at, a.id
"""

_MARKS = """
SELECT a.step, a.school, a.person_name, a.at, (f.figures->>'allocated_cents')::bigint AS allocated_cents,
       (f.figures->>'spent_cents')::bigint AS spent_cents, a.digest
FROM account_signature a JOIN envelope e ON e.id = $1 JOIN measure m ON m.id = e.measure
LEFT JOIN LATERAL jsonb_array_elements(a.figures) f (figures) ON f.figures->>'measure' = m.code
WHERE a.year = e.year AND a.board = e.board AND {whose} ORDER BY a.at, a.id
"""

SIGNATURES = _MARKS.format(whose="a.school = coalesce(e.school, '')")

# Beside a school's: the amounts signed are those of all the board's envelopes of the measure, so they are no school's to read.
BOARD_SIGNATURES = _MARKS.format(whose="a.school = '' AND e.school IS NOT NULL")

# The files that go with the envelope's baskets, constats, orders, invoices, and with the accounts of its place: of the kinds
# that the caller may read.
ATTACHMENTS = """
SELECT a.id, a.about_kind, a.about, a.name, a.media_type, a.size, a.at, a.actor_name FROM attachment a
WHERE a.removed_at IS NULL AND a.about_kind = ANY($2::text[]) AND (a.about_kind, a.about) IN (
    SELECT 'selection', s.number FROM selection s WHERE s.envelope = $1
    UNION SELECT 'receipt_issue', i.number FROM receipt_issue i JOIN order_line l ON l.id = i.order_line WHERE l.envelope = $1
    UNION SELECT 'order', o.number FROM purchase_order o JOIN order_part p ON p."order" = o.id WHERE p.envelope = $1
    UNION SELECT 'invoice', v.number FROM invoice v JOIN invoice_charge c ON c.invoice = v.id WHERE c.envelope = $1
    UNION SELECT 'account', e.year || ' ' || coalesce(e.school, e.board) FROM envelope e WHERE e.id = $1)
ORDER BY a.about_kind, a.about, a.at, a.id
"""

# The envelope's orders that were sent.
SENT = """
SELECT o.id, o.number FROM purchase_order o
WHERE o.sent_at IS NOT NULL AND EXISTS (SELECT FROM order_part p WHERE p."order" = o.id AND p.envelope = $1)
"""

# Each sending of them as it left; an order sent before sendings were kept has none (NULL).
SENDINGS = f"""
SELECT o.id, o.number, r.revision, r.pdf_english IS NOT NULL AS english FROM ({SENT}) o
LEFT JOIN order_revision r ON r."order" = o.id ORDER BY o.number, r.revision
"""
