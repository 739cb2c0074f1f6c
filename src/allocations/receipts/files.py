"""A file of what came: one line for so many units of a line or product, with their serial numbers. Good lines count, bad ones are told."""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from allocations.orders import queries as orders
from allocations.orders.rules import Act, State
from allocations.orders.rules import check as check_act
from allocations.receipts import codes, operations, queries
from allocations.receipts.schemas import LONGEST_SERIAL, MOST_UNITS, CodesOut, FileOut, ReadCodes, ReceiptHead
from allocations.receipts.taking import Taking
from kit.actor import Actor
from kit.database import fetch_value, transaction
from kit.encodings import Unreadable
from kit.errors import Conflict
from kit.i18n import _, lazy
from kit.records import source
from kit.tabular import Column, MissingColumns, Refusal, Row, columns_from, heading_key, read_table

LARGEST = 8 << 20
_BETWEEN = re.compile(r"[,;|\n\t]+")


class FileReceived(Conflict):
    sentence = lazy("Ce fichier est déjà reçu : réception {number}. Annulez-la d'abord si elle est fausse.")


@cache
def columns() -> tuple[Column, ...]:
    return columns_from(tomllib.loads(Path(__file__).with_name("columns.toml").read_text("utf-8"))["columns"])


async def receive_file(
    who: Actor, order: str, file: BinaryIO, name: str, head: ReceiptHead, *, dry_run: bool = False
) -> FileOut:
    """Receive what a CSV file or a workbook says came of an order. The same file is received once.

    Raises Unreadable, FileReceived, NotSent, NotFound; a line that is refused keeps its units out, the others are received.
    """
    who.must("receipt.write")
    table = read_table(file, name, columns(), largest=LARGEST)
    if not {"position", "product"} & table.headings.keys():
        raise MissingColumns(
            _("Il manque une colonne à « {name} » : Ligne ou Produit.").format(name=name), columns=["position"]
        )
    rows = list(table.rows)
    if sum(len(serials_in(row)) for row in rows) > MOST_UNITS or len(rows) > MOST_UNITS:
        raise Unreadable(_("« {name} » dépasse 10 000 unités : coupez-le.").format(name=name))
    digest = _digest(file)
    async with transaction(who):
        found = await orders.locked(who, order)
        check_act(Act.receive, State(found["state"]), order)
        if number := await fetch_value(
            'SELECT number FROM receipt r WHERE "order" = $1 AND file_hash = $2'
            " AND NOT EXISTS (SELECT FROM receipt_undone u WHERE u.receipt = r.id)",
            found["id"], digest,
        ):  # fmt: skip
            raise FileReceived(number=number)
        said = [serial for row in rows for serial in serials_in(row)]
        taking = Taking(await queries.receivable(found["id"]), await codes.registered(who, said))
        refused = [refusal for row in rows if (refusal := _take(taking, row, table.headings))]
        answer = FileOut(read=len(rows), units=sum(taking.units.values()), refused=refused, notes=table.remarks)
        if taking.units and not dry_run:
            new = codes.receive_of(taking, head, rooms=_rooms(taking, rows))
            answer.receipt = await operations.received(who, found, new, file_hash=digest)
        return answer


async def receive_list(who: Actor, order: str, file: BinaryIO, name: str, new: ReadCodes) -> CodesOut:
    """A file of serial numbers alone, one a line, with or without its heading. Raises Unreadable."""
    who.must("receipt.write")
    new.codes = list(_codes_in(file, name))
    if not new.codes:
        raise Unreadable(_("« {name} » est vide.").format(name=name))
    if len(new.codes) > MOST_UNITS:
        raise Unreadable(_("« {name} » dépasse 10 000 unités : coupez-le.").format(name=name))
    return await codes.read_codes(who, order, new)


def _codes_in(file: BinaryIO, name: str) -> Iterator[str]:
    headings = {heading_key(alias) for column in columns() if column.name == "serials" for alias in column.aliases}
    found = source(file, name)
    for place, record in enumerate(found.records(found.delimiters[0])):
        for cell in record.cells:
            if (code := cell.strip()) and not (place == 0 and heading_key(code) in headings):
                yield code[:300]


def serials_in(row: Row) -> list[str]:
    """The serial numbers of a line: one, or several between commas, semicolons or bars."""
    return [part.strip() for part in _BETWEEN.split(row.values.get("serials") or "") if part.strip()]


def _take(taking: Taking, row: Row, headings: Any) -> Refusal | None:
    """Take a line's units, all or none of them."""
    if row.refusal:
        return row.refusal
    values, serials = row.values, serials_in(row)
    places = taking.at(values.get("position"), values.get("product") or "")

    def refusal(column: str, value: object, reason: str) -> Refusal:
        return Refusal(row.line, headings.get(column, ""), str(value)[:LONGEST_SERIAL], reason)

    if not places:
        shown = values.get("position") or values.get("product") or ""
        column = "position" if values.get("position") else "product"
        return refusal(column, shown, _("Ce bon n'a pas cette ligne ni ce produit."))
    quantity = values.get("quantity") or len(serials)
    if not quantity:
        return refusal("quantity", "", _("Dites combien d'unités sont venues, ou leurs numéros de série."))
    if len(serials) > quantity:
        return refusal("quantity", quantity, _("Il y a plus de numéros de série que d'unités."))
    for index, serial in enumerate(serials):
        if serial in serials[:index]:
            return refusal("serials", serial, _("Ce numéro de série est deux fois sur la ligne."))
        if fault := taking.fault(serial, places):
            return refusal("serials", serial, fault.sentence)
    if (place := taking.next_of(places, quantity)) is None:
        return refusal("quantity", quantity, taking.too_many(places, quantity))
    taking.take(place, serials, units=quantity)
    return None


def _rooms(taking: Taking, rows: list[Row]) -> dict[int, str]:
    """The room of each line: the one that its rows name, where they agree."""
    said: dict[int, set[str]] = {}
    for row in rows:
        if not row.refusal and (room := row.values.get("room")):
            for place in taking.at(row.values.get("position"), row.values.get("product") or "")[:1]:
                said.setdefault(place, set()).add(room)
    return {place: rooms.pop() for place, rooms in said.items() if len(rooms) == 1}


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    return hashlib.sha256(file.read()).hexdigest()
