"""The lines of a paper put on the lines of its order. Pure."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from allocations.invoices.costing import OrderLineFacts, PrintedLine
from allocations.invoices.rules import LineKind
from allocations.invoices.schemas import NewInvoiceLine
from kit.errors import Invalid
from kit.i18n import _
from kit.money import largest_remainder

Room = Callable[[OrderLineFacts], int]


def placed(lines: Sequence[NewInvoiceLine], facts: Mapping[UUID, OrderLineFacts], room: Room) -> list[PrintedLine]:
    """Printed lines with the order lines that they are of; one of a product of several schools becomes a line for each.

    `room`: how many units of a line may be asked for. What nothing has room for stays with the last: the match says so.
    Goods of no line of the order keep none. Raises Invalid.
    """
    if errors := {f"lines.{n}": fault for n, line in enumerate(lines) if (fault := _fault(line))}:
        raise Invalid(errors)
    left = {key: max(room(fact), 0) for key, fact in facts.items()}
    made: list[PrintedLine] = []
    for line in lines:
        amount = line.quantity * line.unit_before_tax_cents if line.before_tax_cents is None else line.before_tax_cents
        for key, units, cents in _shared(line, amount, _of(line, facts), left):
            made.append(
                PrintedLine(
                    line.kind, key, units, line.unit_before_tax_cents, cents, line.taxable, line.description.strip()
                )
            )
    return made


def _fault(line: NewInvoiceLine) -> str | None:
    if line.kind is LineKind.goods and line.position is None and not line.product and not line.description.strip():
        return _("Dites de quelle ligne du bon, de quel produit ou de quoi il s'agit.")
    if line.kind is LineKind.goods and line.quantity == 0:
        return _("Indiquez combien d'unités sont facturées.")
    if line.quantity == 0 and line.before_tax_cents is None:
        return _("Indiquez le montant avant taxes.")
    return None


def _of(line: NewInvoiceLine, facts: Mapping[UUID, OrderLineFacts]) -> list[OrderLineFacts]:
    """The lines of the order that a line may be of, in order."""
    if line.position is not None:
        return [fact for fact in facts.values() if fact.position == line.position]
    if not line.product:
        return []
    return sorted((fact for fact in facts.values() if fact.product == line.product), key=lambda fact: fact.position)


def _shared(
    line: NewInvoiceLine, amount: int, lines: Sequence[OrderLineFacts], left: dict[UUID, int]
) -> list[tuple[UUID | None, int, int]]:
    """(order line, units, cents) of a printed line: first where there is room, then where something is awaited."""
    if not lines:
        return [(None, line.quantity, amount)]
    units = dict.fromkeys((fact.id for fact in lines), 0)
    rest = line.quantity
    for rooms in (left, {fact.id: max(fact.outstanding, 0) for fact in lines}):
        for fact in lines:
            taken = min(rest, rooms[fact.id])
            units[fact.id] += taken
            rest -= taken
            if rooms is left:
                left[fact.id] -= taken
    units[lines[-1].id] += rest
    taken_by = [key for key, n in units.items() if n] or [lines[0].id]
    cents = (
        [units[key] * line.unit_before_tax_cents for key in taken_by]
        if amount == line.quantity * line.unit_before_tax_cents
        else largest_remainder(amount, [units[key] for key in taken_by])
    )
    return [(key, units[key], share) for key, share in zip(taken_by, cents, strict=True)]
