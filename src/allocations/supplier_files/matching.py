"""Which of our order lines a supplier's line is: by our number or the board's own, its sales order, its account and its article."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from allocations.supplier_files.reading import Typed
from allocations.supplier_files.rules import Unknown
from kit.database import fetch

_ORDERS = r"""
SELECT o.number, o.external_number, o.confirmation, o.board, l.id, l.position, l.school, l.expected_on,
    l.quantity - l.received - l.cancelled AS outstanding, p.code, p.model, p.name
FROM purchase_order o JOIN order_line l ON l."order" = o.id JOIN product p ON p.id = l.product
WHERE o.supplier = $1 AND ($2::text IS NULL OR o.board = $2) AND o.sent_at IS NOT NULL AND o.state <> 'cancelled'
    AND (o.number = ANY($3::text[]) OR (o.confirmation <> '' AND o.confirmation = ANY($4::text[]))
        OR (o.external_number <> '' AND lower(regexp_replace(o.external_number, '\s', '', 'g')) = ANY($5::text[])))
ORDER BY o.number, l.position
"""

_ACCOUNTS = """
SELECT account, board, school FROM supplier_account
WHERE supplier = $1 AND ($2::text IS NULL OR board = $2) AND closed_on IS NULL AND account = ANY($3::text[])
"""


class Match(NamedTuple):
    """`line`: our order line, whose order and position follow; or what of it is unknown. `board`, `school`: whose it is."""

    line: UUID | None
    order: str | None
    position: int | None
    board: str | None
    school: str | None
    unknown: Unknown | None
    row: Any = None


def bare(text: str) -> str:
    """What of a number is compared: case and spaces are nothing."""
    return "".join(text.split()).lower()


async def match(supplier: UUID, board: str | None, lines: Sequence[Typed]) -> list[Match]:
    """For each typed line what it is of ours; of `board` alone where one is given. Call inside a transaction."""
    said = [line.values for line in lines]
    customers = [values.get("customer_order") or "" for values in said]
    rows = await fetch(
        _ORDERS,
        supplier,
        board,
        customers,
        [values["sales_order"] for values in said],
        [bare(text) for text in customers],
    )
    orders: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        for number in {bare(row["number"]), bare(row["external_number"]), bare(row["confirmation"])} - {""}:
            orders[number].append(row)
    accounts: dict[str, list[Any]] = defaultdict(list)
    for row in await fetch(_ACCOUNTS, supplier, board, [values.get("account") or "" for values in said]):
        accounts[row["account"]].append(row)
    taken: set[UUID] = set()
    return [_match(values, orders, accounts, taken) for values in said]


def _match(
    values: dict[str, Any], orders: dict[str, list[Any]], accounts: dict[str, list[Any]], taken: set[UUID]
) -> Match:
    account = values.get("account") or ""
    known = accounts.get(account, [])
    lines = orders.get(bare(values.get("customer_order") or "")) or orders.get(bare(values["sales_order"])) or []
    if not lines:
        place = known[0] if len(known) == 1 else None
        unknown = Unknown.customer if account and not known else Unknown.order
        return Match(None, None, None, place and place["board"], place and place["school"], unknown)
    # Two boards may give one number: the account tells them apart.
    boards = {line["board"] for line in lines}
    own = next((row for row in known if row["board"] in boards), None)
    if own is None and len(boards) > 1:
        return Match(None, None, None, None, None, Unknown.customer)
    board = own["board"] if own else next(iter(boards))
    candidates = [line for line in lines if line["board"] == board]
    if own:
        candidates = [line for line in candidates if line["school"] == own["school"]]
    found = _article(values, candidates, taken)
    if found is None:
        unknown = Unknown.product if candidates else Unknown.customer
        return Match(None, None, None, board, own and own["school"], unknown)
    if not values["is_return"]:
        taken.add(found["id"])
    return Match(found["id"], found["number"], found["position"], board, found["school"], None, found)


def _article(values: dict[str, Any], candidates: Sequence[Any], taken: set[UUID]) -> Any | None:
    """The line of the article: its code or model, its name, or the only line that there is; the first that is not said already."""
    material, description = bare(values["material"]), bare(values.get("description") or "")
    by_code = [line for line in candidates if material in (bare(line["code"]), bare(line["model"]))]
    by_name = [line for line in candidates if description and description in (bare(line["name"]), bare(line["model"]))]
    of = by_code or by_name or (list(candidates) if len({line["id"] for line in candidates}) == 1 else [])
    return next((line for line in of if line["id"] not in taken), of[0] if of else None)
