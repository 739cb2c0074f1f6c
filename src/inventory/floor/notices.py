"""The digest: after a scan each board is told once what is new, in one message a person, and of nothing else."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from directory.notices.queries import Recipient, people_to_tell
from inventory.floor.operations import SCAN_LOCK
from inventory.floor.schemas import DigestOut
from inventory.floor.standards import in_language
from kit.actor import Actor, system
from kit.clock import MONTREAL, now
from kit.database import execute, fetch, fetch_value, transaction
from kit.events import Change, record_all
from kit.i18n import _, date_long, n_, number, use_language
from kit.outbox import Message, enqueue_all
from kit.settings import settings

ROLES = ("board_admin", "purchasing")
SHOWN = 100

# New flags, flags with a worse gap than the board was told of, and told flags that are over and were not opened again.
_NEWS = """
SELECT f.id, f.board, b.name AS board_name, f.school, s.name, c.name AS category_fr, c.name_en AS category_en, f.gap, f.told_gap,
    CASE WHEN f.closed_at IS NOT NULL THEN 'over' WHEN f.told_gap IS NULL THEN 'new' ELSE 'worse' END AS kind
FROM floor_flag f JOIN board b ON b.code = f.board JOIN school s ON s.code = f.school JOIN category c ON c.code = f.category
WHERE f.closed_at IS NULL AND (f.told_gap IS NULL OR f.gap > f.told_gap)
    OR f.closed_at IS NOT NULL AND f.told_at IS NOT NULL AND f.end_told_at IS NULL AND NOT EXISTS (
        SELECT FROM floor_flag o WHERE o.school = f.school AND o.category = f.category AND o.closed_at IS NULL)
ORDER BY f.board, s.name_key, f.school, c.position, c.code
"""

_TOLD = """
UPDATE floor_flag SET
    state = CASE WHEN closed_at IS NULL THEN 'told' ELSE state END,
    told_at = CASE WHEN closed_at IS NULL THEN $2 ELSE told_at END,
    told_gap = CASE WHEN closed_at IS NULL THEN gap ELSE told_gap END,
    end_told_at = CASE WHEN closed_at IS NULL THEN end_told_at ELSE $2 END
WHERE id = ANY($1::uuid[])
"""


async def digest(who: Actor) -> DigestOut:
    """Write to the outbox one message a person for each board with news, and mark as told what somebody was told.

    A board has one message a day at most; where nobody can be told, its flags stay open. Started twice, it tells once.
    """
    who.must("floor.write")
    async with transaction(system()):
        # Takes turns with a scan and with another digest.
        await fetch_value("SELECT pg_advisory_xact_lock($1)", SCAN_LOCK)
        news: dict[str, list[Any]] = defaultdict(list)
        for row in await fetch(_NEWS):
            news[row["board"]].append(row)
        at = now()
        people = await people_to_tell(list(news), ROLES)
        written = await enqueue_all(
            [m for board, told in people.items() for m in _messages(board, news[board], told, at)]
        )
        boards = set(written)
        await _mark(who, [row for board in news if board in boards for row in news[board]], at)
    return DigestOut(boards=len(boards), messages=len(written), nobody_to_tell=[b for b in news if b not in people])


async def silent_boards(who: Actor) -> list[str]:
    """The boards whose open flags nobody was told of, because nobody there can be told."""
    who.must("floor.read")
    async with transaction(who):
        rows = await fetch(
            "SELECT DISTINCT board FROM floor_flag WHERE closed_at IS NULL AND told_at IS NULL ORDER BY board"
        )
    boards = [row["board"] for row in rows]
    people = await people_to_tell(boards, ROLES)
    return [board for board in boards if board not in people]


def _messages(board: str, rows: Sequence[Any], people: Sequence[Recipient], at: datetime) -> list[Message]:
    """One message a person, in their language."""
    day = at.astimezone(MONTREAL).date()
    messages = []
    for person in people:
        with use_language(person.language):
            subject, text = _subject(rows), body(rows, board=board, at=at)
        once_key = f"floor-digest:{board}:{day}:{person.email}"
        messages.append(Message("floor.digest", person.email, subject, text, board, once_key))
    return messages


async def _mark(who: Actor, rows: Sequence[Any], at: datetime) -> None:
    await execute(_TOLD, [row["id"] for row in rows], at)
    await record_all(
        who,
        [
            Change(
                "floor.told", "school", row["school"], row["board"], row["school"],
                after={"category": row["category_fr"], "gap": row["gap"], "news": row["kind"]},
            )
            for row in rows
        ],
    )  # fmt: skip


def _subject(rows: Sequence[Any]) -> str:
    schools = len({row["school"] for row in rows})
    return n_(
        "Plancher d'équipements : {n} école a changé d'état",
        "Plancher d'équipements : {n} écoles ont changé d'état",
        schools,
    ).format(n=number(schools))


def body(rows: Sequence[Any], *, board: str, at: datetime) -> str:
    """The text of a board's digest, in the language of the moment."""
    parts = [
        _("Balayage du {day}, {board}.").format(day=date_long(at), board=rows[0]["board_name"]),
        *_section(_("Nouvellement sous le plancher"), [row for row in rows if row["kind"] == "new"]),
        *_section(_("Écart aggravé"), [row for row in rows if row["kind"] == "worse"]),
        *_section(_("Ne sont plus sous le plancher"), [row for row in rows if row["kind"] == "over"]),
        _("Voir les écoles et la raison de chacune : {address}").format(
            address=f"{settings().address}/coverage/boards/{board}"
        ),
        _("Tant qu'un écart ne s'aggrave pas, vous n'en serez plus avisé."),
    ]
    return "\n\n".join(parts) + "\n"


def _section(title: str, rows: Sequence[Any]) -> list[str]:
    """A title with its count, then one line a school."""
    schools: Mapping[str, list[Any]] = defaultdict(list)
    for row in rows:
        schools[row["school"]].append(row)
    if not schools:
        return []
    lines = [f"{title} ({number(len(schools))})"]
    lines += [
        f"- {found[0]['name']} ({code}){_(' : ')}{'; '.join(map(_gap, found))}"
        for code, found in list(schools.items())[:SHOWN]
    ]
    if (more := len(schools) - SHOWN) > 0:
        lines.append(n_("et {n} autre école", "et {n} autres écoles", more).format(n=number(more)))
    return ["\n".join(lines)]


def _gap(row: Any) -> str:
    category = in_language(row["category_fr"], row["category_en"])
    if row["kind"] == "over":
        return category
    if row["kind"] == "worse":
        return _("{category}, il en manque {n} ({before} auparavant)").format(
            category=category, n=number(row["gap"]), before=number(row["told_gap"])
        )
    return _("{category}, il en manque {n}").format(category=category, n=number(row["gap"]))
