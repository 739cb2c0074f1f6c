"""The prices of what a selection would buy, its écofrais as lines of their own, and what has changed since they were chosen."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from allocations.selections.pricing import Offer, Part
from allocations.selections.schemas import NoticeOut
from catalog.products.offers import BoardOffer, Fee, offers_for
from kit.database import execute, fetch
from kit.i18n import _, date_long, money

_SEEN = """
UPDATE selection_line l SET seen = s.seen::jsonb FROM unnest($2::uuid[], $3::text[]) AS s (line, seen)
WHERE l.selection = $1 AND l.id = s.line AND l.seen IS NULL
"""


class Seen(NamedTuple):
    """A product's price when its line was chosen (cents before tax, a unit), for so many units in the whole basket."""

    cents: int
    units: int


async def offered(board: str, rows: Collection[Mapping[str, Any]], day: date) -> list[Part]:
    """Parts (as `Part`, without their offers) with the prices at which the board buys them on a day, écofrais after each.

    A quantity break counts the units of a product in all of them together. Call in a transaction.
    """
    return with_offers(rows, await offers_for(board, list(units_of(rows).items()), day))


def units_of(rows: Collection[Mapping[str, Any]]) -> Counter[UUID]:
    """Units of each product."""
    units: Counter[UUID] = Counter()
    for row in rows:
        units[row["product"]] += row["quantity"]
    return units


def with_offers(rows: Collection[Mapping[str, Any]], offers: Mapping[tuple[UUID, int], BoardOffer]) -> list[Part]:
    """As `offered`, where the offers are known (by product and units)."""
    units = units_of(rows)
    parts = []
    for row in rows:
        found = offers.get((row["product"], units[row["product"]]))
        part = Part(**row, offer=_offer(found) if found else None)
        parts.append(part)
        if found and found.fee:
            parts.append(_fee(part, found, found.fee))
    return parts


def _offer(found: BoardOffer) -> Offer:
    return Offer(
        supplier=found.supplier,
        supplier_code=found.supplier_code,
        supplier_name=found.supplier_name,
        unit_before_tax_cents=found.before_tax_cents,
        source=found.source,
        expired_on=found.expired_on,
        until_day=found.until_day,
        minimum=found.minimum,
        contract=found.contract,
        contract_number=found.contract_number,
        mandatory_contract=found.outside,
    )


def _fee(part: Part, found: BoardOffer, fee: Fee) -> Part:
    """The écofrais of a part: as many units, of the same supplier, counted by no floor."""
    offer = Offer(found.supplier, found.supplier_code, found.supplier_name, fee.before_tax_cents, fee.source)
    return Part(
        line=part.line, product=fee.product, code=fee.code, name=f"{fee.name} – {part.name}"[:300], category=part.category,
        category_name=part.category_name, tracked=False, each=part.each, quantity=part.quantity, closed=False, offer=offer,
        building=part.building,
    )  # fmt: skip


async def remember(selection: UUID, parts: Sequence[Part]) -> None:
    """Keep the prices seen by lines that have just been chosen (those that remember none)."""
    units: Counter[UUID] = Counter()
    for part in parts:
        units[part.product] += part.quantity
    lines: dict[UUID, dict[str, list[int]]] = {}
    for part in parts:
        if part.offer is not None:
            seen = [part.offer.unit_before_tax_cents, units[part.product]]
            lines.setdefault(part.line, {})[str(part.product)] = seen
    await execute(_SEEN, selection, list(lines), [json.dumps(seen) for seen in lines.values()])


async def seen_by(selection: UUID) -> dict[tuple[UUID, UUID], Seen]:
    """What lines remember, by line and product. Call in a transaction."""
    rows = await fetch("SELECT id, seen FROM selection_line WHERE selection = $1 AND seen IS NOT NULL", selection)
    return {
        (row["id"], UUID(product)): Seen(*seen) for row in rows for product, seen in json.loads(row["seen"]).items()
    }


def notices(parts: Sequence[Part], seen: Mapping[tuple[UUID, UUID], Seen]) -> list[NoticeOut]:
    """What the team should know of a draft, though it stops nothing: prices that moved, what escapes a mandatory contract."""
    found = []
    for part in parts:
        if part.offer is None:
            continue
        before, now = seen.get((part.line, part.product)), part.offer.unit_before_tax_cents
        if before and before.cents != now:
            sentence = moved_words(part.name, before.cents, now)
            found.append(NoticeOut(part.line, part.code, "price_moved", sentence, before.cents, now))
        if part.offer.mandatory_contract is not None:
            found.append(NoticeOut(part.line, part.code, "outside_contract", outside_words(part.name)))
    return found


def moved_words(name: str, before: int, now: int) -> str:
    """That a price is no longer the one that was chosen."""
    sentence = _("« {name} » : le prix est passé de {before} à {now} depuis que vous l'avez choisi.")
    return sentence.format(name=name, before=money(before), now=money(now))


def outside_words(name: str) -> str:
    """That something is bought outside a contract that is mandatory for it."""
    return _("« {name} » : contrat obligatoire. Choisissez-le, ou joignez l'attestation et la justification.").format(
        name=name
    )


def ended_words(name: str, day: date) -> str:
    """That a price has ended since it was chosen."""
    return _("« {name} » : prix échu le {day}; l'organisme doit le confirmer.").format(name=name, day=date_long(day))
