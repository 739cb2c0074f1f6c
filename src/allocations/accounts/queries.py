"""Reading the accounts of a school year: one statement for the money, one for all that goes beside it, whatever the size."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from allocations.accounts import rules
from allocations.accounts.rules import WORDS, Step
from allocations.accounts.schemas import Accounts, Line, MeasureTotal, Quantity, Signature, TrainingLine
from allocations.measures.rules import check_year
from kit.actor import Actor, Scope
from kit.attachments import Attachment
from kit.database import fetch, fetch_one, transaction
from kit.errors import NotFound
from kit.filters import Where, visible
from kit.i18n import _, name_sql

RIGHT = "account.read"

# Each ledger row and each order line is read once, and grouped as the lines are.
LINES = """
WITH own AS (
    SELECT e.id, e.board, {place} AS school, e.measure, e.allocated_cents, e.reserved_cents, e.committed_cents, e.spent_cents
    FROM envelope e WHERE {where}
), figures AS (
    SELECT board, school, measure, sum(allocated_cents)::bigint AS allocated_cents, sum(reserved_cents)::bigint AS reserved_cents,
           sum(committed_cents)::bigint AS committed_cents, sum(spent_cents)::bigint AS spent_cents
    FROM own GROUP BY board, school, measure
), ledger AS (
    SELECT e.board, e.school, e.measure,
           sum(l.allocated_cents) FILTER (WHERE l.kind IN ('allocation', 'adjustment'))::bigint AS given,
           sum(l.allocated_cents) FILTER (WHERE l.kind IN ('transfer', 'loan'))::bigint AS moved,
           sum(l.allocated_cents) FILTER (WHERE l.kind = 'carry_over')::bigint AS carried,
           -sum(l.allocated_cents) FILTER (WHERE l.kind = 'recovery')::bigint AS recovered
    FROM ledger_entry l JOIN own e ON e.id = l.envelope WHERE l.allocated_cents <> 0 GROUP BY e.board, e.school, e.measure
), received AS (
    SELECT e.board, e.school, e.measure, sum(greatest(l.charged_cents * (l.received - l.returned) / l.quantity
               - l.charged_cents * least(greatest(l.invoiced, 0), l.received - l.returned) / l.quantity, 0))::bigint AS uninvoiced
    FROM order_line l JOIN own e ON e.id = l.envelope WHERE l.received > 0 GROUP BY e.board, e.school, e.measure
)
SELECT f.board, f.school, coalesce(s.name, b.name) AS name, m.code AS measure, {measure_name} AS measure_name, m.kind, m.tax_basis,
       coalesce(l.given, 0) AS given_cents, coalesce(l.moved, 0) AS moved_cents, coalesce(l.carried, 0) AS carried_cents,
       coalesce(l.recovered, 0) AS recovered_cents, f.allocated_cents, f.reserved_cents, f.committed_cents, f.spent_cents,
       coalesce(r.uninvoiced, 0) AS uninvoiced_cents,
       f.allocated_cents - f.reserved_cents - f.committed_cents - f.spent_cents AS free_cents,
       f.allocated_cents - f.spent_cents AS unspent_cents
FROM figures f JOIN measure m ON m.id = f.measure JOIN board b ON b.code = f.board LEFT JOIN school s ON s.code = f.school
LEFT JOIN ledger l ON (l.board, l.school, l.measure) = (f.board, f.school, f.measure)
LEFT JOIN received r ON (r.board, r.school, r.measure) = (f.board, f.school, f.measure)
ORDER BY f.board, f.school, m.code
"""

_QUANTITIES = """
SELECT c.code AS category, {category_name} AS category_name, sum(l.quantity - l.cancelled)::int AS ordered,
       sum(l.received - l.returned)::int AS received
FROM order_line l JOIN envelope e ON e.id = l.envelope JOIN purchase_order o ON o.id = l."order"
JOIN product p ON p.id = l.product JOIN category c ON c.code = p.category
WHERE {where} AND o.sent_at IS NOT NULL AND o.state <> 'cancelled' GROUP BY c.code ORDER BY c.position, c.code
"""

_TRAININGS = """
SELECT t.code AS training, {training_name} AS training_name, coalesce(o.n, 0)::int AS ordered, coalesce(d.n, 0)::int AS persons
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
WHERE year = {year} AND board = {board} AND (step <> 'attest' AND {school} = '' OR step = 'attest' AND school = {school})
ORDER BY step, at DESC, id DESC
"""

_REPORTS = """
SELECT id, name, media_type, size, sha256, at, actor_name FROM attachment
WHERE about_kind = 'account' AND about = {about} AND removed_at IS NULL ORDER BY at, id
"""

# All that goes with the lines, in one answer: each list as JSON.
_BESIDE = f"""
SELECT coalesce((SELECT state FROM school_year WHERE code = {{year}}), 'open') AS state, a.schools, a.attested,
       (SELECT coalesce(json_agg(x), '[]') FROM ({_QUANTITIES}) x) AS quantities,
       (SELECT coalesce(json_agg(x), '[]') FROM ({_TRAININGS}) x) AS trainings,
       (SELECT coalesce(json_agg(x), '[]') FROM ({_SIGNATURES}) x) AS signatures,
       (SELECT coalesce(json_agg(x), '[]') FROM ({_REPORTS}) x) AS reports
