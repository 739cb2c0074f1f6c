"""Three-way match: what was ordered, what came, what is asked. Pure: facts in, differences out.

A difference within the board's tolerance is none. `blocking` ones no decision accepts: the goods must come, the paper must add up,
the envelope must have room. Every amount is before tax, but for taxes and totals.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from allocations.invoices.costing import Charge, OrderLineFacts, Printed, PrintedLine, computed, rounding
from allocations.invoices.rules import CreditFor, LineKind
from catalog.taxes.rules import Taxes
from kit.money import share

BLOCKING = frozenset({"quantity", "sum", "total", "room", "not_returned", "over_credit"})


class Tolerance(NamedTuple):
    """Of a line's amount: the smaller of `price_ppm` of what was ordered and `price_cents`. Of all extras: `extra_cents`."""

    price_ppm: int = 0
    price_cents: int = 0
    extra_cents: int = 0

    def allows(self, difference: int, *, of: int) -> bool:
        return abs(difference) <= min(share(of, self.price_ppm), self.price_cents)


class Difference(NamedTuple):
    """`position`: the order line's (0: the whole paper). `expected`, `found`: units or cents, by kind. `cents`: what it costs more
    (less), before tax. `about`: a tax, or another invoice's number."""

    kind: str
    position: int = 0
    expected: int = 0
    found: int = 0
    cents: int = 0
    about: str = ""

    @property
    def blocking(self) -> bool:
        return self.kind in BLOCKING


class Left(NamedTuple):
    """What may still be credited of a line of an invoice: units, cents before tax, and the cents of its goods and units as invoiced."""

    units: int
    before_tax_cents: int
    goods_cents: int
    goods_units: int


def match_invoice(
    lines: Sequence[PrintedLine],
    printed: Printed,
    taxes: Taxes,
    facts: Mapping[UUID, OrderLineFacts],
    tolerance: Tolerance,
) -> list[Difference]:
    """Where an invoice departs from its order and its receipts."""
    found = list(_paper(lines, printed, taxes, [fact.taxes for fact in facts.values()]))
    for key, (units, cents) in sorted(_by_line(lines).items(), key=lambda item: facts[item[0]].position):
        fact = facts[key]
        if units > fact.billable:
            found.append(
                Difference(
                    "quantity", fact.position, fact.received - fact.credited - fact.settled, fact.invoiced + units
                )
            )
        found += _price(fact, units, cents, tolerance)
    extras = sum(line.before_tax_cents for line in lines if line.line is None and line.kind is not LineKind.goods)
    if extras > tolerance.extra_cents:
        found.append(Difference("extra", 0, tolerance.extra_cents, extras, extras))
    return found


def _price(fact: OrderLineFacts, units: int, cents: int, tolerance: Tolerance) -> Iterator[Difference]:
    """A line's amount against the order's. Small differences do not add up unseen: what came before counts too."""
    ordered = units * fact.unit_before_tax_cents
    before = fact.invoiced_cents - fact.invoiced * fact.unit_before_tax_cents
    own = cents - ordered
    creeping = own * before > 0 and not tolerance.allows(
        own + before, of=ordered + fact.invoiced * fact.unit_before_tax_cents
    )
    if own and (creeping or not tolerance.allows(own, of=ordered)):
        yield Difference("price_above" if own > 0 else "price_below", fact.position, ordered, cents, own)


def match_credit(
    lines: Sequence[PrintedLine],
    printed: Printed,
    taxes: Taxes,
    facts: Mapping[UUID, OrderLineFacts],
    tolerance: Tolerance,
    *,
    credit_for: CreditFor,
    left: Mapping[UUID, Left],
    costs: Sequence[Charge],
) -> list[Difference]:
    """Where a credit note departs from the invoice that it is on, and from what was sent back. `costs`: what it gives each line."""
    found = list(_paper(lines, printed, taxes, [fact.taxes for fact in facts.values()]))
    none = Left(0, 0, 0, 0)
    for cost in costs:
        rest, position = left.get(cost.line, none), facts[cost.line].position
        if cost.quantity > rest.units:
            found.append(Difference("over_credit", position, rest.units, cost.quantity, about="units"))
        if cost.before_tax_cents > rest.before_tax_cents:
            found.append(
                Difference("over_credit", position, rest.before_tax_cents, cost.before_tax_cents, about="cents")
            )
    if credit_for is CreditFor.whole:
        whole = sum(rest.before_tax_cents for rest in left.values())
        if printed.before_tax < whole:
            found.append(Difference("price_below", 0, whole, printed.before_tax, whole - printed.before_tax))
    if credit_for is CreditFor.returned:
        for key, (units, cents) in sorted(_by_line(lines).items(), key=lambda item: facts[item[0]].position):
            found += _returned(facts[key], units, cents, left.get(key, none), tolerance)
    return found


def _returned(fact: OrderLineFacts, units: int, cents: int, rest: Left, tolerance: Tolerance) -> Iterator[Difference]:
    sent_back = fact.returned - fact.credited - fact.settled
    if units > sent_back:
        yield Difference("not_returned", fact.position, sent_back, units)
    paid = rest.goods_cents * units // rest.goods_units if rest.goods_units else 0
    if not tolerance.allows(cents - paid, of=paid):
        yield Difference("price_above" if cents > paid else "price_below", fact.position, paid, cents, paid - cents)


def _paper(
    lines: Sequence[PrintedLine], printed: Printed, taxes: Taxes, others: Sequence[Taxes]
) -> Iterator[Difference]:
    """What the paper says of itself: does it add up, are its taxes those of its date."""
    for place, line in enumerate(lines, 1):
        product = line.quantity * line.unit_before_tax_cents
        if line.quantity and product != line.before_tax_cents:
            yield Difference("line_amount", place, product, line.before_tax_cents, line.before_tax_cents - product)
        if line.kind is LineKind.goods and line.line is None:
            yield Difference("unknown_line", place, 0, line.before_tax_cents, line.before_tax_cents)
    if (added := sum(line.before_tax_cents for line in lines)) != printed.before_tax:
        yield Difference("sum", 0, added, printed.before_tax)
    if (total := printed.before_tax + printed.gst + printed.qst) != printed.total:
        yield Difference("total", 0, total, printed.total)
    bound = rounding(lines)
    for place, tax in enumerate(("gst", "qst")):
        ours, said = computed(lines, taxes)[place], (printed.gst, printed.qst)[place]
        if abs(said - ours) > bound:
            another = any(abs(said - computed(lines, other)[place]) <= bound for other in others)
            yield Difference("tax_other_day" if another else "tax", 0, ours, said, said - ours, tax)


def _by_line(lines: Sequence[PrintedLine]) -> dict[UUID, tuple[int, int]]:
    """Units and cents of each order line."""
    found: dict[UUID, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for line in lines:
        if line.line is not None:
            units, cents = found[line.line]
            found[line.line] = (units + line.quantity, cents + line.before_tax_cents)
    return dict(found)
