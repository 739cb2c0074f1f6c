"""Which unit of which line a code is: what scans, lists and files have in common. Pure, but for what it is told is registered."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from allocations.receipts.schemas import CodeOutcome
from inventory.assets.rules import scanned_serial
from kit.errors import Invalid, Refused
from kit.i18n import _, n_


class Registered(NamedTuple):
    """A living asset that bears a code. `seen`: the caller may look at it; `serial`: it is its serial, not its tag."""

    tag: str
    maker: str
    seen: bool
    serial: bool


class Fault(NamedTuple):
    """Why a code is no new unit."""

    outcome: CodeOutcome
    sentence: str
    tag: str | None = None


_SIGNS = str.maketrans("’'-", "   ")


def folded(code: str) -> str:
    """What is compared: as the database's `fold`, case, hyphens and apostrophes are nothing."""
    return " ".join(code.translate(_SIGNS).split()).casefold()


class Taking:
    """What an order's lines await, less what was taken of it so far. `lines`: rows of `queries.receivable` by position."""

    def __init__(self, lines: Mapping[int, Any], registered: Mapping[str, Sequence[Registered]]) -> None:
        self._lines, self._registered = lines, registered
        self._left = {place: row["quantity"] - row["received"] - row["cancelled"] for place, row in lines.items()}
        self._products: dict[str, list[int]] = defaultdict(list)
        for place, row in lines.items():
            for code in {folded(row["code"]), folded(row["model"])} - {""}:
                self._products[code].append(place)
        self._seen: set[str] = set()
        self.units: dict[int, int] = defaultdict(int)
        self.serials: dict[int, list[str]] = defaultdict(list)

    def of_product(self, code: str) -> list[int]:
        """The lines of the product that bears this code or model."""
        return self._products.get(folded(code), [])

    def awaiting(self) -> list[int]:
        """The lines of tracked units that are awaited, where they are all of one product; else none."""
        places = [place for place, row in self._lines.items() if row["tracked"] and self._left[place]]
        return places if len({self._lines[place]["product"] for place in places}) == 1 else []

    def only(self, place: int) -> list[int]:
        """The line at this position. Raises Invalid where the order has none."""
        if place not in self._lines:
            raise Invalid({"position": _("Ligne {position} : ce bon n'a pas cette ligne.").format(position=place)})
        return [place]

    def at(self, position: int | None, product: str) -> list[int]:
        """The line at a position (of that product, where one is said), or the lines of a product; none where there is none."""
        of_product = self.of_product(product) if product else list(self._lines)
        return [place for place in of_product if position is None or place == position]

    def too_many(self, places: Sequence[int], units: int) -> str:
        left = max(self._left[place] for place in places)
        return n_(
            "La ligne attend encore {left} unité; {units} sont dites. Mettez le reste de côté.",
            "La ligne attend encore {left} unités; {units} sont dites. Mettez le reste de côté.",
            left,
        ).format(left=left, units=units)

    def tracked(self, place: int) -> bool:
        return bool(self._lines[place]["tracked"])

    def next_of(self, places: Sequence[int], units: int = 1) -> int | None:
        """The first of these lines that still awaits so many units."""
        return next((place for place in places if self._left[place] >= units), None)

    def complete(self, places: Sequence[int]) -> Fault:
        row = self._lines[places[0]]
        return Fault(
            CodeOutcome.complete,
            _("Ligne {position} complète ({quantity} sur {quantity}) : mettez l'unité de côté.").format(
                position=places[0], quantity=row["quantity"]
            ),
        )

    def fault(self, serial: str, places: Sequence[int]) -> Fault | None:
        """Why this serial is no new unit of one of these lines; None when it is."""
        if not places:
            return Fault(
                CodeOutcome.no_line, _("Lisez d'abord le code du produit : plusieurs lignes attendent des unités.")
            )
        row = self._lines[places[0]]
        if not row["tracked"]:
            sentence = _("Ligne {position} : cet article n'est pas suivi à l'unité; donnez une quantité.")
            return Fault(CodeOutcome.not_ordered, sentence.format(position=places[0]))
        try:
            kept = scanned_serial(serial, not_these=(row["model"], row["code"], row["name"]))
        except Refused as refused:
            return Fault(CodeOutcome.implausible, refused.detail)
        if folded(kept) in self._seen:
            return Fault(
                CodeOutcome.repeated, _("Lu deux fois : « {serial} » ne compte qu'une fois.").format(serial=kept)
            )
        for known in self._registered.get(folded(kept), ()):
            if not known.serial or folded(known.maker) == folded(row["maker"]):
                return _registered(known)
        return None if self.next_of(places) else self.complete(places)

    def known(self, code: str) -> Fault | None:
        """Where the code is the tag or label of a device."""
        return next((_registered(one) for one in self._registered.get(folded(code), ()) if not one.serial), None)

    def take(self, place: int, serials: Sequence[str], *, units: int) -> None:
        """So many units of a line, with these serials of theirs, which have no fault."""
        self._left[place] -= units
        self.units[place] += units
        self.serials[place] += [" ".join(serial.split()) for serial in serials]
        self._seen |= {folded(serial) for serial in serials}


def _registered(known: Registered) -> Fault:
    if known.seen:
        return Fault(CodeOutcome.registered, _("Déjà inscrit : bien {tag}.").format(tag=known.tag), known.tag)
    return Fault(CodeOutcome.elsewhere, _("Déjà inscrit ailleurs : mettez-le de côté et ouvrez un billet."))
