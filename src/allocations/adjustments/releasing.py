"""Telling schools (or boards) of the adjustments of an upload: held until somebody has looked at it, told once."""

from collections.abc import Sequence
from typing import Any

from allocations.adjustments import queries
from allocations.adjustments.rules import NoSuchUpload, signed
from allocations.adjustments.schemas import Released
from directory.notices.queries import Recipient, people_to_tell, school_people_to_tell
from kit.actor import Actor, system
from kit.clock import now
from kit.database import execute, fetch, fetch_one, transaction
from kit.events import record
from kit.i18n import _, money, use_language
from kit.outbox import Message, enqueue_all

RIGHT = "envelope.write"
_SCHOOL_ROLES = ("principal", "school_team")
_BOARD_ROLES = ("purchasing", "board_admin")

_RELEASED = """
UPDATE adjustment_upload SET state = 'released', released_at = $2, released_by_name = $3 WHERE id = $1
"""

_NEWS = """
SELECT l.board, l.school, coalesce(s.name, b.short_name) AS name, m.name AS measure, m.name_en AS measure_en, u.year,
       sum(l.applied_cents)::bigint AS cents, e.allocated_cents
FROM adjustment_line l JOIN adjustment_upload u ON u.id = l.upload JOIN measure m ON m.id = u.measure
JOIN envelope e ON e.id = l.envelope JOIN board b ON b.code = l.board LEFT JOIN school s ON s.code = l.school
WHERE u.id = $1 AND l.applied_cents <> 0
GROUP BY l.board, l.school, s.name, b.short_name, m.name, m.name_en, u.year, e.allocated_cents ORDER BY l.board, l.school
"""


async def release(who: Actor, number: int) -> Released:
    """Tell those whose envelopes an upload changed. Asked twice, they are told once. Raises NoSuchUpload, Forbidden."""
    who.must(RIGHT)
    async with transaction(who):
        await queries.one(who, number)
        row = await fetch_one("SELECT id, state FROM adjustment_upload WHERE number = $1 FOR UPDATE", number)
        if row is None:
            raise NoSuchUpload(number=number)
        if row["state"] == "released":
            return Released(await queries.one(who, number), 0, [])
        news = await fetch(_NEWS, row["id"])
        await execute(_RELEASED, row["id"], now(), who.name)
        people = await school_people_to_tell([n["school"] for n in news if n["school"]], _SCHOOL_ROLES)
        people |= await people_to_tell([n["board"] for n in news if not n["school"]], _BOARD_ROLES)
        messages = [
            message for one in news for message in _messages(number, one, people.get(one["school"] or one["board"], []))
        ]
        async with transaction(system()):
            await enqueue_all(messages)
        await record(
            who, "adjustments.released", kind="adjustment_upload", subject=number, board=who.board,
            after={"messages": len(messages)},
        )  # fmt: skip
        nobody = sorted({code for n in news if (code := n["school"] or n["board"]) not in people})
        return Released(await queries.one(who, number), len(messages), nobody)


def _messages(number: int, news: Any, people: Sequence[Recipient]) -> list[Message]:
    """One message a person, in their language."""
    made = []
    for person in people:
        with use_language(person.language):
            measure = news["measure_en"] if person.language == "en" and news["measure_en"] else news["measure"]
            subject = _("Enveloppe {year} : {change}").format(year=news["year"], change=signed(news["cents"]))
            body = _(
                "L'enveloppe de {name} ({code}) pour « {measure} », {year}, a changé de {change}."
                " Elle est maintenant de {allocated}. Le motif se lit dans son historique."
            ).format(
                name=news["name"], code=news["school"] or news["board"], measure=measure, year=news["year"],
                change=signed(news["cents"]), allocated=money(news["allocated_cents"]),
            )  # fmt: skip
        once_key = f"adjustments:{number}:{news['school'] or news['board']}:{person.email}"
        made.append(Message("adjustments.released", person.email, subject, body, news["board"], once_key))
    return made
