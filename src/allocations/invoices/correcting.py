"""What invoices change of what a line spent at the order's price. Pure.

The correction comes from exact sums (trillionths of a cent) over all approved invoices of a line, rounded once: in whatever order
and parts a line is invoiced, and whatever is taken back, its envelope ends at the same cent.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from allocations.invoices.costing import TRILLION, Charge, OrderLineFacts


class Standing(NamedTuple):
    """What approved invoices hold of a line: units, units returned that are paid for no more, exact difference of cost."""

    units: int = 0
    gone: int = 0
    difference: int = 0


class Worth(NamedTuple):
    """Cents: of the invoiced units in the envelope, and of the correction of what the line spent at the order's price."""

    cents: int
    corrected: int


def rounded(exact: int) -> int:
    """Trillionths of a cent to the cent, half up (away from zero)."""
    sign = -1 if exact < 0 else 1
    return sign * ((2 * abs(exact) + TRILLION) // (2 * TRILLION))


def worth(charged: int, quantity: int, standing: Standing) -> Worth:
    """What a line's invoiced units are worth in its envelope; a line never costs less than nothing.

    Unit i of n costs floor(c·i/n) − floor(c·(i−1)/n), as receipts say it: at the order's price nothing is corrected.
    """
    gone = charged * standing.gone // quantity
    at_order = charged * (standing.units + standing.gone) // quantity - gone
    difference = max(rounded(standing.difference), -at_order)
    return Worth(at_order + difference, difference - gone)


def standing(fact: OrderLineFacts) -> Standing:
    """Where a line stands by its approved invoices."""
    return Standing(fact.invoiced, fact.credited + fact.settled, fact.cost - fact.ordered)


class Step(NamedTuple):
    """What one invoice changes of one line: units invoiced, settled, and gone (credited or settled) afterwards, the line's
    correction, cents of the envelope."""

    fact: OrderLineFacts
    invoiced: int
    settled: int
    gone: int
    corrected: int
    worth: int

    @property
    def correction(self) -> int:
        """Signed cents for the envelope."""
        return self.corrected - self.fact.corrected_cents


def steps(
    facts: Mapping[UUID, OrderLineFacts], signed: Sequence[Charge], *, sent_back: bool, settle: bool | None = None
) -> list[Step]:
    """Add signed charges (turned around: take them off) to what is invoiced, for every line of the order.

    `sent_back`: they are of units returned for credit. `settle`: None as the lines stand; True: the order ends, and money of
    units returned and never invoiced comes back; False: it does so no more.
    """
    added = {charge.line: charge for charge in signed}
    made = []
    for key, fact in facts.items():
        before, charge = standing(fact), added.get(key)
        units, cost = (charge.quantity, charge.cost - charge.ordered) if charge else (0, 0)
        credited = fact.credited - (units if sent_back else 0)
        settled = fact.settled if settle is None else fact.returned - credited if settle else 0
        after = Standing(before.units + units, credited + settled, before.difference + cost)
        was, now = (worth(fact.charged_cents, fact.quantity, at) for at in (before, after))
        made.append(Step(fact, after.units, settled, after.gone, now.corrected, now.cents - was.cents))
    return made


def ends(made: Sequence[Step]) -> bool:
    """Whether everything came or was given up, and is invoiced: what was kept of each line, and no more."""
    return all(not step.fact.outstanding and step.invoiced == step.fact.received - step.fact.returned for step in made)
