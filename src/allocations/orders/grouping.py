"""What ticked baskets would become: one order for each supplier and school year. Pure; it says what `operations.build` will do."""

from collections.abc import Collection, Sequence
from itertools import groupby

from msgspec import Struct

from allocations.orders.schemas import Waiting


class Basket(Struct, kw_only=True):
    """An approved choice that waits. Amounts are of what is not ordered yet: with taxes, and net of rebates."""

    number: str
    title: str
    school: str
    school_name: str
    suppliers: list[str]
    units: int
    total_cents: int
    net_cents: int


class Group(Struct, kw_only=True):
    """An order to be: its parts, one a basket."""

    supplier_name: str
    year: str
    parts: list[Waiting]
    units: int
    total_cents: int
    net_cents: int


def baskets(items: Sequence[Waiting]) -> list[Basket]:
    """One row for each basket, in the order in which they come."""
    parts: dict[str, list[Waiting]] = {}
    for item in items:
        parts.setdefault(item.selection, []).append(item)
    return [
        Basket(
            number=number,
            title=own[0].title,
            school=own[0].school,
            school_name=own[0].school_name,
            suppliers=[part.supplier_name for part in own],
            units=sum(part.units for part in own),
            total_cents=sum(part.total_cents for part in own),
            net_cents=sum(part.net_cents for part in own),
        )
        for number, own in parts.items()
    ]


def groups(items: Sequence[Waiting], chosen: Collection[str]) -> list[Group]:
    """The orders that the chosen baskets make, by year and supplier as they will be numbered."""
    mine = sorted(
        (item for item in items if item.selection in chosen),
        key=lambda item: (item.year, item.supplier, item.selection),
    )
    return [
        Group(
            supplier_name=parts[0].supplier_name,
            year=year,
            parts=parts,
            units=sum(part.units for part in parts),
            total_cents=sum(part.total_cents for part in parts),
            net_cents=sum(part.net_cents for part in parts),
        )
        for (year, _supplier), own in groupby(mine, key=lambda item: (item.year, item.supplier))
        if (parts := list(own))
    ]
