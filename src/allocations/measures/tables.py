from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalog.categories.tables import Category
from kit.columns import cents, count, day, flag, identity, reference, row_version, short, text
from kit.policies import Access, scoped


class Measure(Table, tablename="measure"):
    """A funding measure. `tax_basis` says what an envelope is charged: `net` of rebates, `with_tax`, or `before_tax`.

    `programme`: the plan that it belongs to, in the ministry's words; '' for none.
    """

    id = identity()
    code = short(20)
    name = short(200)
    name_en = short(200)
    programme = short(120)
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


class MeasureYear(Table, tablename="measure_year"):
    """What a measure is in a school year: its total for the province, the days that end it, and what becomes of the rest.

    `rest`: `lost` to the school, `carried` into the next year with permission, or `recovered` by who gave it. A NULL day bounds
    nothing; a NULL total is not known.
    """

    id = identity()
    measure = reference(Measure)
    year = short(9, index=True)
    total_cents = cents(null=True)
    last_commit_on = day()
    last_spend_on = day()
    rest = short(12)
    version = row_version()

    measure_year_one = Unique([measure, year])
    measure_year_rest_known = Check("rest IN ('lost', 'carried', 'recovered')")
    measure_year_total_positive = Check("total_cents > 0")
    measure_year_days_in_order = Check("last_commit_on <= last_spend_on")


class AllocationRule(Table, tablename="allocation_rule"):
    """How a measure's envelopes are computed in a school year. Amounts are in the measure's tax basis.

    `max_floor_per_pupil`: max(`floor_cents`, `base_cents` + `per_pupil_cents` × pupils × weight), at most `cap_cents`.
    `pro_rata`: `base_cents` each, the rest of the year's total by weighted pupils; between the floor and the cap.
    The weight is that of the deprivation rank (`rank_of`: '' for none; `allocation_weight` by rank, `unranked_ppm` where no rank
    is published), in millionths. `own_share_ppm`: the part that the board pays of each amount.
    `without_headcount`: what stands for a missing headcount (`floor`: the floor amount; `none`: no envelope, said aloud).
    """

    id = identity()
    measure = reference(Measure)
    year = short(9)
    formula = short(24)
    base_cents = cents()
    floor_cents = cents()
    per_pupil_cents = cents()
    cap_cents = cents(null=True)
    rank_of = short(4)
    unranked_ppm = count(null=True)
    own_share_ppm = count()
    version = row_version()
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
    allocation_rule_formula_listed = Check("formula IN ('max_floor_per_pupil', 'pro_rata')")
    allocation_rule_without_headcount_known = Check("without_headcount IN ('floor', 'none')")
    allocation_rule_not_negative = Check("floor_cents >= 0 AND per_pupil_cents >= 0")
    allocation_rule_base_not_negative = Check("base_cents >= 0")
    allocation_rule_cap_over_floor = Check("cap_cents >= floor_cents AND cap_cents >= base_cents")
    allocation_rule_own_share_part = Check("own_share_ppm >= 0 AND own_share_ppm < 1000000")
    allocation_rule_rank_known = Check(
        "rank_of = '' AND unranked_ppm IS NULL OR rank_of IN ('imse', 'sfr') AND unranked_ppm >= 0"
    )


class AllocationWeight(Table, tablename="allocation_weight"):
    """What a pupil of a school of this deprivation rank counts for, in millionths of a pupil; 10 is the most deprived."""

    id = identity()
    rule = reference(AllocationRule)
    rank = count()
    ppm = count()

    allocation_weight_once = Unique([rule, rank])
    allocation_weight_rank_range = Check("rank BETWEEN 1 AND 10")
    allocation_weight_not_negative = Check("ppm >= 0 AND ppm <= 100000000")


for table in (Measure, MeasureYear, AllocationRule):
    scoped(table, shared="measures and their rules are public", access=Access.read)
for part in (MeasureCategory, AllocationWeight):  # written anew with what they belong to
    scoped(part, shared="measures and their rules are public", access=Access.read, ministry=Access.draft)
