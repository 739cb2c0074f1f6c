"""Reading the accounts of a school year: one set-based statement for the money, whatever the size; the rest is counted beside."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from allocations.accounts import rules
from allocations.accounts.rules import WORDS, Step
from allocations.accounts.schemas import Accounts, Line, MeasureTotal, Quantity, Signature, TrainingLine
from allocations.measures.rules import check_year
from allocations.years.queries import state_of
from kit.actor import Actor, Scope
from kit.database import fetch, fetch_one, transaction
from kit.errors import NotFound
from kit.filters import Where, visible
from kit.i18n import _, name_sql

RIGHT = "account.read"

# Each ledger row and each order line is read once, and grouped by its envelope before anything is joined.
LINES = """
SELECT e.board, {place} AS school, coalesce(max({school_name}), max(b.name)) AS name, m.code AS measure,
       {measure_name} AS measure_name, m.kind, m.tax_basis,
       sum(coalesce(g.given, 0))::bigint AS given_cents, sum(coalesce(g.moved, 0))::bigint AS moved_cents,
       sum(coalesce(g.carried, 0))::bigint AS carried_cents, sum(coalesce(g.recovered, 0))::bigint AS recovered_cents,
       sum(e.allocated_cents)::bigint AS allocated_cents, sum(e.reserved_cents)::bigint AS reserved_cents,
       sum(e.committed_cents)::bigint AS committed_cents, sum(e.spent_cents)::bigint AS spent_cents,
       sum(coalesce(u.uninvoiced, 0))::bigint AS uninvoiced_cents,
       sum(e.allocated_cents - e.reserved_cents - e.committed_cents - e.spent_cents)::bigint AS free_cents,
       sum(e.allocated_cents - e.spent_cents)::bigint AS unspent_cents
FROM envelope e JOIN measure m ON m.id = e.measure JOIN board b ON b.code = e.board LEFT JOIN school s ON s.code = e.school
LEFT JOIN (
    SELECT l.envelope, sum(l.allocated_cents) FILTER (WHERE l.kind IN ('allocation', 'adjustment')) AS given,
           sum(l.allocated_cents) FILTER (WHERE l.kind IN ('transfer', 'loan')) AS moved,
           sum(l.allocated_cents) FILTER (WHERE l.kind = 'carry_over') AS carried,
           -sum(l.allocated_cents) FILTER (WHERE l.kind = 'recovery') AS recovered
    FROM ledger_entry l WHERE l.allocated_cents <> 0 AND l.envelope IN (SELECT e.id FROM envelope e WHERE {where}) GROUP BY l.envelope
) g ON g.envelope = e.id
LEFT JOIN (
    SELECT l.envelope, sum(greatest(l.charged_cents * (l.received - l.returned) / l.quantity
               - l.charged_cents * least(greatest(l.invoiced, 0), l.received - l.returned) / l.quantity, 0)) AS uninvoiced
    FROM order_line l WHERE l.received > 0 AND l.envelope IN (SELECT e.id FROM envelope e WHERE {where}) GROUP BY l.envelope
) u ON u.envelope = e.id
WHERE {where} GROUP BY e.board, {place}, m.id ORDER BY e.board, {place}, m.code
"""

_QUANTITIES = """
SELECT c.code AS category, {name} AS category_name, sum(l.quantity - l.cancelled)::int AS ordered,
       sum(l.received - l.returned)::int AS received
FROM order_line l JOIN envelope e ON e.id = l.envelope JOIN purchase_order o ON o.id = l."order"
JOIN product p ON p.id = l.product JOIN category c ON c.code = p.category
WHERE {where} AND o.sent_at IS NOT NULL AND o.state <> 'cancelled' GROUP BY c.code ORDER BY c.position, c.code
"""

_TRAININGS = """
SELECT t.code AS training, {name} AS training_name, coalesce(o.n, 0)::int AS ordered, coalesce(d.n, 0)::int AS persons
FROM training t
LEFT JOIN (SELECT bt.training, sum(bt.quantity * l.quantity) AS n
           FROM selection e JOIN selection_line l ON l.selection = e.id
           JOIN bundle_training bt ON bt.bundle = l.bundle WHERE e.state = 'ordered' AND {where} GROUP BY bt.training) o
    ON o.training = t.id
LEFT JOIN (SELECT e.training, sum(e.persons) AS n FROM training_record e WHERE {where} GROUP BY e.training) d ON d.training = t.id
WHERE o.n > 0 OR d.n > 0 ORDER BY t.code
"""

_SIGNATURES = """
SELECT DISTINCT ON (step) step, board, school, at, person_name, figures FROM account_signature
WHERE year = $1 AND board = $2 AND (step <> 'attest' AND $3 = '' OR step = 'attest' AND school = $3)
ORDER BY step, at DESC, id DESC
"""

_ATTESTED = """
SELECT count(DISTINCT e.school)::int AS schools,
       count(DISTINCT e.school) FILTER (WHERE EXISTS (SELECT FROM account_signature a
           WHERE a.year = e.year AND a.school = e.school AND a.step = 'attest'))::int AS attested
