"""The prices of an import, placed in their histories: a price from another day ends the one before it."""

from typing import Any
from uuid import UUID

from catalog.imports import records
from catalog.imports.loading import Load, owner_of
from catalog.imports.reading import Entry
from catalog.imports.rules import BadValue, complete
from catalog.products.prices import WantedPrice, write_prices
from catalog.products.rules import DaysOutOfOrder
from catalog.products.schemas import NewPrice
from kit.database import fetch
from kit.errors import Refused
from kit.i18n import _, n_

_CONTRACTS = """
SELECT c.code, c.id, c.board, s.code AS supplier FROM contract c JOIN supplier s ON s.id = c.supplier WHERE c.code = ANY($1)
"""


async def load_prices(load: Load) -> None:
    """Write the prices of a load, refusing those of unknown things. Call inside a system transaction."""
    entries: list[tuple[Entry, dict[str, Any]]] = []
    for entry, given in load.parsed("prices"):
        try:
            values = complete("prices", given)
            entries.append((entry, values | {"board": owner_of(load.who, values["board"])}))
        except BadValue as bad:
            load.refuse(entry, bad.column, bad.value, bad.reason)
    find = await _finder(entries)
    wanted: list[tuple[Entry, WantedPrice]] = []
    for entry, values in entries:
        try:
            wanted.append((entry, find(values)))
        except BadValue as bad:
            load.refuse(entry, bad.column, bad.value, bad.reason)
    written = await write_prices(load.who, [price for _entry, price in wanted])
    for (entry, _wanted), answer in zip(wanted, written, strict=True):
        if answer.refused is None:
            load.count(answer.outcome)
        else:
            column = _column(answer.refused)
            load.refuse(entry, column, entry.values.get(column, ""), answer.refused.detail)
    if ended := sum(answer.ended is not None for answer in written):
        load.result.notes.append(
            n_("{n} prix prend fin la veille du suivant.", "{n} prix prennent fin la veille du suivant.", ended).format(
                n=ended
            )
        )


async def _finder(entries: list[tuple[Entry, dict[str, Any]]]) -> Any:
    """What turns the values of an entry into a price to write; it raises BadValue for what is not there."""
    products = await records.ids("product", (values["product"] for _entry, values in entries))
    suppliers = await records.owned("supplier", (values["supplier"] for _entry, values in entries))
    codes = list({values["contract"] for _entry, values in entries if values["contract"]})
    contracts = {row["code"]: row for row in await fetch(_CONTRACTS, codes)}

    def find(values: dict[str, Any]) -> WantedPrice:
        product, supplier, contract, board = (values[name] for name in ("product", "supplier", "contract", "board"))
        if product not in products:
            reason = _("Produit inconnu ou refusé : « {code} ». Ajoutez-le, ou corrigez le code.")
            raise BadValue("product", product, reason.format(code=product))
        if supplier not in suppliers or suppliers[supplier].board not in (None, board):
            reason = _("Fournisseur inconnu ou refusé : « {code} ». Ajoutez-le, ou corrigez le code.")
            raise BadValue("supplier", supplier, reason.format(code=supplier))
        under: UUID | None = None
        if contract is not None:
            found = contracts.get(contract)
            if found is None or found["supplier"] != supplier or found["board"] not in (None, board):
                raise BadValue(
                    "contract", contract, _("Ce fournisseur n'a pas de contrat « {code} ».").format(code=contract)
                )
            under = found["id"]
        return WantedPrice(products[product], product, suppliers[supplier].id, _price(values), board, under)

    return find


def _column(refused: Refused) -> str:
    return "until" if isinstance(refused, DaysOutOfOrder) else "before_tax"


def _price(values: dict[str, Any]) -> NewPrice:
    return NewPrice(
        supplier=values["supplier"],
        contract=values["contract"],
        minimum=values["minimum"],
        before_tax_cents=values["before_tax"],
        from_day=values["from"],
        until_day=values["until"],
        seen_on=values["seen_on"],
        source=values["source"],
        source_note=values["source_note"],
        sample=values["sample"],
    )
