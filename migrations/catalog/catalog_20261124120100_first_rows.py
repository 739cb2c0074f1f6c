"""The three categories, and the taxes with the rebates of school bodies."""

from kit.migrating import raw

ID = "2026-11-24T12:01:00:000000"
VERSION = "1.38.0"

SQL = """
INSERT INTO category (code, name, name_en, position) VALUES
    ('robotique', 'Robotique', 'Robotics', 1),
    ('laboratoire-creatif', 'Laboratoire créatif', 'Creative lab', 2),
    ('flotte-appareils', 'Flotte d''appareils', 'Device fleet', 3);

-- Rates in force since 1 January 2013 (the QST is on the price before GST since then). Source: Revenu Québec.
INSERT INTO tax_rate (id, tax, name, ppm, from_day, position, source) VALUES
    (new_id(), 'gst', 'TPS', 50000, '2013-01-01', 1, 'Revenu Québec, taux de la TPS'),
    (new_id(), 'qst', 'TVQ', 99750, '2013-01-01', 2, 'Revenu Québec, taux de la TVQ');
INSERT INTO tax_rebate (id, tax, body, ppm, from_day, source) VALUES
    (new_id(), 'gst', 'school', 680000, '2013-01-01', 'Revenu Québec, remboursement aux organismes de services publics'),
    (new_id(), 'qst', 'school', 470000, '2013-01-01', 'Loi sur la taxe de vente du Québec, art. 386');
"""


async def forwards():
    return raw(package="catalog", moment=ID, words="categories, taxes", sql=SQL)
