"""What the bench's province has in its schools, as set-based SQL: headcounts, people, devices, tickets, the trail.

Each statement is one pass over numbered rows, so that the same size is always the same data. `{assets}` is a whole number of ours.
"""

# Temporary, for this connection: schools and boards by number, the tracked products by number.
NUMBERED = """
CREATE TEMP TABLE one_school AS
    SELECT (row_number() OVER (ORDER BY s.code) - 1)::int AS n, s.code, s.board, b.building
    FROM school s LEFT JOIN LATERAL (SELECT min(building) AS building FROM school_building WHERE school = s.code) b ON true;
CREATE UNIQUE INDEX ON one_school (n);
CREATE TEMP TABLE one_product AS
    SELECT (row_number() OVER (ORDER BY code) - 1)::int AS n, id, name, maker, model, category FROM product WHERE tracked;
ANALYZE one_school; ANALYZE one_product;
"""

# A school in ten has published nothing. Three years; 900,000 pupils a year in 3,000 schools.
HEADCOUNTS = """
INSERT INTO headcount (school, board, year, level, counted_on, pupils)
    SELECT s.code, s.board, y.year || '-' || y.year + 1, 'primary', make_date(y.year, 9, 30), 133 + s.n * 37 % 401
    FROM one_school s, generate_series({counted_year} - 2, {counted_year}) AS y (year) WHERE s.n % 10 <> 0
"""

PEOPLE = """
CREATE TEMP TABLE one_person AS
    SELECT r.role || '.' || p.code || '@exemple.ca' AS email, r.role, p.board, p.school FROM (
        SELECT code, code AS board, NULL::text AS school, 'board' AS reach FROM board
        UNION ALL SELECT code, board, code, 'school' FROM one_school
        UNION ALL SELECT 'province', NULL, NULL, 'province') p
    JOIN (VALUES ('technician', 'board'), ('purchasing', 'board'), ('board_admin', 'board'), ('auditor', 'board'),
        ('school_team', 'school'), ('principal', 'school'), ('ministry', 'province'), ('bench', 'province')) AS r (role, reach)
        USING (reach);
-- The ministry's desk reads no device; what its trigram search costs is measured for whoever may read them all.
INSERT INTO role (code, name, reach, position) VALUES ('bench', 'Mesure', 'province', 90);
INSERT INTO role_right (role, "right") SELECT 'bench', r FROM
    unnest('{asset.read,network.read,catalogue.read,order.read,coverage.read}'::text[]) r;
INSERT INTO person (email, name, language, theme) SELECT email, initcap(split_part(email, '@', 1)), 'fr', 'auto' FROM one_person;
INSERT INTO role_grant (person, role, board, school) SELECT p.id, o.role, o.board, o.school FROM one_person o JOIN person p USING (email);
-- Whose token is their address: nobody else comes to this server.
INSERT INTO api_token (token_hash, name, person, scopes, created_at, expires_at)
    SELECT sha256(convert_to(p.email, 'UTF8')), 'Mesure', p.id, '{read,write}', now(), now() + interval '10 years'
    FROM person p JOIN one_person o USING (email) WHERE o.role IN ('technician', 'bench');
"""

