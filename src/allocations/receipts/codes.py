"""Codes read one after the other (a scanner's, a pasted list's): one request, one receipt, and for each code what it is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from allocations.orders import queries as orders
from allocations.orders.rules import Act, State
from allocations.orders.rules import check as check_act
from allocations.receipts import operations, queries
from allocations.receipts.rules import LineSerialsRefused
from allocations.receipts.schemas import CodeOutcome, CodeRead, CodesOut, ReadCodes, ReceiptHead, Receive, ReceivedLine
from allocations.receipts.taking import Fault, Registered, Taking, folded
from inventory.assets import queries as assets
from kit.actor import Actor, system
from kit.database import fetch, transaction
from kit.i18n import _

_LABEL = "/l/"  # a label's address ends with its code


async def read_codes(who: Actor, order: str, new: ReadCodes) -> CodesOut:
    """Say of each code what it is, and receive those that are new units (unless `keep` is false), all in one receipt.

    Nothing is refused for a bad code: it has its sentence, and the others go on. Raises NotSent, NotFound, Invalid.
    """
    who.must("receipt.write")
    try:
        return await _read(who, order, new)
    except LineSerialsRefused:  # somebody else registered one of them meanwhile: read again, it is told
        return await _read(who, order, new)


async def _read(who: Actor, order: str, new: ReadCodes) -> CodesOut:
    codes = [_bare(code) for code in new.codes]
    async with transaction(who):
        row = await orders.locked(who, order)
        check_act(Act.receive, State(row["state"]), order)
        taking = Taking(await queries.receivable(row["id"]), await registered(who, codes))
        found = await _told(taking, codes, new.position, await _catalogued(codes))
        answer = CodesOut(results=found)
        if new.keep and taking.units:
            answer.receipt = await operations.received(
                who, row, receive_of(taking, new, rooms=dict.fromkeys(taking.units, new.room))
            )
            tags = {line.position: iter(line.tags) for line in answer.receipt.lines}
            for result in found:
                if result.outcome is CodeOutcome.received and result.position is not None:
                    result.tag = next(tags[result.position], None)
        return answer


def receive_of(taking: Taking, head: ReceiptHead, *, rooms: Mapping[int, str]) -> Receive:
    """The receipt of what was taken; `head` gives its day, slip, note and whether it is at work, `rooms` each line's."""
    lines = [
        ReceivedLine(position=place, quantity=n, serials=taking.serials[place], room=rooms.get(place, ""))
        for place, n in sorted(taking.units.items())
    ]
    return Receive(
        lines=lines, received_on=head.received_on, slip=head.slip, note=head.note, in_service=head.in_service
    )


async def _told(taking: Taking, codes: Sequence[str], position: int | None, catalogued: set[str]) -> list[CodeRead]:
    current = taking.awaiting() if position is None else taking.only(position)
    results = []
    for place, code in enumerate(codes, 1):
        result = CodeRead(place=place, code=code, outcome=CodeOutcome.received)
        results.append(result)
        if lines := taking.of_product(code):
            current = lines
            fault = _product(taking, lines, result)
        elif folded(code) in catalogued:
            fault = Fault(
                CodeOutcome.not_ordered, _("« {code} » n'est pas sur ce bon : mettez-le de côté.").format(code=code)
            )
        else:
            fault = taking.known(code) or taking.fault(code, current)
            if not fault and (line := taking.next_of(current)):
                taking.take(line, [code], units=1)
                result.position = line
        if fault:
            result.outcome, result.sentence, result.tag = fault
    return results


def _product(taking: Taking, lines: Sequence[int], result: CodeRead) -> Fault | None:
    """A product's code says which line the next serials are of; where its units are not tracked, it is one of them."""
    line = taking.next_of(lines)
    if line is None:
        return taking.complete(lines)
    result.position, result.outcome = line, CodeOutcome.line
    if not taking.tracked(line):
        taking.take(line, [], units=1)
        result.outcome = CodeOutcome.counted
    return None


def _bare(code: str) -> str:
    """The code without what a scanner adds; of a label's address, its last part."""
    bare = " ".join(code.split())
    return bare.rpartition("/")[2] if _LABEL in bare.casefold() else bare


_REGISTERED = """
SELECT c.code, a.tag, a.maker, true AS serial FROM unnest($1::text[]) AS c (code) JOIN asset a ON a.serial_key = fold(c.code)
WHERE a.serial IS NOT NULL AND a.state NOT IN ('returned', 'void', 'retired')
UNION SELECT c.code, a.tag, a.maker, false FROM unnest($1::text[]) AS c (code) JOIN asset a ON a.tag = upper(c.code)
UNION SELECT c.code, a.tag, a.maker, false FROM unnest($1::text[]) AS c (code) JOIN asset a ON a.label_code = upper(c.code)
"""


async def registered(who: Actor, codes: Sequence[str]) -> Mapping[str, list[Registered]]:
    """The living assets, of anybody, that bear these codes. Call inside a transaction."""
    async with transaction(system()):
        rows = await fetch(_REGISTERED, list(codes))
    async with transaction(who):
        seen = await assets.tags_seen([row["tag"] for row in rows])
    found: dict[str, list[Registered]] = defaultdict(list)
    for row in rows:
        found[folded(row["code"])].append(Registered(row["tag"], row["maker"], row["tag"] in seen, row["serial"]))
    return found


async def _catalogued(codes: Sequence[str]) -> set[str]:
    """Those of the codes that are a product of the catalogue."""
    rows = await fetch(
        "SELECT lower(code) AS code FROM product WHERE lower(code) = ANY($1::text[])"
        " UNION SELECT lower(model) FROM product WHERE model <> '' AND lower(model) = ANY($1::text[])",
        [folded(code) for code in codes],
    )
    return {row["code"] for row in rows}
