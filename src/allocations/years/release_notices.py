"""Who is told, in one message, what was given up with its year: a basket's authors and approvers, whoever made an unsent order."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from kit import outbox
from kit.actor import Actor, system
from kit.clock import now
from kit.database import fetch, transaction
from kit.i18n import _, n_, use_language
from kit.outbox import Message
from kit.settings import settings

SHOWN = 20

# Whoever had a hand in a basket or said yes to it; not who releases it.
_PEOPLE = """
SELECT DISTINCT p.id, p.email, p.language, t.board, t.number, t.path FROM (
    SELECT a.person, s.board, s.number, 'selections' AS path FROM selection_author a JOIN selection s ON s.id = a.selection
    WHERE s.id = ANY($1::uuid[])
    UNION ALL
    SELECT a.person, s.board, s.number, 'selections' FROM approval a JOIN selection s ON s.id = a.selection
    WHERE s.id = ANY($1::uuid[]) AND a.decision IN ('approved', 'agreed') AND (a.voided_at IS NULL OR a.voided_because = 'year')
    UNION ALL
    SELECT o.made_by, o.board, o.number, 'orders' FROM purchase_order o WHERE o.id = ANY($2::uuid[])
) t JOIN person p ON p.id = t.person
WHERE p.deactivated_at IS NULL AND p.id IS DISTINCT FROM $3::uuid ORDER BY p.id, t.board, t.path, t.number
"""


async def tell(who: Actor, year: str, *, baskets: Sequence[Any], orders: Sequence[Any], why: str) -> None:
    """Write the messages, in each one's language. Call inside the transaction of the release."""
    async with transaction(system()):  # addresses of boards' people: nobody else reads them
        rows = await fetch(_PEOPLE, [row["id"] for row in baskets], [row["id"] for row in orders], who.person)
        things: dict[tuple[Any, str, str, str], list[str]] = defaultdict(list)
        for row in rows:
            address = f"{settings().address}/{row['path']}/{row['number']}"
            things[row["id"], row["email"], row["language"], row["board"]].append(f"{row['number']} – {address}")
        moment = now().isoformat()
        await outbox.enqueue_all(
            [
                Message("year.released", email, *_said(language, year, found, who.name, why), board, f"{year}:{moment}:{board}:{person}")
                for (person, email, language, board), found in things.items()
            ]
        )  # fmt: skip


def _said(language: str, year: str, found: Sequence[str], name: str, why: str) -> tuple[str, str]:
    with use_language(language):
        subject = _("Exercice {year} : ce qui n'était pas commandé est libéré").format(year=year)
        head = n_(
            "{name} ferme l'exercice {year}. Ceci n'y sera pas commandé; son argent est libre :",
            "{name} ferme l'exercice {year}. Ces {n} paniers et bons n'y seront pas commandés; leur argent est libre :",
            len(found),
        ).format(name=_(name), year=year, n=len(found))
        more = len(found) - SHOWN
        lines = [*found[:SHOWN], *([n_("et {n} autre", "et {n} autres", more).format(n=more)] if more > 0 else [])]
        return subject, "\n\n".join((head, "\n".join(lines), why)) + "\n"
