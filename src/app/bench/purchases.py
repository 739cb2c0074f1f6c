"""What the schools of the bench's province chose, ordered and received, as set-based SQL: envelopes to receipts of two school years.

Each table is analysed before it is joined, or the planner would take it for empty.
"""

ENVELOPES = """
INSERT INTO envelope (board, school, measure, year, allocated_cents, spent_cents)
    SELECT s.board, s.code, m.id, y.year, 5000000, CASE WHEN m.code = 'EX-COMBOS' THEN 600000 ELSE 0 END
    FROM one_school s, measure m, (VALUES ('{last_year}'), ('{year}')) AS y (year);
ANALYZE envelope;
INSERT INTO ledger_entry (envelope, board, school, kind, allocated_cents, reason, about_kind, about, actor_name)
    SELECT id, board, school, 'allocation', allocated_cents, 'Allocation', '', '', 'système' FROM envelope;
INSERT INTO ledger_entry (envelope, board, school, kind, spent_cents, reason, about_kind, about, actor_name)
    SELECT id, board, school, 'spending', spent_cents, 'Réceptions', '', '', 'système' FROM envelope WHERE spent_cents > 0;
"""

# Three baskets a school and year of three lines each, ordered, and one that waits for a decision.
SELECTIONS = """
INSERT INTO selection (number, board, school, envelope, year, title, state, before_tax_cents, net_cents, charged_cents, made_at,
    submitted_at, decided_at, composed_by_name)
SELECT 'P-' || e.school || '-' || left(e.year, 4) || '-' || lpad(k::text, 3, '0'), e.board, e.school, e.id, e.year, 'Panier ' || k,
    CASE WHEN k < 4 THEN 'ordered' ELSE 'submitted' END, 200000, 200000, 200000, now() - interval '200 days' + k * interval '30 days',
    now() - interval '200 days' + k * interval '31 days', CASE WHEN k < 4 THEN now() - interval '199 days' + k * interval '31 days' END,
    'Équipe'
FROM envelope e JOIN measure m ON m.id = e.measure AND m.code = 'EX-COMBOS', generate_series(1, 4) k WHERE k < 4 OR e.year = '{year}';
ANALYZE selection;
INSERT INTO selection_line (selection, board, school, product, quantity, position)
    SELECT s.id, s.board, s.school, p.id, 4, p.n FROM selection s, one_product p WHERE p.n < 3;
ANALYZE selection_line;
INSERT INTO selection_item (selection, line, board, school, product, supplier, description, quantity, unit_before_tax_cents,
    before_tax_cents, net_cents, charged_cents)
    SELECT l.selection, l.id, l.board, l.school, l.product, r.supplier, 'Appareil', 4, 16667, 66668, 66668, 66668
    FROM selection_line l JOIN LATERAL (SELECT supplier FROM price WHERE product = l.product ORDER BY from_day DESC LIMIT 1) r ON true;
ANALYZE selection_item;
INSERT INTO selection_invoice (selection, supplier, board, school, before_tax_cents, total_cents, net_cents, charged_cents)
    SELECT selection, supplier, board, school, sum(before_tax_cents), sum(before_tax_cents), sum(before_tax_cents), sum(before_tax_cents)
    FROM selection_item GROUP BY selection, supplier, board, school;
ANALYZE selection_invoice;
"""

ORDERS = """
CREATE TEMP TABLE one_part AS
    SELECT new_id() AS id, v.selection, v.supplier, v.board, v.school, s.envelope, s.year, s.decided_at, v.before_tax_cents,
        'BC-' || left(v.board, 3) || '-' || left(s.year, 4) || '-' || lpad(dense_rank() OVER
            (PARTITION BY v.board, s.year ORDER BY s.decided_at, v.supplier, right(v.school, 1))::text, 5, '0') AS number
    FROM selection_invoice v JOIN selection s ON s.id = v.selection WHERE s.state = 'ordered';
ANALYZE one_part;
INSERT INTO purchase_order (number, board, supplier, year, state, before_tax_cents, total_cents, net_cents, made_at, sent_at, made_by_name)
    SELECT number, board, supplier, year, CASE WHEN year = '{year}' THEN 'sent' ELSE 'received' END, sum(before_tax_cents),
        sum(before_tax_cents), sum(before_tax_cents), min(decided_at), min(decided_at), 'Approvisionnement'
    FROM one_part GROUP BY number, board, supplier, year;
ANALYZE purchase_order;
INSERT INTO order_part (id, "order", selection, envelope, board, school, before_tax_cents, net_cents, charged_cents)
    SELECT p.id, o.id, p.selection, p.envelope, p.board, p.school, p.before_tax_cents, p.before_tax_cents, p.before_tax_cents
    FROM one_part p JOIN purchase_order o USING (number);
ANALYZE order_part;
INSERT INTO order_line ("order", part, item, envelope, board, school, product, description, position, quantity, received,
    unit_before_tax_cents, before_tax_cents, net_cents, charged_cents, expected_on)
    SELECT t."order", t.id, i.id, t.envelope, t.board, t.school, i.product, i.description, 1, i.quantity,
        CASE WHEN o.state = 'received' THEN i.quantity ELSE 0 END, i.unit_before_tax_cents, i.before_tax_cents, i.net_cents,
        i.charged_cents, o.sent_at::date + 90
    FROM order_part t JOIN purchase_order o ON o.id = t."order"
    JOIN selection_item i ON i.selection = t.selection AND i.supplier = o.supplier;
ANALYZE order_line;
INSERT INTO receipt (number, "order", board, received_on, person_name)
    SELECT replace(number, 'BC-', 'R-'), id, board, sent_at::date + 60, 'Magasin' FROM purchase_order WHERE state = 'received';
ANALYZE receipt;
INSERT INTO receipt_line (receipt, order_line, board, school, quantity, net_cents, charged_cents)
    SELECT r.id, l.id, l.board, l.school, l.quantity, l.net_cents, l.charged_cents FROM order_line l JOIN receipt r USING ("order");
"""