FROM envelope e WHERE {where} AND e.school IS NOT NULL
"""


async def accounts(who: Actor, year: str, *, board: str | None = None, school: str | None = None) -> Accounts:
    """The accounts of a school, of a board, or (neither) of all that `who` may see. Raises NotFound, Invalid, Unbalanced."""
    who.must(RIGHT)
    check_year(year)
    if board is None and school is None and who.scope is Scope.board:
        board = who.board
    if school is None and who.scope is Scope.school and len(who.schools) == 1:
        (school,) = who.schools
    async with transaction(who):
        place = await _place(who, board, school)
        where = _where(who, year, place["board"], school)
        lines = await _lines(where, year, by_board=place["board"] == "")
        figures = _figures(_totals(lines))
        counted = await fetch_one(_ATTESTED.format(where=where), *where.args)
        assert counted is not None
        return Accounts(
            year=year, state=(await state_of(who, year)).value, board=place["board"], school=school or "", name=place["name"],
            digest=rules.digest(figures), lines=lines, measures=_totals(lines),
            quantities=[Quantity(**row) for row in await fetch(_QUANTITIES.format(where=where, name=name_sql("c")), *where.args)],
            trainings=[TrainingLine(**row) for row in await fetch(_TRAININGS.format(where=where, name=name_sql("t")), *where.args)],
            signatures=await _signatures(year, place["board"], school or "", figures),
            schools_attested=counted["attested"], schools=counted["schools"],
        )  # fmt: skip


def figures_of(found: Accounts) -> list[dict[str, Any]]:
    """What a signature holds: each measure's amounts."""
    return _figures(found.measures)


def _figures(measures: Sequence[MeasureTotal]) -> list[dict[str, Any]]:
    # The names of measures are not figures: a measure renamed, or read in English, is no difference.
    return [
        {
            name: value
            for name, value in msgspec.to_builtins(each).items()
            if name == "measure" or name.endswith("_cents")
        }
        for each in measures
    ]


async def _place(who: Actor, board: str | None, school: str | None) -> Any:
    if school is not None:
        row = await fetch_one("SELECT board, name FROM school WHERE code = $1", school)
        row = row if row and board in (None, row["board"]) else None
    elif board is not None:
        row = await fetch_one("SELECT code AS board, name FROM board WHERE code = $1", board)
    else:
        return {"board": "", "name": _("Tout le réseau")}
    if (
        row is None
        or (who.scope is Scope.board and row["board"] != who.board)
        or (who.scope is Scope.school and school not in who.schools)
    ):
        raise NotFound()
    return row


def _where(who: Actor, year: str, board: str, school: str | None) -> Where:
    """Conditions on a row `e` that has board, school and year: an envelope, a basket, a training."""
    where = visible(who, RIGHT, board="e.board", school="e.school")
    where.add("e.year = {}", year)
    if board:
        where.add("e.board = {}", board)
    if school is not None:
        where.add("e.school = {}", school)
    return where


async def _lines(where: Where, year: str, *, by_board: bool) -> list[Line]:
    sql = LINES.format(
        where=where, measure_name=name_sql("m"), place="''::text" if by_board else "coalesce(e.school, '')",
        school_name="NULL::text" if by_board else "s.name",
    )  # fmt: skip
    return [rules.check(year, Line(**row)) for row in await fetch(sql, *where.args)]


def _totals(lines: Sequence[Line]) -> list[MeasureTotal]:
    by_measure: dict[str, list[Line]] = {}
    for line in lines:
        by_measure.setdefault(line.measure, []).append(line)
    return [
        MeasureTotal(
            measure=code, measure_name=some[0].measure_name, kind=some[0].kind, tax_basis=some[0].tax_basis,
            **msgspec.structs.asdict(rules.total(some)),
        )
        for code, some in sorted(by_measure.items())
    ]  # fmt: skip


async def _signatures(year: str, board: str, school: str, figures: list[dict[str, Any]]) -> list[Signature]:
    rows = {row["step"]: row for row in await fetch(_SIGNATURES, year, board, school)}
    return [
        Signature(
            step=step.value, step_name=_(WORDS[step]), board=row["board"], school=row["school"], at=row["at"],
            person_name=row["person_name"], differences=rules.differences(json.loads(row["figures"]), figures),
        )
        for step in Step
        if (row := rows.get(step.value))
    ]  # fmt: skip
