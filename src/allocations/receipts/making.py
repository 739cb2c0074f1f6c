"""Received units of tracked products become assets, each with its own part of the line's cost."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from allocations.receipts import queries, rules
from allocations.receipts.rules import LineSerialsRefused
from allocations.receipts.schemas import ReceivedLine
from inventory.assets import operations as assets
from inventory.assets.rules import SerialsRefused, scanned_serial
from inventory.assets.schemas import NewUnit
from kit.actor import Actor
from kit.errors import Refused


async def make_assets(
    who: Actor, order: Any, day: date, rows: Sequence[Any], lines: Sequence[ReceivedLine], keys: Mapping[int, UUID]
) -> list[str]:
    """The tags of the assets, in the order of the lines and of their units. `rows`: each line's, as it was before.

    Raises LineSerialsRefused.
    """
    taken = await queries.costs_taken(rows)
    units: list[NewUnit] = []
    places: list[tuple[int, int, int]] = []
    for place, (row, line) in enumerate(zip(rows, lines, strict=True)):
        if row["tracked"]:
            units += _units(order, day, row, line, keys[line.position], taken.get(str(row["id"]), {}))
            places += [(place, line.position, index) for index in range(line.quantity)]
    try:
        _check_serials(rows, lines)
        return await assets.receive_many(who, units) if units else []
    except SerialsRefused as refused:
        raise LineSerialsRefused(refused, places) from refused


def _check_serials(rows: Sequence[Any], lines: Sequence[ReceivedLine]) -> None:
    """Each is what a device bears, and not what its box says beside."""
    refused: dict[int, str] = {}
    first = 0
    for row, line in zip(rows, lines, strict=True):
        if not row["tracked"]:
            continue
        for index, serial in enumerate(line.serials):
            try:
                scanned_serial(serial, not_these=box_codes(row))
            except Refused as fault:
                refused[first + index + 1] = fault.detail
        first += line.quantity
    if refused:
        raise SerialsRefused(refused)


def box_codes(row: Any) -> tuple[str, ...]:
    """What a product's box bears beside its serial number."""
    return (row["model"], row["code"], row["name"])


def _units(
    order: Any, day: date, row: Any, line: ReceivedLine, receipt_line: UUID, taken: Mapping[int, int]
) -> list[NewUnit]:
    costs = rules.unit_costs(row["net_cents"], row["quantity"], taken=taken, now=line.quantity)
    warranty, life = (rules.months_later(day, row[f"{name}_months"]) for name in ("warranty", "useful_life"))
    room, source = line.room.strip(), str(row["id"])
    serials = [serial.strip() for serial in line.serials] + [None] * (line.quantity - len(line.serials))
    return [
        NewUnit(
            board=order["board"],
            school=row["school"],
            building=row["building"],
            room=room,
            category=row["category"],
            product=row["product"],
            name=row["name"],
            maker=row["maker"],
            model=row["model"],
            serial=serial,
            before_tax_cents=row["unit_before_tax_cents"],
            net_cents=cost,
            envelope=row["envelope"],
            origin=order["number"],
            receipt_line=receipt_line,
            expected_source=source,
            acquired_on=day,
            warranty_until=warranty,
            useful_until=life,
        )
        for serial, cost in zip(serials, costs, strict=True)
    ]