FROM (SELECT count(DISTINCT e.school)::int AS schools, count(DISTINCT d.school)::int AS attested
      FROM envelope e LEFT JOIN account_signature d ON d.year = e.year AND d.school = e.school AND d.step = 'attest'
      WHERE {{where}} AND e.school IS NOT NULL) a
"""


class _Signed(msgspec.Struct):
    """A row of `account_signature`."""

    step: str
    board: str
    school: str
    at: datetime
    person_name: str
    figures: list[dict[str, Any]]


class _Beside(msgspec.Struct):
    """The answer of `_BESIDE`."""

    state: str
    schools: int
    attested: int
    quantities: list[Quantity]
    trainings: list[TrainingLine]
    signatures: list[_Signed]
    reports: list[Attachment]


async def accounts(who: Actor, year: str, *, board: str | None = None, school: str | None = None) -> Accounts:
    """The accounts of a school, of a board, or (neither) of all that `who` may see (a line each to people of schools).

    Raises NotFound, Invalid, Unbalanced.
    """
    who.must(RIGHT)
    check_year(year)
    if board is None and school is None and who.scope is Scope.board:
        board = who.board
    if school is None and who.scope is Scope.school and len(who.schools) == 1:
        (school,) = who.schools
    async with transaction(who):
        place = await place_of(who, board, school)
        where = _where(who, year, place["board"], school)
        lines = await _lines(where, year, by_board=place["board"] == "" and who.scope is not Scope.school)
        beside = await _beside(where, year, place["board"], school or "")
    measures = _totals(lines)
    figures = _figures(measures)
    return Accounts(
        year=year, state=beside.state, board=place["board"], school=school or "", name=place["name"],
        digest=rules.digest(figures, [report.sha256 for report in beside.reports]), lines=lines, measures=measures,
        quantities=beside.quantities, trainings=beside.trainings, signatures=_signatures(beside, figures),
        reports=beside.reports, schools_attested=beside.attested, schools=beside.schools,
    )  # fmt: skip


def about(year: str, board: str, school: str) -> str:
    """What the files and the history of a place's accounts go with."""
    return f"{year} {school or board}"


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


async def place_of(who: Actor, board: str | None, school: str | None) -> Any:
    """The board and the name of a place whose accounts `who` may read. Raises NotFound. Call in a transaction."""
    if school is not None:
        row = await fetch_one("SELECT board, name FROM school WHERE code = $1", school)
        row = row if row and board in (None, row["board"]) else None
    elif board is not None:
        row = await fetch_one("SELECT code AS board, name FROM board WHERE code = $1", board)
    else:
        return {"board": "", "name": _("Vos écoles") if who.scope is Scope.school else _("Tout le réseau")}
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


async def _beside(where: Where, year: str, board: str, school: str) -> _Beside:
    sql = _BESIDE.format(
        where=where, year=where.argument(year), board=where.argument(board), school=where.argument(school),
        about=where.argument(about(year, board, school)), category_name=name_sql("c"), training_name=name_sql("t"),
    )  # fmt: skip
    row = await fetch_one(sql, *where.args)
    assert row is not None
    lists = {name: msgspec.Raw(row[name].encode()) for name in ("quantities", "trainings", "signatures", "reports")}
    return msgspec.json.decode(msgspec.json.encode(dict(row) | lists), type=_Beside)


def _signatures(beside: _Beside, figures: list[dict[str, Any]]) -> list[Signature]:
    """The last of each step, in the order of the steps, against the figures and the files of now."""
    signed = {row.step: row for row in beside.signatures}
    return [
        Signature(
            step=step.value, step_name=_(WORDS[step]), board=row.board, school=row.school, at=row.at, person_name=row.person_name,
            differences=rules.differences(row.figures, figures),
            reports_since=[report.name for report in beside.reports if report.at > row.at],
        )
        for step in Step
        if (row := signed.get(step.value))
    ]  # fmt: skip
