"""What an invoice costs an envelope: exact, whatever the order and the parts."""

from dataclasses import dataclass
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from allocations.invoices import correcting, costing
from allocations.invoices.correcting import Standing
from allocations.invoices.costing import Charge, OrderLineFacts, Printed, PrintedLine
from allocations.invoices.rules import LineKind
from catalog.taxes.rules import GST, QST, Taxes, price_invoice
from kit.money import share

TODAY = Taxes(rates={GST: 50_000, QST: 99_750}, rebates={GST: 680_000, QST: 470_000})
BEFORE = Taxes(rates={GST: 50_000, QST: 95_000}, rebates={GST: 680_000, QST: 470_000})
BASES = st.sampled_from(["net", "with_tax", "before_tax"])
KEYS = [UUID(int=n) for n in range(1, 9)]


def fact(
    key: UUID = KEYS[0], *, unit: int = 393_00, quantity: int = 6, received: int = 6, charged: int | None = None,
    tax_basis: str = "net", taxes: Taxes = TODAY, position: int = 1, **of: int,
) -> OrderLineFacts:  # fmt: skip
    priced = price_invoice([unit * quantity], taxes.rates, taxes.rebates)
    whole = {"net": priced.net, "with_tax": priced.total, "before_tax": priced.before_tax}[tax_basis]
    return OrderLineFacts(
        id=key, position=position, product="tablette", description="Tablette", school="990001", envelope=UUID(int=100),
        tax_basis=tax_basis, taxes=taxes, quantity=quantity, received=received, returned=of.get("returned", 0),
        cancelled=of.get("cancelled", 0), invoiced=of.get("invoiced", 0), settled=of.get("settled", 0),
        credited=of.get("credited", 0), unit_before_tax_cents=unit, before_tax_cents=unit * quantity,
        charged_cents=whole if charged is None else charged, corrected_cents=of.get("corrected_cents", 0),
        cost=of.get("cost", 0), ordered=of.get("ordered", 0), invoiced_cents=of.get("invoiced_cents", 0),
    )  # fmt: skip


def goods(key: UUID, quantity: int, unit: int, *, taxable: bool = True) -> PrintedLine:
    return PrintedLine(LineKind.goods, key, quantity, unit, quantity * unit, taxable)


def paper(lines: list[PrintedLine], taxes: Taxes = TODAY) -> Printed:
    before = sum(line.before_tax_cents for line in lines)
    gst, qst = costing.computed(lines, taxes)
    return Printed(before, gst, qst, before + gst + qst)


@dataclass
class Line:
    """A line as invoices come and go: what the ledger would hold."""

    fact: OrderLineFacts
    booked: int = 0
    paid: int = 0

    def take(self, charge: Charge, *, sent_back: bool = False) -> None:
        step = correcting.steps({self.fact.id: self.fact}, [charge], sent_back=sent_back)[0]
        assert step.fact.corrected_cents + step.correction == step.corrected
        self.booked += charge.charged_cents - step.worth
        self.paid += charge.charged_cents
        self.fact = self.fact._replace(
            invoiced=step.invoiced, corrected_cents=step.corrected, cost=self.fact.cost + charge.cost,
            ordered=self.fact.ordered + charge.ordered, credited=self.fact.credited - (charge.quantity if sent_back else 0),
        )  # fmt: skip

    def invoice(self, units: int, unit: int, taxes: Taxes = TODAY) -> Charge:
        lines = [goods(self.fact.id, units, unit)]
        return costing.charges(lines, paper(lines, taxes), taxes, {self.fact.id: self.fact})[0]

    @property
    def spent(self) -> int:
        """In the envelope, once everything has come."""
        return self.fact.charged_cents * self.fact.received // self.fact.quantity + self.fact.corrected_cents


@given(st.integers(1, 10_000_00), st.lists(st.integers(1, 9), min_size=1, max_size=8), BASES, st.randoms())
def test_at_the_orders_price_no_part_of_a_line_corrects_anything(
    unit: int, parts: list[int], basis: str, chance: Random
) -> None:
    n = sum(parts)
    line = Line(fact(unit=unit, quantity=n, received=n, tax_basis=basis))
    for units in chance.sample(parts, len(parts)):
        line.take(line.invoice(units, unit))
        assert line.fact.corrected_cents == 0
    assert line.paid == line.spent + line.booked
    assert abs(line.booked) <= 3 * len(parts)  # the rounding of two taxes and two rebates, and the share of the part


@given(
    st.integers(1, 10_000_00),
    st.lists(
        st.tuples(st.integers(1, 9), st.integers(0, 12_000_00), st.sampled_from([TODAY, BEFORE])),
        min_size=1,
        max_size=8,
    ),
    BASES,
    st.sampled_from([TODAY, BEFORE]),
    st.randoms(),
)
def test_part_invoices_in_any_order_end_at_the_same_cent(
    unit: int, parts: list[tuple[int, int, Taxes]], basis: str, ordered_at: Taxes, chance: Random
) -> None:
    n = sum(units for units, _price, _taxes in parts)
    first, second = (Line(fact(unit=unit, quantity=n, received=n, tax_basis=basis, taxes=ordered_at)) for _n in "ab")
    for units, price, taxes in parts:
        first.take(first.invoice(units, price, taxes))
    for units, price, taxes in chance.sample(parts, len(parts)):
        second.take(second.invoice(units, price, taxes))
    assert first.fact.corrected_cents == second.fact.corrected_cents
    for line in (first, second):
        assert line.paid == line.spent + line.booked
        assert line.spent >= 0


