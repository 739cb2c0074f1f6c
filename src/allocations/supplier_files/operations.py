"""A supplier's file is taken: every line is kept as it came, its typed line says what holds today. Nothing here moves money.

Figures are absolute: the last file says how many are ordered, to come and sent; sent is not received (`SupplierLineOut.in_transit`).
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, BinaryIO
from uuid import UUID

from allocations.supplier_files import matching, reading, rules, writing
from allocations.supplier_files.matching import Match
from allocations.supplier_files.reading import Typed
from allocations.supplier_files.rules import DayOrder, OlderFile, Outcome
from allocations.supplier_files.schemas import FileResult, LineResult
from allocations.supplier_files.writing import row_of
from kit.actor import Actor, Scope
from kit.clock import now, today
from kit.database import execute, fetch, fetch_value, transaction
from kit.errors import Forbidden, Invalid, NotFound
from kit.events import Change, record_all
from kit.i18n import _, date_long
from kit.numbers import next_number


async def take(
    who: Actor,
    file: BinaryIO,
    name: str,
    *,
    supplier: str,
    listed_on: date | None = None,
    days: DayOrder | None = None,
    dry_run: bool = False,
) -> FileResult:
    """Take a supplier's file of the day `listed_on` (today by default); a board's own, or the province's where none acts.

    A second time, nothing changes. Raises Unreadable, OlderFile, NotFound for a supplier that is not known, Invalid.
    """
    check_desk(who)
    day = listed_on or today()
    if day > today():
        raise Invalid({"listed_on": _("La date du fichier est dans l'avenir.")})
    lines, notes = reading.read(file, name, days=days)
    file.seek(0)
    digest = hashlib.sha256(file.read()).hexdigest()
    async with transaction(who):
        key = await supplier_key(supplier)
        board = who.board or None
        # Two files of one supplier take turns: each is compared with what the one before has left.
        await fetch_value("SELECT pg_advisory_xact_lock(hashtextextended($1, 7110051))", f"supplier file {supplier}")
        again = await _before(key, board, day, digest)
        good = [line for line in lines if not line.reason]
        matches = dict(zip((line.line for line in good), await matching.match(key, board, good), strict=True))
        known = await _known(key, [line.values["sales_order"] for line in good])
        results, new, changed = _compare(lines, matches, known, board)
        counts = Counter(result.outcome for result in results)
        number, dated = again, 0
        if not dry_run:
            if again is None:
                number = rules.number(board, await next_number(f"supplier file {board or ''}"))
            row = await writing.keep_file(
                who, number or "", key, board, name, digest, day, lines, results, matches, again
            )
            await writing.write(key, row, new, changed, matches, board)
            dated = await _date(who, number or "", day, good, matches)
        return FileResult(
            number=number, supplier=supplier, listed_on=day, read=len(lines), created=counts[Outcome.created],
            changed=counts[Outcome.changed], unchanged=counts[Outcome.unchanged], unknown=counts[Outcome.unknown],
            refused=counts[Outcome.refused], dated=dated, results=results, notes=notes,
        )  # fmt: skip


def check_desk(who: Actor) -> None:
    """What suppliers say of orders is the whole board's, never one school's. Raises Forbidden."""
    who.must("order.write")
    if who.scope is Scope.school:
        raise Forbidden()


async def supplier_key(code: str) -> UUID:
    key = await fetch_value("SELECT id FROM supplier WHERE code = $1", code)
    if key is None:
        raise NotFound(_("Le fournisseur {code} n'existe pas.").format(code=code))
    return key  # type: ignore[no-any-return]


async def _before(supplier: UUID, board: str | None, day: date, digest: str) -> str | None:
    """The number under which this very file was taken. Raises OlderFile where a newer was."""
    latest = await fetch_value(
        "SELECT max(listed_on) FROM supplier_file WHERE supplier = $1 AND board IS NOT DISTINCT FROM $2",
        supplier,
        board,
    )
    if latest and latest > day:
        raise OlderFile(day=date_long(latest))
    return await fetch_value(  # type: ignore[no-any-return]
        "SELECT number FROM supplier_file WHERE supplier = $1 AND board IS NOT DISTINCT FROM $2 AND listed_on = $3 AND hash = $4",
        supplier, board, day, digest,
    )  # fmt: skip


Key = tuple[str, str, bool, str | None]


async def _known(supplier: UUID, sales_orders: Sequence[str]) -> dict[Key, Any]:
    """What is known of these sales orders, by order, article, return and board."""
    rows = await fetch(
        "SELECT * FROM supplier_order_line WHERE supplier = $1 AND sales_order = ANY($2::text[])",
        supplier,
        list(sales_orders),
    )
    return {(row["sales_order"], row["material"], row["is_return"], row["board"]): row for row in rows}


def _compare(
    lines: Sequence[Typed], matches: Mapping[int, Match], known: Mapping[Key, Any], board: str | None
) -> tuple[list[LineResult], list[Typed], list[tuple[Typed, UUID]]]:
    """What becomes of each line; the lines that are new, and those that change what is known."""
    results: list[LineResult] = []
    new: list[Typed] = []
    changed: list[tuple[Typed, UUID]] = []
    seen: dict[tuple[str, str, bool], int] = {}
    for line in lines:
        if line.reason:
            results.append(LineResult(line=line.line, outcome=Outcome.refused, reason=line.reason, column=line.heading))
            continue
        key = (line.values["sales_order"], line.values["material"], line.values["is_return"])
        if key in seen:
            reason = _("Cette commande et cet article sont déjà à la ligne {line}.").format(line=seen[key])
            results.append(LineResult(line=line.line, outcome=Outcome.refused, reason=reason))
            continue
        seen[key] = line.line
        found = matches[line.line]
        # Unknown before, it may be some board's now; what another board knows under that number is its own.
        before = next((known[*key, owner] for owner in (found.board, board, None) if (*key, owner) in known), None)
        if before is None:
            new.append(line)
            outcome = Outcome.created
        elif any(before[name] != value for name, value in row_of(line, found, board).items()):
            changed.append((line, before["id"]))
            outcome = Outcome.changed
        else:
            outcome = Outcome.unchanged
        if found.unknown:
            outcome = Outcome.unknown
        results.append(
            LineResult(
                line=line.line,
                outcome=outcome,
                order=found.order,
                position=found.position,
                reason=_(rules.UNKNOWN_WORDS[found.unknown]) if found.unknown else "",
            )  # fmt: skip
        )
    return results, new, changed


async def _date(who: Actor, file: str, day: date, lines: Sequence[Typed], matches: Mapping[int, Match]) -> int:
    """Write on our lines the day that the supplier says of what is to come; how many changed."""
    days: dict[UUID, tuple[date, Match]] = {}
    for line in lines:
        found, values = matches[line.line], line.values
        said = values["promised_on"] or (values["despatched_on"] if (values["despatched_on"] or day) > day else None)
        if (
            not (found.line and said and values.get("outstanding"))
            or values["is_return"]
            or found.row["outstanding"] <= 0
        ):
            continue
        if found.row["expected_on"] != said:
            days[found.line] = (said, found)
    if not days:
        return 0
    keys, said_days = list(days), [said for said, _found in days.values()]
    await execute(
        "WITH dated AS (UPDATE order_line l SET expected_on = n.day, version = version + 1"
        " FROM unnest($1::uuid[], $2::date[]) AS n (id, day) WHERE l.id = n.id RETURNING l.id::text AS source, n.day)"
        " UPDATE expected_delivery e SET expected_on = d.day, updated_at = $3 FROM dated d WHERE e.source = d.source",
        keys, said_days, now(),
    )  # fmt: skip
    await record_all(
        who,
        [
            Change(
                what="order.dated", kind="order", subject=found.order or "", board=found.board, why=file,
                after={"expected_on": said.isoformat(), "lines": [found.position]},
            )
            for said, found in days.values()
        ],
    )  # fmt: skip
    return len(days)
