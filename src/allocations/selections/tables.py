from piccolo.columns import JSONB, UUID, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from allocations.approvals.tables import Delegation
from allocations.envelopes.tables import Envelope
from catalog.bundles.tables import Bundle
from catalog.contracts.tables import Contract
from catalog.products.tables import Product
from catalog.suppliers.tables import Supplier
from directory.boards.tables import Board
from directory.buildings.tables import Building
from directory.people.tables import Person
from directory.schools.tables import School
from kit.columns import cents, count, day, identity, moment, reference, row_version, short, text, texts
from kit.policies import Access, scoped


class Selection(Table, tablename="selection"):
    """A school's choice (« panier ») charged to one envelope. Totals are those of the last pricing, frozen at submission.

    draft → submitted → approved → ordered; submitted or approved → refused, change_asked or withdrawn; these → draft again.
    A draft may have no envelope yet. `delegation` and `step` say at which step of which delegation a submitted one waits, and
    `step_role` on whom ('': on whoever may approve, where the board has delegated nothing).
    """

    id = identity()
    number = short(24)
    board = reference(Board)
    school = reference(School)
    envelope = reference(Envelope, null=True)
    year = short(9)
    title = short(200)
    note = text()
    priority: Varchar = Varchar(6, default="normal")
    wanted_by = day()
    state = short(12)
    before_tax_cents = cents()
    gst_cents = cents()
    qst_cents = cents()
    gst_rebate_cents = cents()
    qst_rebate_cents = cents()
    net_cents = cents()
    charged_cents = cents()  # what is reserved, in the measure's tax basis
    priced_on = day()  # the day of the frozen prices
    price_until = day()  # the last day of the one that ends first; null: none says
    delegation = reference(Delegation, null=True)
    step = count()
    step_role = short(24)
    composed_by = reference(Person, null=True)
    composed_by_name = short(200)
    made_at = moment(null=False)
    submitted_at = moment()
    decided_at = moment()
    decision_reason = text()
    version = row_version()

    selection_number_once = Unique([number])
    selection_2_state_known = Check(
        "state IN ('draft', 'submitted', 'approved', 'refused', 'change_asked', 'withdrawn', 'ordered')"
    )
    selection_charged_somewhere = Check("envelope IS NOT NULL OR state = 'draft'")
    selection_priority_known = Check("priority IN ('low', 'normal', 'high')")
    selection_not_negative = Check("before_tax_cents >= 0 AND net_cents >= 0 AND charged_cents >= 0")


class SelectionLine(Table, tablename="selection_line"):
    """So many of a bundle, or of one product, for a building and a use."""

    id = identity()
    selection = reference(Selection)
    board = short(6, index=True)
    school = short(6, index=True)
    bundle = reference(Bundle, null=True)
    product = reference(Product, null=True)
    choices = texts()  # of the bundle's optional and either/or lines, the paths of those taken; NULL: its defaults
    quantity = count()
    building = reference(Building, null=True)
    use = short(300)
    position = count()
    # product → [unit cents before tax, units in the basket] when it was chosen
    seen: JSONB = JSONB(null=True, default=None)

    selection_line_one_thing = Check("num_nonnulls(bundle, product) = 1")
    selection_line_some = Check("quantity > 0 AND quantity <= 10000")


class SelectionItem(Table, tablename="selection_item"):
    """What a submitted selection buys: a product at a supplier at a frozen price, with its share of the net cost.

    The items of one supplier are priced as one invoice; `net_cents` are shares by largest remainder and add up to it.
    """

    id = identity()
    selection = reference(Selection)
    line = reference(SelectionLine)
    board = short(6, index=True)
    school = short(6, index=True)
    product = reference(Product)
    supplier = reference(Supplier)
    building = reference(Building, null=True)
    description = short(300)
    quantity = count()
    unit_before_tax_cents = cents()
    before_tax_cents = cents()
    net_cents = cents()
    charged_cents = cents()
    price_source = short(300)
    price_until = day()
    contract = reference(Contract, null=True)
    mandatory_contract = reference(Contract, null=True)  # under which it had to be bought, and is not
    released_at = moment()  # when its year ended with it on no order: it reserves nothing, and waits no more

    selection_item_some = Check("quantity > 0")


class SelectionInvoice(Table, tablename="selection_invoice"):
    """What a submitted selection pays one supplier, frozen: its items priced as one invoice. An order's part is a copy of it."""

    id = identity()
    selection = reference(Selection)
    supplier = reference(Supplier)
    board = short(6, index=True)
    school = short(6, index=True)
    before_tax_cents = cents()
    gst_cents = cents()
    qst_cents = cents()
    gst_rebate_cents = cents()
    qst_rebate_cents = cents()
    total_cents = cents()
    net_cents = cents()
    charged_cents = cents()

    selection_invoice_once = Unique([selection, supplier])
    selection_invoice_adds_up = Check(
        "total_cents = before_tax_cents + gst_cents + qst_cents"
        " AND net_cents = total_cents - gst_rebate_cents - qst_rebate_cents"
    )


class SelectionAuthor(Table, tablename="selection_author"):
    """Who composed, edited or submitted a selection: none of them may approve it."""

    id = identity()
    selection = reference(Selection)
    person = reference(Person)
    board = short(6, index=True)
    school = short(6, index=True)

    selection_author_once = Unique([selection, person])


class SelectionComment(Table, tablename="selection_comment"):
    """What somebody wrote about a selection, in whatever state it was."""

    id = identity()
    selection = reference(Selection)
    board = short(6, index=True)
    school = short(6, index=True)
    person: UUID = UUID(null=True, default=None)
    person_name = short(200)
    at = moment(null=False)
    body = text()

    selection_comment_says = Check("body <> ''")


class Approval(Table, tablename="approval"):
    """A person's decision on a submitted selection, and what they decided on: `content` is compared with what comes later.

    `agreed`: over the limit of their step, it goes on to the next. `replaced`: in whose name a deputy decided.
    """

    id = identity()
    selection = reference(Selection)
    board = short(6, index=True)
    school = short(6, index=True)
    step = short(10)
    decision = short(10)
    person: UUID = UUID()
    person_name = short(200)
    at = moment(null=False)
    reason = text()
    of_version = count()
    position = count()  # of the step in its delegation; 0: the board has delegated nothing
    role = short(24)
    limit_cents = cents(null=True)
    replaced: UUID = UUID(null=True, default=None)
    replaced_name = short(200)
    content = JSONB(null=True, default=None)
    voided_at = moment()
    voided_because = short(12)

    approval_decision_known_2 = Check("decision IN ('approved', 'agreed', 'refused', 'asked')")
    approval_step_known = Check("step IN ('school', 'board')")
    approval_no_has_reason = Check("decision IN ('approved', 'agreed') OR reason <> ''")
    approval_voided_because_one_of = Check("voided_because IN ('', 'refused', 'asked', 'withdrawn', 'price', 'year')")


scoped(Selection, board="board", school="school")
scoped(SelectionLine, board="board", school="school", access=Access.draft)
scoped(SelectionItem, board="board", school="school", access=Access.draft)
scoped(SelectionInvoice, board="board", school="school", access=Access.draft)
scoped(SelectionAuthor, board="board", school="school")
scoped(SelectionComment, board="board", school="school", access=Access.append)
scoped(Approval, board="board", school="school")
