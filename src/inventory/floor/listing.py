"""The schools as the last scan found them, with the reason: who is below the floor, since when, what is on its way."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from inventory.floor.rules import Status, Unit
from inventory.floor.schemas import ListedRule, ListedSchool
from inventory.floor.sentences import Aside, Exemption, RuleFigures, reason_words
from inventory.floor.standards import RULE_COLUMNS, in_language, noun_of
from kit.actor import Actor
from kit.clock import MONTREAL, today
from kit.database import fetch, fetch_value, transaction
from kit.errors import Invalid
from kit.filters import Where, visible
from kit.i18n import _
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page

# `since`: where the status was last another one, or since the first scan.
_SCHOOLS = """
SELECT f.school, s.name, s.name_key, f.board, f.status,
    (SELECT coalesce(max(p.until_at) FILTER (WHERE p.status <> f.status), min(p.from_at))
        FROM floor_status p WHERE p.school = f.school) AS since
FROM floor_status f JOIN school s ON s.code = f.school WHERE {where} ORDER BY f.board, s.name_key, f.school {tail}
"""

# $1 the schools, $2 the day. What the scan stored of each rule, and what does not work or is late today.
_RULES = f"""
SELECT f.school, f.status, f.required, f.counted, f.gap, f.on_order, f.expected_on, {RULE_COLUMNS},
    coalesce(o.out_of_service, 0) AS out_of_service, coalesce(o.in_repair, 0) AS in_repair, coalesce(l.late, 0) AS late,
    x.reason, x.until_day, x.decided_at
FROM floor_assessment f JOIN floor_rule r ON r.id = f.rule JOIN category c ON c.code = f.category
    LEFT JOIN (SELECT school, category, count(*) AS out_of_service, count(*) FILTER (WHERE state = 'in_repair') AS in_repair
        FROM asset WHERE state IN ('out_of_service', 'in_repair') AND school = ANY($1::text[]) GROUP BY school, category) o
        ON o.school = f.school AND o.category = f.category AND f.status = 'below'
    LEFT JOIN (SELECT school, category, sum(quantity)::int AS late FROM expected_delivery
        WHERE quantity > 0 AND expected_on < $2::date AND school = ANY($1::text[]) GROUP BY school, category) l
        ON l.school = f.school AND l.category = f.category
    LEFT JOIN LATERAL (SELECT e.reason, e.until_day, e.decided_at FROM floor_exemption e
        WHERE e.school = f.school AND (e.category IS NULL OR e.category = f.category) AND e.ended_at IS NULL
            AND $2::date BETWEEN e.from_day AND e.until_day ORDER BY e.until_day DESC LIMIT 1) x ON f.status = 'exempt'
WHERE f.until_at IS NULL AND f.school = ANY($1::text[]) ORDER BY f.school, r.position, r.category, r.id
"""


async def list_schools(
    who: Actor,
    *,
    board: str | None = None,
    region: str | None = None,
    status: str | None = None,
    limit: int | None = DEFAULT_LIMIT,
    after: str | None = None,
) -> Page[ListedSchool]:
    """Schools by board and name. `limit` None: all of them. Raises Invalid for an unknown board, region or status."""
    where = visible(who, "floor.read", board="f.board", school="f.school")
    where.parts.append("f.until_at IS NULL")
    if place := decode(after, keys=3):
        where.parts.append(
            f"(f.board, s.name_key, f.school) > ({', '.join(where.argument(str(key)) for key in place)})"
        )
    async with transaction(who):
        await _filter(where, board=board, region=region, status=status)
        tail = "" if limit is None else f"LIMIT {check_limit(limit) + 1}"
        rows = await fetch(_SCHOOLS.format(where=where, tail=tail), *where.args)
        found = page(rows, limit or len(rows) + 1, lambda row: (row["board"], row["name_key"], row["school"]))
        day = today()
        rules: Mapping[str, list[Any]] = defaultdict(list)
        for rule in await fetch(_RULES, [row["school"] for row in found.items], day):
            rules[rule["school"]].append(rule)
    return Page([_listed(row, rules[row["school"]], day) for row in found.items], found.next)


async def _filter(where: Where, *, board: str | None, region: str | None, status: str | None) -> None:
    errors = {}
    if board is not None:
        code = f"{board}000" if len(board) == 3 else board
        where.add("f.board = {}", code)
        if not await fetch_value("SELECT 1 FROM board WHERE code = $1", code):
            errors["board"] = _("Aucun organisme de votre accès n'a le code « {code} ».").format(code=board)
    if region is not None:
        code = region.zfill(2)
        where.add("s.region = {}", code)
        if not await fetch_value("SELECT 1 FROM region WHERE code = $1", code):
            errors["region"] = _("Aucune région n'a le code « {code} » : il va de 01 à 17.").format(code=region)
    if status is not None:
        where.add("f.status = {}", status)
        if status not in list(Status):
            errors["status"] = _("« status » est un de : {statuses}.").format(statuses=", ".join(Status))
    if errors:
        raise Invalid(errors)


def _listed(row: Mapping[str, Any], rules: Sequence[Mapping[str, Any]], day: date) -> ListedSchool:
    since = row["since"].astimezone(MONTREAL).date()
    status = Status(row["status"])
    return ListedSchool(
        school=row["school"],
        name=row["name"],
        board=row["board"],
        status=status,
        rules=[
            ListedRule(
                category=rule["category"],
                status=Status(rule["status"]),
                required=rule["required"],
                counted=rule["counted"],
                gap=rule["gap"],
                on_order=rule["on_order"],
                expected=rule["expected_on"],
            )
            for rule in rules
        ],
        since=since,
        reason=reason_words(status, [_figures(rule) for rule in rules], since=since, day=day),
    )


def _figures(row: Mapping[str, Any]) -> RuleFigures:
    exempt = row["until_day"] is not None
    return RuleFigures(
        status=Status(row["status"]),
        noun=noun_of(row),
        unit=Unit(row["unit"]),
        category_name=in_language(row["category_fr"], row["category_en"]),
        gap=row["gap"] or 0,
        on_order=row["on_order"],
        expected=row["expected_on"],
        late=row["late"],
        aside=Aside(out_of_service=row["out_of_service"], in_repair=row["in_repair"]),
        exemption=Exemption(row["reason"], row["until_day"], row["decided_at"].astimezone(MONTREAL).date())
        if exempt
        else None,
    )
