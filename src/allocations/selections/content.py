"""What was decided on, kept with each decision, and what has changed in the basket since. The comparison is pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from kit.database import fetch
from kit.i18n import _, date_long, lazy, money, n_, number

SHOWN = 3

_LINES = """
SELECT l.id::text, coalesce(b.name, p.name) AS name, l.quantity, coalesce(l.building, '') AS building, l.use,
       coalesce(sum(i.charged_cents), 0)::bigint AS charged_cents
FROM selection_line l LEFT JOIN bundle b ON b.id = l.bundle LEFT JOIN product p ON p.id = l.product
LEFT JOIN selection_item i ON i.line = l.id WHERE l.selection = $1
GROUP BY l.id, b.name, p.name ORDER BY l.position, l.id
"""


_BECAUSE: Mapping[str, str] = {
    "": lazy("L'approbation du {day} est annulée."),
    "withdrawn": lazy("L'approbation du {day} est annulée : le panier a été repris."),
    "year": lazy("L'approbation du {day} est annulée : l'exercice est fermé."),
    "refused": lazy("L'approbation du {day} est annulée : le panier a été refusé."),
    "asked": lazy("L'approbation du {day} est annulée : une précision est demandée."),
}


class Line(msgspec.Struct, frozen=True):
    """A line as it was decided on; `charged_cents` 0: not priced."""

    name: str
    quantity: int
    building: str
    use: str
    charged_cents: int


class Content(msgspec.Struct, frozen=True):
    """A basket as it was decided on: its measure, its cost in the measure's tax basis, its lines by key."""

    measure: str
    charged_cents: int
    lines: dict[str, Line]


class Difference(msgspec.Struct, frozen=True):
    """What is not as it was approved; `what` is a line's name, or '' for the basket."""

    what: str
    sentence: str


async def content_of(row: Any) -> Content:
    """A basket as it stands. Call in a transaction."""
    lines = {
        line["id"]: Line(line["name"], line["quantity"], line["building"], line["use"], line["charged_cents"])
        for line in await fetch(_LINES, row["id"])
    }
    return Content(row["measure_code"], row["charged_cents"], lines)


def differences(before: Content, after: Content) -> list[Difference]:
    """What changed since a decision. A lower cost of the same goods is no change; of a draft no cost is compared."""
    found = []
    if before.measure != after.measure:
        sentence = _("enveloppe {before} → {after}")
        found.append(Difference("", sentence.format(before=before.measure, after=after.measure or _("aucune"))))
    for key, line in before.lines.items():
        if (now := after.lines.get(key)) is None:
            found.append(Difference(line.name, _("retiré (quantité {n})").format(n=number(line.quantity))))
        else:
            found += [Difference(now.name, said) for said in _changes(line, now)]
    for key, line in after.lines.items():
        if key not in before.lines:
            found.append(Difference(line.name, _("ajouté (quantité {n})").format(n=number(line.quantity))))
    return found


def _changes(before: Line, after: Line) -> list[str]:
    said = []
    if before.quantity != after.quantity:
        said.append(
            _("quantité {before} → {after}").format(before=number(before.quantity), after=number(after.quantity))
        )
    elif before.charged_cents < after.charged_cents and before.charged_cents:
        said.append(
            _("prix {before} → {after}").format(before=money(before.charged_cents), after=money(after.charged_cents))
        )
    if before.building != after.building:
        none = _("aucun")
        said.append(
            _("immeuble {before} → {after}").format(before=before.building or none, after=after.building or none)
        )
    if before.use != after.use:
        said.append(_("usage changé"))
    return said


def fallen_sentence(approved_on: date, because: str, found: list[Difference], before: Content, after: Content) -> str:
    """« L'approbation du 24 novembre 2026 est annulée : 1 ligne a changé (quantité 2 → 3). »"""
    day = date_long(approved_on)
    lines = {one.what for one in found if one.what}
    if found:
        shown = "; ".join(one.sentence for one in found[:SHOWN]) + ("; …" if len(found) > SHOWN else "")
        if not lines:
            return _("L'approbation du {day} est annulée : {what}.").format(day=day, what=shown)
        return n_(
            "L'approbation du {day} est annulée : {n} ligne a changé ({what}).",
            "L'approbation du {day} est annulée : {n} lignes ont changé ({what}).",
            len(lines),
        ).format(day=day, n=number(len(lines)), what=shown)
    if because == "price" or after.charged_cents > before.charged_cents:
        sentence = _("L'approbation du {day} est annulée : le prix a monté ({before} → {after}).")
        return sentence.format(day=day, before=money(before.charged_cents), after=money(after.charged_cents))
    return _(_BECAUSE.get(because, _BECAUSE[""])).format(day=day)
