from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalog.categories.tables import Category
from kit.columns import cents, count, day, flag, identity, reference, row_version, short, text
from kit.policies import Access, scoped


class Measure(Table, tablename="measure"):
    """A funding measure. `tax_basis` says what an envelope is charged: `net` of rebates, `with_tax`, or `before_tax`."""

    id = identity()
    code = short(20)
    name = short(200)
    name_en = short(200)
    kind = short(12)
    mode = short(12)
    holder = short(8)
    tax_basis = short(12)
    example = flag()
    from_day = day()
    until_day = day()
    version = row_version()

    measure_code_once = Unique([code])
    measure_kind_known = Check("kind IN ('investment', 'operating')")
    measure_mode_known = Check("mode IN ('a_priori', 'a_posteriori')")
    measure_holder_known = Check("holder IN ('school', 'board')")
    measure_tax_basis_known = Check("tax_basis IN ('net', 'with_tax', 'before_tax')")


class MeasureCategory(Table, tablename="measure_category"):
    """A category that a measure may pay for."""

    id = identity()
    measure = reference(Measure)
    category = reference(Category)

    measure_category_once = Unique([measure, category])


class AllocationRule(Table, tablename="allocation_rule"):
    """How a measure's envelopes are computed in a school year.

    `max_floor_per_pupil`: max(`floor_cents`, `per_pupil_cents` × pupils). `without_headcount`: what stands for a missing
    headcount (`floor`: the floor amount; `none`: no envelope, said aloud). Amounts are in the measure's tax basis.
    """

    id = identity()
    measure = reference(Measure)
    year = short(9)
    formula = short(24)
    floor_cents = cents()
    per_pupil_cents = cents()
    without_headcount = short(8)
    minimum_pupils = count(null=True)
    for_preschool = flag()
    for_primary = flag()
    for_secondary = flag()
    for_adult = flag()
    for_vocational = flag()
    example = flag()
    note = text()

    allocation_rule_one = Unique([measure, year])
    allocation_rule_formula_known = Check("formula IN ('max_floor_per_pupil')")
    allocation_rule_without_headcount_known = Check("without_headcount IN ('floor', 'none')")
    allocation_rule_not_negative = Check("floor_cents >= 0 AND per_pupil_cents >= 0")


for table in (Measure, MeasureCategory, AllocationRule):
    scoped(table, shared="measures and their rules are public", access=Access.read)
