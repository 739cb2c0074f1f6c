from piccolo.columns import JSONB, UUID, DoublePrecision
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalog.categories.tables import Category
from directory.boards.tables import Board
from directory.schools.tables import School
from kit.columns import count, day, flag, identity, moment, reference, row_version, short, text
from kit.policies import Access, scoped

STATUSES = "('met', 'on_order', 'below', 'not_assessable', 'exempt')"


class FloorStandard(Table, tablename="floor_standard"):
    """A version of the equipment floor, in force from a school year on until the next one. `example`: ours, not the ministry's."""

    id = identity()
    code = short(40)
    name = short(200)
    name_en = short(200)
    from_year = short(9)
    example = flag()
    reason = text()
    published_at = moment()
    published_by = short(200)
    version = row_version()

    floor_standard_code_once = Unique([code])


class FloorRule(Table, tablename="floor_rule"):
    """One line of a standard: `quantity` of a category per school, per building, or per `per_pupils` pupils (rounded up once).

    `without_headcount`: what stands for a missing headcount (`not_assessable`, or `minimum`: the quantity once).
    `noun_one`, `noun_many`: what is counted, as sentences say it (1 robot, 14 robots); they agree with a masculine noun.
    """

    id = identity()
    standard = reference(FloorStandard)
    category = reference(Category)
    unit = short(8)
    quantity = count()
    per_pupils = count(null=True)
    minimum_pupils = count(null=True)
    without_headcount = short(16)
    noun_one = short(40)
    noun_many = short(40)
    noun_one_en = short(40)
    noun_many_en = short(40)
    for_preschool = flag()
    for_primary = flag()
    for_secondary = flag()
    for_adult = flag()
    for_vocational = flag()
    position = count()

    floor_rule_unit_known = Check("unit IN ('school', 'building', 'pupils')")
    floor_rule_some = Check("quantity > 0")
    floor_rule_pupils = Check("(unit = 'pupils') = (per_pupils IS NOT NULL)")
    floor_rule_some_pupils = Check("per_pupils > 0")
    floor_rule_without_headcount_known = Check("without_headcount IN ('not_assessable', 'minimum')")


class ExpectedDelivery(Table, tablename="expected_delivery"):
    """What is coming to a school: written by whatever ordered it, read by the floor. Ends when the goods are in service.

    `source` names the order line; `quantity` is what is still awaited. Undated ones count, late ones do not.
    """

    id = identity()
    board = reference(Board)
    school = reference(School)
    category = reference(Category)
    quantity = count()
    expected_on = day()
    source = short(80)
    label = short(80)
    updated_at = moment(null=False)

    expected_delivery_once = Unique([source])
    expected_delivery_not_negative = Check("quantity >= 0")


class FloorExemption(Table, tablename="floor_exemption"):
    """A school is exempt from a category (or from all) until a day, for a reason. Decided by the ministry."""

    id = identity()
    board = reference(Board)
    school = reference(School)
    category = reference(Category, null=True)
    reason = text()
    from_day = day(null=False)
    until_day = day(null=False)
    decided_by = short(200)
    decided_at = moment(null=False)
    ended_at = moment()

    floor_exemption_has_reason = Check("reason <> ''")


class FloorScan(Table, tablename="floor_scan"):
    """One assessment of the network."""

    id = identity()
    at = moment(null=False)
    on_day = day(null=False)
    standard = reference(FloorStandard)
    assessed = count()
    by_status = JSONB(default="{}")
    opened = count()
    closed = count()
    seconds = DoublePrecision(default=0.0)


class FloorAssessment(Table, tablename="floor_assessment"):
    """How a school stood on one rule, from a scan until it changed. `until_at` NULL: how it stands now."""

    id = identity()
    board = short(6, index=True)
    school = reference(School)
    rule = reference(FloorRule)
    category = reference(Category)
    status = short(16)
    required = count(null=True)
    counted = count()
    gap = count(null=True)
    on_order = count()
    expected_on = day()
    from_at = moment(null=False)
    until_at = moment()

    floor_assessment_status_known = Check(f"status IN {STATUSES}")


class FloorStatus(Table, tablename="floor_status"):
    """A school's overall status (the worst of its rules), from a scan until it changed. `until_at` NULL: now."""

    id = identity()
    board = short(6, index=True)
    school = reference(School)
    standard = reference(FloorStandard)
    status = short(16)
    from_at = moment(null=False)
    until_at = moment()

    floor_status_status_known = Check(f"status IN {STATUSES}")


class FloorTotal(Table, tablename="floor_total"):
    """Schools of a board and region by status at the end of a day: the trend of coverage."""

    id = identity()
    on_day = day(null=False)
    board = reference(Board)
    region = short(2)
    status = short(16)
    schools = count()

    floor_total_once = Unique([on_day, board, region, status])


class FloorFlag(Table, tablename="floor_flag"):
    """A school is below the floor in a category: opened and closed by the scan alone.

    `told_gap` is the gap that the board was told of: the same gap is not told twice, a worse one is. `end_told_at`: when the
    board was told that it is over.
    """

    id = identity()
    board = reference(Board)
    school = reference(School)
    category = reference(Category)
    state = short(12)
    gap = count()
    opened_at = moment(null=False)
    told_at = moment()
    told_gap = count(null=True)
    acknowledged_by: UUID = UUID(null=True, default=None)
    acknowledged_at = moment()
    closed_at = moment()
    closed_reason = short(16)
    end_told_at = moment()

    floor_flag_state_known = Check("state IN ('open', 'told', 'acknowledged', 'closed')")


for table in (FloorStandard, FloorRule):
    scoped(table, shared="the floor is public", access=Access.read)
scoped(ExpectedDelivery, board="board", school="school")
scoped(FloorExemption, board="board", school="school", access=Access.read)
scoped(FloorScan, shared="how the network stands is public; the rows behind it are not", access=Access.read)
scoped(FloorAssessment, board="board", school="school", access=Access.read, ministry=Access.read)
scoped(FloorStatus, board="board", school="school", access=Access.read, ministry=Access.read)
scoped(FloorTotal, board="board", access=Access.read, ministry=Access.read)
scoped(FloorFlag, board="board", school="school", access=Access.read)
