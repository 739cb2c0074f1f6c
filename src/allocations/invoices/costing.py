"""What an invoice costs each line of its order, to the cent. Pure.

Two things are told apart. *Shares* add up to what is printed, by largest remainder. The *correction* of an envelope
(`correcting`) comes from exact costs. What remains between the two is rounding alone, for the board's account.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from allocations.invoices.rules import LineKind
from catalog.taxes.rules import GST, QST, Taxes
from kit.money import MILLION, largest_remainder, share

TRILLION = MILLION * MILLION


class OrderLineFacts(NamedTuple):
    """An order line as invoices meet it. `cost`, `ordered`: exact sums of its approved charges; `credited`: returned units that
    credit notes gave back; `taxes`: those of the day it was priced."""

    id: UUID
    position: int
    product: str
    description: str
    school: str
    envelope: UUID
    tax_basis: str
    taxes: Taxes
    quantity: int
    received: int
    returned: int
    cancelled: int
    invoiced: int
    settled: int
    credited: int
    unit_before_tax_cents: int
    before_tax_cents: int
    charged_cents: int
    corrected_cents: int
    cost: int
    ordered: int
    invoiced_cents: int

    @property
    def outstanding(self) -> int:
        return self.quantity - self.received - self.cancelled

    @property
    def billable(self) -> int:
        """Units received and kept, or sent back and still creditable, that no invoice asks for yet."""
        return self.received - self.credited - self.settled - self.invoiced


class PrintedLine(NamedTuple):
    """A line of the paper; `line`: the order line's key, None for what is on no line of the order."""

    kind: LineKind
    line: UUID | None
    quantity: int
    unit_before_tax_cents: int
    before_tax_cents: int
    taxable: bool
    description: str = ""
    product: str = ""


class Printed(NamedTuple):
    """The foot of the paper, in cents."""

    before_tax: int
    gst: int
    qst: int
    total: int


class Charge(NamedTuple):
    """What an invoice costs one order line; positive, a credit note's too: `signed` turns it around."""

    line: UUID
    quantity: int
    before_tax_cents: int
    gst_cents: int
    qst_cents: int
    gst_rebate_cents: int
    qst_rebate_cents: int
    charged_cents: int
    cost: int
    ordered: int

    def signed(self, sign: int) -> "Charge":
        return Charge(self.line, *(sign * figure for figure in self[1:]))


def factor(tax_basis: str, taxes: Taxes) -> int:
    """What a taxable cent before tax costs in a tax basis, in trillionths."""
    gst, qst = taxes.rates[GST], taxes.rates[QST]
    if tax_basis == "before_tax":
        return TRILLION
    if tax_basis == "with_tax":
        return (MILLION + gst + qst) * MILLION
    return TRILLION + gst * (MILLION - taxes.rebates.get(GST, 0)) + qst * (MILLION - taxes.rebates.get(QST, 0))


def computed(lines: Sequence[PrintedLine], taxes: Taxes) -> tuple[int, int]:
    """GST and QST of the printed lines: each tax once on their taxable total, half up."""
    taxable = sum(line.before_tax_cents for line in lines if line.taxable)
    return share(taxable, taxes.rates[GST]), share(taxable, taxes.rates[QST])


def rounding(lines: Sequence[PrintedLine]) -> int:
    """By how many cents a tax may differ from ours where the supplier rounded it line by line."""
    return len(lines)


def tax_shares(lines: Sequence[PrintedLine], printed: Printed) -> list[tuple[int, int]]:
    """GST and QST of each printed line: they add up to the paper's."""
    weights = [line.before_tax_cents if line.taxable else 0 for line in lines]
    return list(zip(largest_remainder(printed.gst, weights), largest_remainder(printed.qst, weights), strict=True))


def charges(
    lines: Sequence[PrintedLine],
    printed: Printed,
    taxes: Taxes,
    facts: Mapping[UUID, OrderLineFacts],
    *,
    with_units: bool = True,
) -> list[Charge]:
    """What an invoice costs each order line. What is asked besides goods is shared on them (on the whole order where there are
    none), in proportion to their amounts. Without units (a credit of price): amounts alone."""
    goods = [line for line in lines if line.line is not None]
    units: dict[UUID, int] = {}
    weights: dict[UUID, int] = {}
    for line in goods:
        assert line.line is not None
        units[line.line] = units.get(line.line, 0) + line.quantity
        weights[line.line] = weights.get(line.line, 0) + line.before_tax_cents
    if not weights:
        weights = {key: fact.before_tax_cents for key, fact in facts.items() if fact.quantity > fact.cancelled}
    keys = sorted(weights, key=lambda key: facts[key].position)
    if not keys:
        return []
    taxable, exempt = dict.fromkeys(keys, 0), dict.fromkeys(keys, 0)
    for line in lines:
        into = taxable if line.taxable else exempt
        if line.line is not None:
            into[line.line] += line.before_tax_cents
            continue
        for key, cents in zip(keys, largest_remainder(line.before_tax_cents, [weights[k] for k in keys]), strict=True):
            into[key] += cents
    return _priced(keys, taxable, exempt, units if with_units else {}, lines, printed, taxes, facts)


def _priced(
    keys: Sequence[UUID],
    taxable: Mapping[UUID, int],
    exempt: Mapping[UUID, int],
    units: Mapping[UUID, int],
    lines: Sequence[PrintedLine],
    printed: Printed,
    taxes: Taxes,
    facts: Mapping[UUID, OrderLineFacts],
) -> list[Charge]:
    bases = [taxable[key] for key in keys]
    if not any(bases):
        bases = [exempt[key] for key in keys]
    rebates = [share(printed.gst, taxes.rebates.get(GST, 0)), share(printed.qst, taxes.rebates.get(QST, 0))]
    gst, qst, gst_back, qst_back = (largest_remainder(t, bases) for t in (printed.gst, printed.qst, *rebates))
    gst_off, qst_off = (largest_remainder(off, bases) for off in _off(lines, printed, taxes))
    made = []
    for place, key in enumerate(keys):
        fact = facts[key]
        before = taxable[key] + exempt[key]
        paid = {
            "before_tax": before,
            "with_tax": before + gst[place] + qst[place],
            "net": before + gst[place] + qst[place] - gst_back[place] - qst_back[place],
        }
        cost = taxable[key] * factor(fact.tax_basis, taxes) + exempt[key] * TRILLION
        if fact.tax_basis != "before_tax":  # what the paper's taxes are more or less than the law's, beyond rounding
            back = taxes.rebates if fact.tax_basis == "net" else {}
            cost += gst_off[place] * (MILLION - back.get(GST, 0)) * MILLION
            cost += qst_off[place] * (MILLION - back.get(QST, 0)) * MILLION
        n = units.get(key, 0)
        made.append(
            Charge(
                key, n, before, gst[place], qst[place], gst_back[place], qst_back[place], paid[fact.tax_basis], cost,
                n * fact.unit_before_tax_cents * factor(fact.tax_basis, fact.taxes),
            )
        )  # fmt: skip
    return made


def _off(lines: Sequence[PrintedLine], printed: Printed, taxes: Taxes) -> tuple[int, int]:
    """By how much each printed tax differs from ours, nothing where rounding alone explains it."""
    bound = rounding(lines)
    gst, qst = (said - ours for said, ours in zip(printed[1:3], computed(lines, taxes), strict=True))
    return (gst if abs(gst) > bound else 0, qst if abs(qst) > bound else 0)
