"""Baskets that wait, as a desk ticks them. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from allocations.orders.grouping_schemas import Waiting


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
