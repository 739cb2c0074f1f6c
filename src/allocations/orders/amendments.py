"""What a revision of an order changes: of each line what is awaited no more, what line is added, and how it is said. Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from allocations.orders.rules import NothingChanges, kept
from allocations.orders.schemas import LineChange
from kit.errors import Invalid
from kit.i18n import _, date_long, lazy, lazy_n, money, n_, number


class Thing(msgspec.Struct, frozen=True):
    """A product that a line may turn into."""

    id: UUID
    code: str
    name: str
    category: str
    closed: bool


class Added(msgspec.Struct, frozen=True):
    """A line that takes the place of what another awaited, or adds to it; `unit_before_tax_cents` is its own price."""

    quantity: int
    unit_before_tax_cents: int
    thing: Thing | None = None


class Changed(msgspec.Struct, frozen=True):
    """What becomes of one line: `abandoned` of its `awaited` units are given up, with `abandoned_cents` of its charge.

    `building`, `expected_on`: what what it still awaits is given; `moved`, `dated` say whether they are others than before.
    """

    line: UUID
    position: int
    description: str
    awaited: int
    unit_before_tax_cents: int
    abandoned: int = 0
    abandoned_cents: int = 0
    added: Added | None = None
    building: str | None = None
    place: str = ""
    moved: bool = False
    expected_on: date | None = None
    dated: bool = False

    @property
    def after(self) -> int:
        """Units awaited from now on."""
        return self.awaited - self.abandoned + (self.added.quantity if self.added else 0)


def abandoned_cents(*, charged: int, quantity: int, cancelled: int, more: int) -> int:
    """Cents that giving up `more` units frees, after `cancelled` of `quantity`: what was received and what stays add up."""
    return kept(charged, quantity=quantity, cancelled=cancelled) - kept(
        charged, quantity=quantity, cancelled=cancelled + more
    )


def plan(
    lines: Mapping[int, Any],
    changes: Sequence[LineChange],
    *,
    things: Mapping[str, Thing],
    places: Mapping[str, Mapping[str, str]],
    eligible: Mapping[UUID, Collection[str]],
    made_on: date,
) -> list[Changed]:
    """What each line becomes. `lines`: rows by position; `places`: names of the open buildings of each school by code;
    `eligible`: categories that each envelope pays for.

    Raises Invalid with every fault by place in the demand (`lines.0.product`), NothingChanges.
    """
    faults: dict[str, str] = {}
    planned, seen = [], set()
    for place, change in enumerate(changes):
        row = lines.get(change.position)
        if row is None or row["quantity"] <= row["received"] + row["cancelled"] or change.position in seen:
            faults[f"lines.{place}.position"] = _(
                "Ligne {position} : elle n'attend rien, n'existe pas ou est donnée deux fois."
            ).format(position=change.position)
            continue
        seen.add(change.position)
        thing = things.get(change.product) if change.product else None
        for field, fault in _faults(
            row, change, thing, places.get(row["school"], {}), eligible[row["envelope"]], made_on
        ).items():
            faults[f"lines.{place}.{field}"] = fault
        if not faults:
            planned.append(_changed(row, change, thing, places.get(row["school"], {})))
    if faults:
        raise Invalid(faults)
    planned = [one for one in planned if one.abandoned or one.added or one.moved or one.dated]
    if not planned:
        raise NothingChanges()
    return planned


def _faults(
    row: Any,
    change: LineChange,
    thing: Thing | None,
    places: Mapping[str, str],
    eligible: Collection[str],
    made_on: date,
) -> dict[str, str]:
    found: dict[str, str] = {}
    position = change.position
    if change.product and (thing is None or thing.closed):
        found["product"] = _("Ligne {position} : ce produit n'est pas au catalogue, ou n'est plus offert.").format(
            position=position
        )
    elif thing is not None and thing.category not in eligible:
        found["product"] = _("Ligne {position} : la mesure ne paie pas « {name} ».").format(
            position=position, name=thing.name
        )
    elif thing is not None and thing.id != row["product"] and change.unit_before_tax_cents is None:
        found["unit_before_tax_cents"] = _("Ligne {position} : donnez le prix de l'autre produit.").format(
            position=position
        )
    if change.building is not None and change.building not in places:
        found["building"] = _("Ligne {position} : cet immeuble n'est pas de l'école.").format(position=position)
    if change.expected_on is not None and change.expected_on < made_on:
        found["expected_on"] = _("Ligne {position} : la date précède le bon de commande. Vérifiez l'année.").format(
            position=position
        )
    return found


def _changed(row: Any, change: LineChange, thing: Thing | None, places: Mapping[str, str]) -> Changed:
    awaited = row["quantity"] - row["received"] - row["cancelled"]
    wanted = awaited if change.quantity is None else change.quantity
    other = thing if thing is not None and thing.id != row["product"] else None
    unit = change.unit_before_tax_cents or row["unit_before_tax_cents"]
    added: Added | None = None
    if other is not None or unit != row["unit_before_tax_cents"]:
        abandoned = awaited
        added = Added(wanted, unit, other) if wanted else None
    else:
        abandoned = max(0, awaited - wanted)
        added = Added(wanted - awaited, unit) if wanted > awaited else None
    moved = change.building is not None and change.building != row["building"]
    dated = change.expected_on is not None and change.expected_on != row["expected_on"]
    return Changed(
        line=row["id"], position=row["position"], description=row["description"], awaited=awaited,
        unit_before_tax_cents=row["unit_before_tax_cents"], abandoned=abandoned,
        abandoned_cents=abandoned_cents(
            charged=row["charged_cents"], quantity=row["quantity"], cancelled=row["cancelled"], more=abandoned
        ),
        added=added, building=change.building if moved else row["building"],
        place=places.get(change.building or "", ""), moved=moved,
        expected_on=change.expected_on if dated else row["expected_on"], dated=dated,
    )  # fmt: skip


# An event keeps these in French; each reader is told them in their language.
_LINE = lazy("Ligne {position} ({description}) : {said}")
_REPLACED = lazy("remplacée par « {name} », à {price}.")
_PRICE = lazy("prix unitaire de {after} au lieu de {before}.")
_NONE = lazy_n("l'unité attendue est annulée.", "les {n} unités attendues sont annulées.")
_UNITS = lazy_n("{n} unité attendue au lieu de {before}.", "{n} unités attendues au lieu de {before}.")
_PLACE = lazy("à livrer à « {place} ».")
_DAY = lazy("livraison le {day}.")
SENTENCES = (_LINE, _REPLACED, _PRICE, _NONE, _UNITS, _PLACE, _DAY)


def sentences(changes: Sequence[Changed]) -> list[str]:
    """What a revision changed, one sentence each, in the language of the moment."""
    return [
        _(_LINE).format(position=change.position, description=change.description, said=said)
        for change in changes
        for said in _said(change)
    ]


def _said(change: Changed) -> list[str]:
    said = []
    added = change.added
    if added is not None and added.thing is not None:
        said.append(_(_REPLACED).format(
            name=added.thing.name, price=money(added.unit_before_tax_cents)))  # fmt: skip
    elif added is not None and added.unit_before_tax_cents != change.unit_before_tax_cents:
        said.append(_(_PRICE).format(
            after=money(added.unit_before_tax_cents), before=money(change.unit_before_tax_cents)))  # fmt: skip
    if change.after != change.awaited:
        if not change.after:
            said.append(n_(*_NONE, change.awaited).format(
                n=number(change.awaited)))  # fmt: skip
        else:
            said.append(n_(*_UNITS, change.after).format(
                n=number(change.after), before=number(change.awaited)))  # fmt: skip
    if change.moved:
        said.append(_(_PLACE).format(place=change.place))
    if change.dated and change.expected_on:
        said.append(_(_DAY).format(day=date_long(change.expected_on)))
    return said
