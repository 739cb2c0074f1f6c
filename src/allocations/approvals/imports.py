"""Delegations out of a file: a line a step, in order; lines of one kind and category make one delegation."""

from collections import defaultdict
from datetime import date
from io import BytesIO

from allocations.approvals import operations, queries
from allocations.approvals.schemas import ImportedDelegations, NewDelegation, NewStep
from kit.actor import Actor, system
from kit.cells import code, day, dollars
from kit.clock import today
from kit.database import transaction
from kit.errors import Refused
from kit.i18n import _, lazy
from kit.tabular import Column, read_table

COLUMNS = (
    Column("kind", lazy("sorte"), ("sorte", "kind", "type"), code()),
    Column("category", lazy("catégorie"), ("categorie", "category"), code()),
    Column("role", lazy("rôle"), ("role",), code(), needed=True, filled=True),
    Column("limit", lazy("limite"), ("limite", "limit", "montant"), dollars()),
    Column("from_day", lazy("du"), ("du", "from", "debut"), day()),
)
KINDS = {"": "", "investissement": "investment", "fonctionnement": "operating"}


class _Undone(Exception):
    """A trial, or a file with a line refused: nothing of it stays."""


async def import_steps(
    who: Actor, name: str, content: bytes, *, board: str | None = None, dry_run: bool = False
) -> ImportedDelegations:
    """Take a board's steps from a file, all or none; a delegation that is in force already stays. Raises Forbidden, Unreadable."""
    place = operations.board_of(who, board)
    answer = ImportedDelegations(read=0, created=0, unchanged=0, refused=[])
    wanted = _wanted(name, content, answer)
    try:
        async with transaction(system()):
            known = {
                (one.measure_kind, one.category): [(step.role, step.limit_cents) for step in one.steps]
                for one in await queries.listing(system(), board=place)
                if one.state == "active"
            }
            for new in wanted:
                if known.get((new.measure_kind, new.category)) == [(step.role, step.limit_cents) for step in new.steps]:
                    answer.unchanged += 1
                    continue
                try:
                    await operations.delegate(who, new, board=place)
                    answer.created += 1
                except Refused as refused:
                    kind = " ".join(filter(None, (new.measure_kind, new.category))) or _("toutes sortes")
                    answer.refused.append(_("{kind} : {reason}").format(kind=kind, reason=refused.detail))
            if dry_run or answer.refused:
                raise _Undone
    except _Undone:
        if answer.refused:
            answer.created = 0
    return answer


def _wanted(name: str, content: bytes, answer: ImportedDelegations) -> list[NewDelegation]:
    table = read_table(BytesIO(content), name, COLUMNS)
    steps: dict[tuple[str, str | None], list[NewStep]] = defaultdict(list)
    days: dict[tuple[str, str | None], date] = {}
    for row in table.rows:
        answer.read += 1
        if row.refusal is not None:
            answer.refused.append(_("Ligne {n} : {reason}").format(n=row.line, reason=row.refusal.reason))
            continue
        given = (row.values.get("kind") or "").casefold()
        kind = KINDS.get(given, given)
        if kind not in KINDS.values():
            sentence = _("Ligne {n} : la sorte est « investissement » ou « fonctionnement », ou rien.")
            answer.refused.append(sentence.format(n=row.line))
            continue
        key = (kind, row.values.get("category") or None)
        steps[key].append(NewStep(role=row.values["role"], limit_cents=row.values.get("limit")))
        days.setdefault(key, row.values.get("from_day") or today())
    return [
        NewDelegation(measure_kind=kind, category=category, from_day=days[kind, category], steps=found)  # type: ignore[arg-type]
        for (kind, category), found in steps.items()
    ]