@given(st.integers(1, 10_000_00), st.integers(0, 12_000_00), st.integers(1, 30), st.integers(1, 30), BASES)
def test_an_invoice_split_in_two_corrects_as_the_whole_does(
    unit: int, price: int, one: int, other: int, basis: str
) -> None:
    n = one + other
    whole, split = (Line(fact(unit=unit, quantity=n, received=n, tax_basis=basis)) for _n in "ab")
    whole.take(whole.invoice(n, price))
    split.take(split.invoice(one, price))
    split.take(split.invoice(other, price))
    assert whole.fact.corrected_cents == split.fact.corrected_cents
    if basis == "before_tax":
        assert whole.spent == n * price and whole.booked == 0


@given(
    st.integers(1, 10_000_00), st.lists(st.tuples(st.integers(1, 9), st.integers(0, 12_000_00)), min_size=1, max_size=6),
    BASES, st.data(),
)  # fmt: skip
def test_an_invoice_that_is_taken_back_leaves_what_there_would_be_without_it(
    unit: int, parts: list[tuple[int, int]], basis: str, data: st.DataObject
) -> None:
    n = sum(units for units, _price in parts)
    line, without = (Line(fact(unit=unit, quantity=n, received=n, tax_basis=basis)) for _n in "ab")
    taken = data.draw(st.integers(0, len(parts) - 1))
    charges = []
    for place, (units, price) in enumerate(parts):
        charges.append(line.invoice(units, price))
        line.take(charges[-1])
        if place != taken:
            without.take(without.invoice(units, price))
    line.take(charges[taken].signed(-1))
    assert line.fact == without.fact
    assert (line.booked, line.paid) == (without.booked, without.paid)


@given(st.integers(1, 10_000_00), st.integers(1, 30), st.integers(0, 30), st.integers(0, 12_000_00), BASES)
def test_what_is_sent_back_and_credited_gives_its_room_back_and_never_more(
    unit: int, n: int, back: int, price: int, basis: str
) -> None:
    back = min(back, n)
    line = Line(fact(unit=unit, quantity=n, received=n, returned=back, tax_basis=basis))
    line.take(line.invoice(n, price))
    spent = line.spent
    if back:
        line.take(line.invoice(back, price).signed(-1), sent_back=True)
    assert 0 <= line.spent <= spent
    assert line.fact.billable == 0  # nothing can be invoiced a second time
    assert line.paid == line.spent + line.booked
    if back == n:
        assert line.spent == 0


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 900_00), st.booleans()), min_size=1, max_size=8),
    st.lists(st.tuples(st.sampled_from(list(LineKind)[1:]), st.integers(0, 900_00), st.booleans()), max_size=4),
    BASES,
    st.integers(-500, 500),
)
def test_the_shares_of_lines_add_up_to_the_paper(
    wares: list[tuple[int, int, bool]], extras: list[tuple[LineKind, int, bool]], basis: str, off: int
) -> None:
    facts = {
        key: fact(key, unit=unit, quantity=quantity, received=quantity, tax_basis=basis, position=place)
        for place, (key, (quantity, unit, _taxable)) in enumerate(zip(KEYS, wares, strict=False), 1)
    }
    lines = [
        goods(key, quantity, unit, taxable=taxable) for key, (quantity, unit, taxable) in zip(KEYS, wares, strict=False)
    ]
    lines += [PrintedLine(kind, None, 1, cents, cents, taxable) for kind, cents, taxable in extras]
    printed = paper(lines)
    printed = printed._replace(qst=max(printed.qst + off, 0))
    for place in (0, 1):
        assert sum(shares[place] for shares in costing.tax_shares(lines, printed)) == printed[1 + place]
    made = costing.charges(lines, printed, TODAY, facts)
    assert sum(charge.before_tax_cents for charge in made) == printed.before_tax
    assert sum(charge.gst_cents for charge in made) == printed.gst
    assert sum(charge.qst_cents for charge in made) == printed.qst
    assert sum(charge.gst_rebate_cents for charge in made) == share(printed.gst, 680_000)
    assert sum(charge.qst_rebate_cents for charge in made) == share(printed.qst, 470_000)
    whole = {
        "before_tax": printed.before_tax,
        "with_tax": printed.before_tax + printed.gst + printed.qst,
        "net": printed.before_tax
        + printed.gst
        + printed.qst
        - share(printed.gst, 680_000)
        - share(printed.qst, 470_000),
    }
    assert sum(charge.charged_cents for charge in made) == whole[basis]


def test_each_tax_is_computed_once_on_the_taxable_total_half_up() -> None:
    lines = [goods(KEYS[0], 1, 10), goods(KEYS[0], 1, 10), goods(KEYS[0], 1, 10, taxable=False)]
    assert costing.computed(lines, TODAY) == (1, 2)  # 1.0 and 1.995 cents of 20, where line by line gives 1+1 and 1+1


def test_a_tax_that_rises_between_order_and_invoice_is_the_envelopes_to_bear() -> None:
    line = Line(fact(unit=1_000_00, quantity=10, received=10, taxes=BEFORE))
    line.take(line.invoice(10, 1_000_00))
    assert line.fact.corrected_cents == 2518  # 10 000.00 × 0.475 % × 53 %, to the cent (25.175)
    assert abs(line.booked) <= 2


def test_a_line_never_costs_less_than_nothing() -> None:
    line = Line(fact(unit=333, quantity=7, received=7))
    line.take(line.invoice(3, 0))
    line.take(line.invoice(4, 0))
    assert line.spent == 0
    for units in (0, 1, 3, 7):
        assert correcting.worth(2492, 7, Standing(units, 0, -(10**18))).cents == 0
