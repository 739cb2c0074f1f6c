"""What a basket costs: bundles taken apart, one invoice a supplier, and how to make it fit. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec

from allocations.envelopes.rules import Figures, missing_sentence
from allocations.selections.schemas import FitOut, LinePrice, ProblemOut
from catalog.taxes.rules import Priced, Taxes, add_up, price_invoice
from kit.i18n import _, date_long, money, n_


class Offer(msgspec.Struct, frozen=True):
    """A supplier's price of a product, before tax, from `minimum` units on, under a contract or none.

    `expired_on`: it has ended; the basket cannot be submitted with it. `mandatory_contract`: the one that it escapes.
    """

    supplier: UUID
    supplier_code: str
    supplier_name: str
    unit_before_tax_cents: int
    source: str
    expired_on: date | None = None
    until_day: date | None = None
    minimum: int = 1
    contract: UUID | None = None
    contract_number: str = ""
    mandatory_contract: UUID | None = None


class Part(msgspec.Struct, frozen=True):
    """A product in a line, `each` times for one of the line; `offer` None: it never had a price."""

    line: UUID
    product: UUID
    code: str
    name: str
    category: str
    category_name: str
    tracked: bool
    each: int
    quantity: int
    closed: bool
    offer: Offer | None
    building: str | None = None


class Item(msgspec.Struct, frozen=True):
    """A part with its shares of its supplier's invoice, in cents."""

    part: Part
    before_tax: int
    net: int
    charged: int


class Invoice(msgspec.Struct, frozen=True):
    """What one supplier is paid; `charged` is what the envelope is charged for it, in the measure's tax basis."""

    supplier: UUID
    supplier_code: str
    supplier_name: str
    priced: Priced
    charged: int
    items: list[Item]


class Basket(msgspec.Struct, frozen=True):
    """All invoices, by supplier code, and their sum."""

    invoices: list[Invoice]
    priced: Priced
    charged: int

    @property
    def items(self) -> list[Item]:
        return [item for invoice in self.invoices for item in invoice.items]


def price(parts: Iterable[Part], taxes: Taxes, tax_basis: str) -> Basket:
    """Price parts as one invoice a supplier. Parts without a price are left out: `problems` names them."""
    suppliers: dict[tuple[str, UUID], list[Part]] = defaultdict(list)
    for part in parts:
        if part.offer is not None and part.quantity:
            suppliers[part.offer.supplier_code, part.offer.supplier].append(part)
    invoices = [_invoice(found, taxes, tax_basis) for _key, found in sorted(suppliers.items())]
    return Basket(
        invoices=invoices,
        priced=add_up([invoice.priced for invoice in invoices]),
        charged=sum(invoice.charged for invoice in invoices),
    )


def _invoice(parts: Sequence[Part], taxes: Taxes, tax_basis: str) -> Invoice:
    offer = parts[0].offer
    assert offer is not None
    amounts = [part.quantity * part.offer.unit_before_tax_cents for part in parts if part.offer]
    priced = price_invoice(amounts, taxes.rates, taxes.rebates)
    charged, shares = charge(priced, amounts, tax_basis)
    return Invoice(
        supplier=offer.supplier,
        supplier_code=offer.supplier_code,
        supplier_name=offer.supplier_name,
        priced=priced,
        charged=charged,
        items=[Item(*found) for found in zip(parts, amounts, priced.line_net, shares, strict=True)],
    )


def charge(priced: Priced, amounts: Sequence[int], tax_basis: str) -> tuple[int, list[int]]:
    """What an envelope is charged for an invoice, and each line's share, in the measure's tax basis."""
    if tax_basis == "net":
        return priced.net, priced.line_net
    if tax_basis == "with_tax":
        return priced.total, priced.line_total
    return priced.before_tax, list(amounts)


def fit(charged: int, free: int, tax_basis: str) -> FitOut:
    """How a draft stands in its envelope; `free` leaves out what other baskets have reserved."""
    left = free - charged
    sentence = (
        _("Entre dans votre enveloppe. Il resterait {left}.").format(left=money(left))
        if left >= 0
        else missing_sentence(-left, tax_basis)
    )
    return FitOut(fits=left >= 0, free_cents=free, left_cents=left, sentence=sentence)


def lent(charged: int, free: int) -> FitOut:
    """How a draft stands that needs what the board's shared envelopes lend: they have as much."""
    sentence = _(
        "Votre enveloppe a {free} de libre; les {missing} qui manquent seront empruntés aux enveloppes mises en commun de votre"
        " organisme."
    ).format(free=money(free), missing=money(charged - free))
    return FitOut(fits=True, free_cents=free, left_cents=0, sentence=sentence, lent_cents=charged - free)


def held(charged: int, figures: Figures, *, ordered: bool) -> FitOut:
    """How a basket stands whose money is set aside already (submitted, approved) or gone to orders."""
    dollars = charged // 100
    said = (
        n_("{charged} est commandé. Il reste {free}.", "{charged} sont commandés. Il reste {free}.", dollars)
        if ordered
        else n_("{charged} est réservé. Il reste {free}.", "{charged} sont réservés. Il reste {free}.", dollars)
    )
    sentence = said.format(charged=money(charged), free=money(figures.free))
    return FitOut(fits=True, free_cents=figures.free, left_cents=figures.free, sentence=sentence)


