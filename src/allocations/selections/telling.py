"""Who is told of a basket, once each: those on whom it waits, its authors of what was decided, approvers of what has fallen.

One statement writes the messages to all of them, in both languages: each has their own.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from directory.replacements.queries import APPROVERS
from kit.actor import Actor, system
from kit.clock import now, today
from kit.database import execute, transaction
from kit.i18n import _, money, use_language
from kit.settings import settings

_WRITE = """
INSERT INTO outbox (kind, recipient, subject, body, board, school, about, once_key, not_before)
SELECT DISTINCT ON (t.id) $1::text, t.email, CASE t.language WHEN 'en' THEN $3::text ELSE $2::text END,
       CASE t.language WHEN 'en' THEN $5::text ELSE $4::text END, $6::text, $7::text, $8::text,
       $1::text || ':' || $8::text || ':' || $9::int || ':' || t.id, $10::timestamptz
FROM ({people}) t WHERE t.id IS DISTINCT FROM $11::uuid ON CONFLICT (once_key) DO NOTHING
"""

# The school's own approvers where it has some; else the board's. Never an author, nor whoever stands in for one.
_WAITED_FOR = f"""
SELECT p.id, p.email, p.language FROM (
    SELECT c.person, c.school IS NULL AS of_board, bool_and(c.school IS NULL) OVER () AS only_board
    FROM ({APPROVERS.format(day="$12::date")}) c
    WHERE c.board = $6::text AND (c.school IS NULL OR c.school = $7::text) AND $13::text IN ('', c.role)
        AND NOT EXISTS (SELECT FROM selection_author a WHERE a.selection = $14 AND a.person IN (c.person, c.replaced))
) c JOIN person p ON p.id = c.person WHERE p.deactivated_at IS NULL AND c.of_board = c.only_board
"""

_AUTHORS = """
SELECT p.id, p.email, p.language FROM selection_author a JOIN person p ON p.id = a.person
WHERE a.selection = $12 AND p.deactivated_at IS NULL
"""

_THESE = "SELECT p.id, p.email, p.language FROM person p WHERE p.id = ANY($12::uuid[]) AND p.deactivated_at IS NULL"

Words = Callable[[], tuple[str, str]]  # subject and text, in the language of the moment


async def ask(who: Actor, row: Any, *, version: int, role: str, cents: int) -> None:
    """Tell those on whom a basket waits now. `role`: of the step; '': whoever may approve."""

    def words() -> tuple[str, str]:
        subject = _("Panier {number} à approuver").format(number=row["number"])
        text = _("{school} demande {amount} ({title}).").format(
            school=_school(row), amount=money(cents), title=row["title"] or row["measure_code"]
        )
        return subject, _with_link(text, row)

    await _write(who, row, "selection.waits", words, version, _WAITED_FOR, today(), role, row["id"])


async def decided(who: Actor, row: Any, *, version: int, sentence: Callable[[], str], reason: str) -> None:
    """Tell the authors of a basket what was decided, by whom, and why."""

    def words() -> tuple[str, str]:
        subject = _("Panier {number} : décision").format(number=row["number"])
        text = _("{name}, pour {school} : {sentence}").format(name=who.name, school=_school(row), sentence=sentence())
        return subject, _with_link("\n\n".join(filter(None, (text, reason))), row)

    await _write(who, row, "selection.decided", words, version, _AUTHORS, row["id"])


async def fallen(who: Actor, row: Any, *, people: Sequence[UUID]) -> None:
    """Tell those who had approved a basket that their approval no longer holds."""

    def words() -> tuple[str, str]:
        subject = _("Panier {number} : votre approbation est annulée").format(number=row["number"])
        return subject, _with_link(
            _("Le panier de {school} a changé ou a été repris.").format(school=_school(row)), row
        )

    await _write(who, row, "selection.fallen", words, row["version"], _THESE, list(people))


async def _write(who: Actor, row: Any, kind: str, words: Words, version: int, people: str, *args: object) -> None:
    said = []
    for language in ("fr", "en"):
        with use_language(language):
            said.append(words())
    (subject_fr, text_fr), (subject_en, text_en) = said
    async with transaction(system()):  # addresses of a board's people: nobody else reads them
        await execute(
            _WRITE.format(people=people), kind, subject_fr, subject_en, text_fr, text_en, row["board"], row["school"],
            row["number"], version, now(), who.person, *args,
        )  # fmt: skip


def _school(row: Any) -> str:
    return f"{row['school_name']} ({row['school']})"


def _with_link(text: str, row: Any) -> str:
    address = f"{settings().address}/selections/{row['number']}"
    return f"{text}\n\n" + _("Ouvrir le panier : {address}").format(address=address) + "\n"