# Bought 25 at a time: the devices of a school lie together in clumps, as receipts leave them, of many products. The multipliers are
# odd, so each serial and label code is met once in 2^32.
ASSETS = """
INSERT INTO asset (tag, label_code, board, school, building, room, category, product, name, maker, model, serial, state, state_since,
    acquired_on, in_service_on, warranty_until, useful_until, before_tax_cents, net_cents, origin, made_at)
SELECT left(u.board, 3) || '-' || lpad(u.number::text, 6, '0'),
    translate(upper(lpad(to_hex(u.i::bigint * 2654435761 % 4294967296), 8, '0')), '0125', 'WXYT'),
    u.board, u.school, u.building, 'Local ' || 100 + u.i % 60, p.category, p.id, p.name, p.maker, p.model,
    CASE WHEN u.i % 23 <> 0 THEN upper(lpad(to_hex(u.i::bigint * 2246822519 % 4294967296), 8, '0')) || chr(65 + u.i % 26) END,
    (ARRAY['in_service', 'in_service', 'in_service', 'in_service', 'in_service', 'in_service', 'in_service', 'in_service',
        'in_service', 'in_service', 'in_service', 'in_service', 'in_service', 'in_service', 'received', 'on_loan', 'out_of_service',
        'in_repair', 'lost', 'retired'])[1 + u.i * 7 % 20],
    u.at, u.at::date, u.at::date, u.at::date + 730, u.at::date + 1825, 50000 + u.i % 30000, 53000 + u.i % 30000,
    'BC-' || left(u.board, 3) || '-' || extract(year FROM u.at) || '-' || lpad((u.i / 25 % 99999)::text, 5, '0'), u.at
FROM (
    SELECT i, s.code AS school, s.board, s.building, row_number() OVER (PARTITION BY s.board ORDER BY i) AS number,
        now() - interval '4 years' * (1 - i::float8 / {assets}) AS at
    FROM generate_series(0, {assets} - 1) i JOIN one_school s ON s.n = (i / 25)::bigint * 7919 % (SELECT count(*) FROM one_school)
) u JOIN one_product p ON p.n = (u.i / 25 + u.i / 1000) % (SELECT count(*) FROM one_product)
ORDER BY u.i
"""

SERIES = """
INSERT INTO number_series (series, last) SELECT 'asset:' || board, count(*) FROM asset GROUP BY board
    ON CONFLICT (series) DO UPDATE SET last = excluded.last
"""

DELIVERIES = """
INSERT INTO expected_delivery (source, board, school, category, quantity, expected_on, label, updated_at)
    SELECT code, board, code, 'flotte-appareils', 10, current_date + 10, '', now() FROM one_school WHERE n % 5 = 0
"""

TICKETS = """
INSERT INTO ticket (number, board, school, asset, state, subject, description, opened_by_name, opened_at, closed_at, answer)
SELECT 'B-' || left(a.board, 3) || '-' || lpad((row_number() OVER (PARTITION BY a.board ORDER BY a.made_at, a.tag))::text, 6, '0'),
    a.board, a.school, a.id, CASE WHEN working THEN 'closed' ELSE 'open' END, 'Ne démarre plus', 'Voyant éteint depuis lundi.',
    'Équipe', a.state_since, CASE WHEN working THEN a.state_since + interval '3 days' END,
    CASE WHEN working THEN 'Pile remplacée.' ELSE '' END
FROM (SELECT *, state <> 'out_of_service' AS working FROM asset) a
WHERE hashtext(a.tag) % 50 = 0 OR (NOT working AND hashtext(a.tag) % 10 = 0)
"""

# Five events a device, each wave in the order of time, as years of work would have written them.
TRAIL = """
INSERT INTO event (at, actor, actor_name, what, subject_kind, subject, board, school, before, after, why, request)
SELECT a.made_at + interval '{days} days', 'system', 'Personne {days}', '{what}', 'asset', a.tag, a.board, a.school,
    {before}, {after}, '{why}', ''
FROM asset a ORDER BY a.made_at
"""
_RECEIVED = "jsonb_build_object('name', a.name, 'serial', a.serial, 'origin', a.origin, 'state', 'received')"
_STOPS, _WORKS = """'{"state": "out_of_service"}'::jsonb""", """'{"state": "in_service"}'::jsonb"""
# Days after the receipt, event, before, after, reason.
WAVES = (
    (0, "asset.received", "NULL", _RECEIVED, ""),
    (4, "asset.put_into_service", """'{"state": "received"}'::jsonb""", _WORKS, ""),
    (60, "asset.moved", """'{"room": "Bibliothèque"}'::jsonb""", "jsonb_build_object('room', a.room)", ""),
    (90, "asset.taken_out_of_service", _WORKS, _STOPS, "Écran brisé."),
    (97, "asset.returned_to_service", _STOPS, _WORKS, "Écran remplacé."),
)