def shares(lines: Mapping[UUID, tuple[str, int]], basket: Basket) -> list[LinePrice]:
    """Each line's share of the cost. `lines`: name and quantity by line."""
    sums: dict[UUID, Counter[str]] = defaultdict(Counter)
    for item in basket.items:
        sums[item.part.line].update(before_tax=item.before_tax, net=item.net, charged=item.charged)
    return [
        LinePrice(
            line=line,
            before_tax_cents=sums[line]["before_tax"],
            net_cents=sums[line]["net"],
            charged_cents=sums[line]["charged"],
            remove=None,
            sentence="",
        )
        for line in lines
    ]


def with_room(
    found: list[LinePrice],
    lines: Mapping[UUID, tuple[str, int]],
    parts: Sequence[Part],
    taxes: Taxes,
    tax_basis: str,
    free: int,
) -> list[LinePrice]:
    """The lines of a basket that does not fit, each with how many fewer of it would do."""
    room = rooms(lines, parts, taxes, tax_basis, free)
    for line in found:
        if line.line in room:
            line.remove, line.sentence = room[line.line].remove, room[line.line].sentence
    return found


class Room(msgspec.Struct, frozen=True):
    """How many fewer of a line would let a basket fit, what it would then cost, and both in a sentence."""

    remove: int
    cost: int
    sentence: str


def rooms(
    lines: Mapping[UUID, tuple[str, int]], parts: Sequence[Part], taxes: Taxes, tax_basis: str, free: int
) -> dict[UUID, Room]:
    """The lines of which fewer would let a basket that does not fit, fit. `lines`: name and quantity by line."""
    whole, each = _amounts(parts)
    # With fewer units a quantity break may be lost, and the price of each would rise.
    stepped = {part.line for part in parts if part.offer is not None and part.offer.minimum > 1}
    found = {}
    for line, (name, quantity) in lines.items():
        if line not in stepped and (fewer := _fewer(quantity, whole, each[line], taxes, tax_basis, free)):
            found[line] = Room(*fewer, _fewer_sentence(name, quantity, *fewer))
    return found


def _amounts(parts: Iterable[Part]) -> tuple[Counter[UUID], dict[UUID, Counter[UUID]]]:
    """Cents before tax by supplier, of the whole basket and of one of each line."""
    whole: Counter[UUID] = Counter()
    each: dict[UUID, Counter[UUID]] = defaultdict(Counter)
    for part in parts:
        if part.offer is not None:
            whole[part.offer.supplier] += part.quantity * part.offer.unit_before_tax_cents
            each[part.line][part.offer.supplier] += part.each * part.offer.unit_before_tax_cents
    return whole, each


def _fewer(
    quantity: int, whole: Counter[UUID], each: Counter[UUID], taxes: Taxes, tax_basis: str, free: int
) -> tuple[int, int] | None:
    """The fewest of a line to take away so that the basket fits, and what it then costs. Cost never falls with quantity."""

    def cost(kept: int) -> int:
        amounts = (cents - each[supplier] * (quantity - kept) for supplier, cents in whole.items())
        return sum(
            charge(price_invoice([cents], taxes.rates, taxes.rebates), [cents], tax_basis)[0] for cents in amounts
        )

    if cost(0) > free:
        return None
    fits, too_many = 0, quantity
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        fits, too_many = (middle, too_many) if cost(middle) <= free else (fits, middle)
    return quantity - fits, cost(fits)


def _fewer_sentence(name: str, quantity: int, remove: int, total: int) -> str:
    if remove == quantity:
        return _("Entre si vous retirez « {name} » : {total}.").format(name=name, total=money(total))
    return n_(
        "Entre si vous retirez {n} unité de « {name} » : {total}.",
        "Entre si vous retirez {n} unités de « {name} » : {total}.",
        remove,
    ).format(n=remove, name=name, total=money(total))


def units(parts: Iterable[Part]) -> dict[str, int]:
    """Units that become assets, by category: what the floor counts once they are in service."""
    found: Counter[str] = Counter()
    for part in parts:
        if part.tracked:
            found[part.category] += part.quantity
    return dict(found)


def problems(lines: Iterable[UUID], parts: Sequence[Part], eligible: Iterable[str], measure: str) -> list[ProblemOut]:
    """Why a basket cannot be submitted as it is, in the order of its lines."""
    allowed = set(eligible)
    known = {part.line for part in parts}
    wanted = list(lines)
    if not wanted:
        return [ProblemOut(None, _("Le panier est vide : ajoutez un combo ou un produit."))]
    empty = [ProblemOut(line, _("Ce combo est vide. Retirez-le.")) for line in wanted if line not in known]
    return empty + [
        ProblemOut(part.line, sentence) for part in parts if (sentence := _problem(part, allowed, measure)) is not None
    ]


def _problem(part: Part, eligible: set[str], measure: str) -> str | None:
    if part.closed:
        return _("« {name} » n'est plus offert. Retirez-le.").format(name=part.name)
    if part.category not in eligible:
        sentence = _("La mesure {measure} ne paie pas « {name} » ({category}). Retirez-le.")
        return sentence.format(measure=measure, name=part.name, category=part.category_name)
    if part.offer is None:
        return _("« {name} » n'a pas de prix connu : l'organisme doit en inscrire un.").format(name=part.name)
    if part.offer.expired_on is not None:
        sentence = _("« {name} » : prix échu le {day}; l'organisme doit le confirmer.")
        return sentence.format(name=part.name, day=date_long(part.offer.expired_on))
    return None
