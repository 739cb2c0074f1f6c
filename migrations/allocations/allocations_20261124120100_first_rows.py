"""An example measure with its rule for 2026-2027, said everywhere to be one."""

from kit.migrating import raw

ID = "2026-11-24T12:01:00:000000"
VERSION = "1.38.0"

# The measure's real code and amounts were not found (domain.md 0.2, 0.3): these are examples, as data.
SQL = """
WITH measure AS (
    INSERT INTO measure (id, code, name, name_en, kind, mode, holder, tax_basis, example)
    VALUES (new_id(), 'EX-COMBOS', 'Combos numériques (exemple)', 'Digital bundles (example)',
            'investment', 'a_priori', 'school', 'net', true)
    RETURNING id
), categories AS (
    INSERT INTO measure_category (id, measure, category) SELECT new_id(), measure.id, category.code FROM measure, category
)
INSERT INTO allocation_rule (id, measure, year, formula, floor_cents, per_pupil_cents, without_headcount,
                             for_preschool, for_primary, for_secondary, for_adult, for_vocational, example, note)
SELECT new_id(), measure.id, '2026-2027', 'max_floor_per_pupil', 500000, 2900, 'floor',
       true, true, true, true, false, true, 'Exemple livré avec le service.'
FROM measure;
"""


async def forwards():
    return raw(package="allocations", moment=ID, words="example measure", sql=SQL)
