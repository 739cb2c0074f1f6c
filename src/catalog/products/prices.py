"""Writing many prices at once: a read, one statement for the rows that end or are corrected, one for new rows, one for events."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from catalog.products.rules import Span, place
from catalog.products.schemas import NewPrice
from kit.actor import Actor
from kit.database import execute, fetch
from kit.errors import Conflict, Refused, constraint
from kit.events import Change, record_all
from kit.i18n import lazy
from kit.ids import new_id

_LOCK = 7_110_020
_PLACE = ("product", "supplier", "board", "contract", "minimum")  # one history of prices each
_COLUMNS = ("before_tax_cents", "from_day", "until_day", "seen_on", "source", "source_note", "sample")


class PriceMeanwhile(Conflict):
    sentence = lazy("Un autre prix vient d'être ajouté à ce produit chez ce fournisseur. Rechargez, puis recommencez.")


constraint("price_open_once_v2", PriceMeanwhile)
constraint("price_once_a_day_v2", PriceMeanwhile)

Place = tuple[UUID, UUID, str | None, UUID | None, int]


class WantedPrice(NamedTuple):
    """A price to add, with the keys that its codes stand for. `board`: its own price."""

    product: UUID
    product_code: str
    supplier: UUID
    price: NewPrice
    board: str | None = None
    contract: UUID | None = None

    @property
    def place(self) -> Place:
        return self.product, self.supplier, self.board, self.contract, self.price.minimum


class Written(NamedTuple):
    """What became of a wanted price: `created`, `changed`, `unchanged`, or a refusal. `ended`: last day of the price before it."""

    outcome: str
    refused: Refused | None = None
    ended: date | None = None


@dataclass(slots=True)
class _Row:
    id: UUID
    values: dict[str, Any]
    new: bool = False
    dirty: bool = False

    @property
    def span(self) -> Span:
        return Span(self.values["before_tax_cents"], self.values["from_day"], self.values["until_day"])


async def lock_catalogue() -> None:
    """Writers of the catalogue take turns until their transaction ends."""
    await execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def write_prices(who: Actor, wanted: Sequence[WantedPrice]) -> list[Written]:
    """Place each price in the history of its product, supplier, board, contract and minimum; one answer for each, in order.

    No amount is ever rewritten. Where, when and until when an amount was seen may be corrected. Call inside a system
    transaction, after `lock_catalogue`.
    """
    histories = await _histories(wanted)
    events: list[Change] = []
    answers = []
    for want in wanted:
        try:
            answers.append(_write(want, histories[want.place], events))
        except Refused as refused:
            answers.append(Written("refused", refused))
    rows = [(key, row) for key, history in histories.items() for row in history]
    # The ends first: only one price of a product at a supplier may be open.
    await execute(
        "UPDATE price p SET until_day = r.until_day, seen_on = r.seen_on, source = r.source, source_note = r.source_note,"
        " sample = r.sample FROM jsonb_populate_recordset(NULL::price, $1::jsonb) r WHERE p.id = r.id",
        _records((key, row) for key, row in rows if row.dirty and not row.new),
    )
    await execute(
        f"INSERT INTO price (id, {', '.join(_PLACE + _COLUMNS)})"
        f" SELECT id, {', '.join(_PLACE + _COLUMNS)} FROM jsonb_populate_recordset(NULL::price, $1::jsonb)",
        _records((key, row) for key, row in rows if row.new),
    )
    await record_all(who, events)
    return answers


def _write(want: WantedPrice, history: list[_Row], events: list[Change]) -> Written:
    price = want.price
    placed = place([row.span for row in history], Span(price.before_tax_cents, price.from_day, price.until_day))
    values = {name: getattr(price, name) for name in _COLUMNS} | {"until_day": placed.until_day}
    where = {"supplier": price.supplier} | _said(want)
    about = where | {"from_day": price.from_day}
    if placed.known:
        row = next(row for row in history if row.values["from_day"] == price.from_day)
        before = {name: value for name, value in row.values.items() if values[name] != value}
        if not before:
            return Written("unchanged")
        row.values, row.dirty = values, True
        after = about | {name: values[name] for name in before}
        events.append(
            Change(
                "product.price_corrected", "product", want.product_code, want.board, before=about | before, after=after
            )
        )
        return Written("changed")
    ended = None
    for row in history:
        if placed.ends and row.values["from_day"] == placed.ends[0]:
            before = {name: row.values[name] for name in ("before_tax_cents", "from_day", "until_day")}
            ended = placed.ends[1]
            row.values["until_day"], row.dirty = ended, True
            events.append(
                Change(
                    "product.price_ended", "product", want.product_code, want.board,
                    before=where | before, after={"until_day": ended},
                )
            )  # fmt: skip
    history.append(_Row(new_id(), values, new=True))
    events.append(Change("product.price_added", "product", want.product_code, want.board, after=about | values))
    return Written("created", ended=ended)


def _said(want: WantedPrice) -> dict[str, Any]:
    """What else than the supplier tells a price from others of its product, where there is anything."""
    found = {"board": want.board, "contract": want.price.contract, "minimum": want.price.minimum}
    return {name: value for name, value in found.items() if value not in (None, 1)}


async def _histories(wanted: Sequence[WantedPrice]) -> dict[Place, list[_Row]]:
    histories: dict[Place, list[_Row]] = defaultdict(list)
    places = {want.place for want in wanted}
    pairs = {(product, supplier) for product, supplier, *_ in places}
    rows = await fetch(
        f"SELECT id, {', '.join(_PLACE + _COLUMNS)} FROM price"
        " WHERE (product, supplier) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))",
        [product for product, _ in pairs], [supplier for _, supplier in pairs],
    )  # fmt: skip
    for row in rows:
        if (place := tuple(row[name] for name in _PLACE)) in places:
            histories[place].append(_Row(row["id"], {name: row[name] for name in _COLUMNS}))
    return histories


def _records(rows: Any) -> str:
    return json.dumps(
        [
            msgspec.to_builtins({"id": row.id, **dict(zip(_PLACE, place, strict=True)), **row.values})
            for place, row in rows
        ]
    )
