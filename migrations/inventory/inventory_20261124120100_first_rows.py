"""An example floor, said everywhere to be one: the ministry replaces it."""

from kit.migrating import raw

ID = "2026-11-24T12:01:00:000000"
VERSION = "1.38.0"

SQL = """
WITH standard AS (
    INSERT INTO floor_standard (id, code, name, name_en, from_year, example, reason, published_at, published_by)
    VALUES (new_id(), 'exemple-1', 'Norme d''exemple', 'Example standard', '2018-2019', true,
            'Exemple livré avec le service; le ministère le remplace par sa norme.', now(), 'système')
    RETURNING id
)
INSERT INTO floor_rule (id, standard, category, unit, quantity, per_pupils, without_headcount,
                        noun_one, noun_many, noun_one_en, noun_many_en,
                        for_preschool, for_primary, for_secondary, for_adult, position)
SELECT new_id(), standard.id, rule.category, rule.unit, rule.quantity, rule.per_pupils, rule.without_headcount,
       rule.noun_one, rule.noun_many, rule.noun_one_en, rule.noun_many_en,
       true, true, true, true, rule.position
FROM standard, (VALUES
    ('robotique', 'pupils', 1, 12, 'not_assessable', 1, 'robot', 'robots', 'robot', 'robots'),
    ('laboratoire-creatif', 'building', 1, NULL, 'not_assessable', 2,
     'équipement de création', 'équipements de création', 'creative lab device', 'creative lab devices'),
    ('flotte-appareils', 'pupils', 1, 5, 'not_assessable', 3, 'appareil', 'appareils', 'device', 'devices')
) AS rule (category, unit, quantity, per_pupils, without_headcount, position, noun_one, noun_many, noun_one_en, noun_many_en);
"""


async def forwards():
    return raw(package="inventory", moment=ID, words="example floor", sql=SQL)
