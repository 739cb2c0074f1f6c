"""What a supplier's file says, by a mapping that is data, and what of it differs from the prices in force. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import Any, NamedTuple

from catalog.imports.sheets import money
from kit import cells
from kit.cells import BadCell, Parser
from kit.encodings import Unreadable
from kit.errors import Conflict, Invalid, Refused
from kit.i18n import _, lazy
from kit.tabular import Column, Refusal, read_table, shown

FIELDS = ("product", "before_tax", "minimum", "from", "until")
NEEDED = ("product", "before_tax")
MOST_LINES = 100_000
_LABELS = {
    "product": lazy("Produit"), "before_tax": lazy("Prix avant taxes"), "minimum": lazy("Quantité minimale"),
    "from": lazy("Du"), "until": lazy("Au"),
}  # fmt: skip


class BatchDecided(Conflict):
    sentence = lazy("Ce lot de prix n'attend plus de décision.")


class FeedFault(Refused):
    """The feed could not be read this time; nothing has changed."""

    title = lazy("Fil de prix illisible")


class FeedPrice(NamedTuple):
    """A price of a feed: line, product code, cents before tax, from so many units, first day (None: when read), last day."""

    line: int
    product: str
    cents: int
    minimum: int = 1
    from_day: date | None = None
    until_day: date | None = None


def check_mapping(format: str, mapping: Mapping[str, Any]) -> None:  # noqa: A002 - the column's name
    """Raise Invalid unless the mapping says where product and price are, and nothing unknown."""
    known = {*FIELDS, "codes", *(("items",) if format == "json" else ())}
    if unknown := set(mapping) - known:
        raise Invalid({"mapping": _("« {key} » n'est pas un champ connu d'un fil de prix.").format(key=min(unknown))})
    for name, value in mapping.items():
        if name == "codes":
            if not isinstance(value, dict) or not all(isinstance(code, str) for code in value.values()):
                raise Invalid({"mapping": _("« codes » fait correspondre un code du fournisseur au vôtre.")})
        elif not isinstance(value, str) or not value.strip() or len(value) > 200:
            raise Invalid({"mapping": _("« {key} » nomme une colonne du fichier.").format(key=name)})
    for name in NEEDED:
        if name not in mapping:
            raise Invalid({"mapping": _("Dites quelle colonne porte « {key} ».").format(key=name)})


def parse(
    format: str,  # noqa: A002 - the column's name
    mapping: Mapping[str, Any],
    content: bytes,
    name: str,
) -> tuple[list[FeedPrice], list[Refusal]]:
    """The prices of a file and the lines that cannot be read. Raises FeedFault where the whole makes no sense."""
    try:
        found = _json(mapping, content) if format == "json" else _csv(mapping, content, name)
        prices, refused = [], []
        for line, values, refusal in found:
            if refusal is not None:
                refused.append(refusal)
            else:
                code = mapping.get("codes", {}).get(values["product"], values["product"])
                prices.append(
                    FeedPrice(
                        line,
                        code,
                        values["before_tax"],
                        values.get("minimum") or 1,
                        values.get("from"),
                        values.get("until"),
                    )
                )
            if len(prices) + len(refused) > MOST_LINES:
                raise FeedFault(_("Le fil de prix compte plus de {most} lignes.").format(most=MOST_LINES))
    except Unreadable as unreadable:
        raise FeedFault(unreadable.detail) from unreadable
    return _once(prices, refused)


def _once(prices: list[FeedPrice], refused: list[Refusal]) -> tuple[list[FeedPrice], list[Refusal]]:
    """Each product once for each minimum and first day: a second line would contradict the first."""
    kept: dict[tuple[str, int, date | None], FeedPrice] = {}
    for price in prices:
        first = kept.setdefault((price.product, price.minimum, price.from_day), price)
        if first is not price:
            reason = _("Ce produit a déjà un prix à la ligne {line}.").format(line=first.line)
            refused.append(Refusal(price.line, "product", shown(price.product), reason))
    return list(kept.values()), sorted(refused, key=lambda refusal: refusal.line)


def cents(cell: str) -> int:
    """A price above zero, to the cent."""
    amount = money(cell)
    if amount == "" or not amount.is_finite() or not 0 < amount <= 1_000_000_000 or amount * 100 != int(amount * 100):
        raise BadCell(
            _("Un montant avant taxes, en dollars, plus grand que zéro et au cent près, est attendu : 393.00.")
        )
    return int(amount * 100)


_PARSERS: Mapping[str, Parser] = {
    "product": cells.code(longest=60), "before_tax": cents, "minimum": cells.integer(lowest=1, highest=100_000),
    "from": cells.day(), "until": cells.day(),
}  # fmt: skip

Found = Iterable[tuple[int, dict[str, Any], Refusal | None]]


def _csv(mapping: Mapping[str, Any], content: bytes, name: str) -> Found:
    columns = [
        Column(field, _LABELS[field], (mapping[field],), _PARSERS[field], True, field in NEEDED)
        for field in FIELDS
        if field in mapping
    ]
    for row in read_table(BytesIO(content), name, columns).rows:
        yield row.line, row.values, row.refusal


def _json(mapping: Mapping[str, Any], content: bytes) -> Found:
    try:
        document = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise FeedFault(_("Le fil de prix n'est pas du JSON lisible.")) from error
    items = _at(document, mapping.get("items", ""))
    if not isinstance(items, list):
        raise FeedFault(
            _("Le fil de prix n'a pas de liste à « {place} ».").format(place=mapping.get("items", "") or "/")
        )
    for line, item in enumerate(items, 1):
        yield line, *_item(mapping, line, item)


def _item(mapping: Mapping[str, Any], line: int, item: Any) -> tuple[dict[str, Any], Refusal | None]:
    values: dict[str, Any] = {}
    for field in FIELDS:
        if field not in mapping:
            continue
        found = _at(item, mapping[field])
        cell = "" if found is None or isinstance(found, list | dict | bool) else str(found)
        try:
            values[field] = _PARSERS[field](cell)
            if field in NEEDED and not values[field]:
                raise BadCell(_("Cette cellule est vide; elle est obligatoire."))
        except BadCell as bad:
            return {}, Refusal(line, mapping[field], shown(cell), bad.reason)
    return values, None


def _at(value: Any, path: str) -> Any:
    """What stands at a path of names apart by points; None where nothing does."""
    for name in filter(None, path.split(".")):
        value = value.get(name) if isinstance(value, dict) else None
    return value


class Difference(NamedTuple):
    """A price that is new (`before` None) or of another amount than the one in force on its first day."""

    price: FeedPrice
    before: int | None


def differences(
    prices: Sequence[FeedPrice], known: Mapping[tuple[str, int], Sequence[tuple[date, date | None, int]]], today: date
) -> list[Difference]:
    """What of a feed differs from the prices known (first day, last day, cents) by product and minimum."""
    found = []
    for price in prices:
        day = price.from_day or today
        history = known.get((price.product, price.minimum), ())
        before = next((amount for start, end, amount in history if start <= day and (end is None or day <= end)), None)
        if before != price.cents:
            found.append(Difference(price, before))
    return found
