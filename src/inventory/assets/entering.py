"""How units become assets: serials checked against everybody's, tags and label codes given, rows and events in two statements."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from inventory.assets import queries, rules
from inventory.assets.rules import SerialsRefused, SerialTaken
from inventory.assets.schemas import NewAsset, NewUnit
from kit.actor import Actor, Scope, system
from kit.clock import now, today
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Invalid, NotFound, Refused, constraint
from kit.i18n import _
from kit.ids import new_label_code
from kit.numbers import next_numbers

constraint("asset_serial_once", SerialTaken)

# Of a unit what its JSON says; its serial, tag and label code beside it, in the same order.
_SHAPE = """board text, school text, building text, room text, category text, product uuid,
    name text, maker text, model text, note text, acquired_on date, warranty_until date, useful_until date,
    before_tax_cents bigint, net_cents bigint, envelope uuid, origin text, expected_source text, receipt_line uuid"""
_COLUMNS = ", ".join(column.split()[0] for column in _SHAPE.split(",")) + ", serial, tag, label_code"
# In the order of the serials: two receipts that share some wait for each other instead of deadlocking. One statement, however many.
_INSERT = f"""
WITH made AS (
    INSERT INTO asset ({_COLUMNS}, state, state_since, made_at)
    SELECT {_COLUMNS}, 'received', $5, $5 FROM ROWS FROM (
        jsonb_to_recordset($1::jsonb) AS ({_SHAPE}), unnest($2::text[]), unnest($3::text[]), unnest($4::text[])
    ) AS u ({_COLUMNS}) ORDER BY fold(serial), fold(maker)
    RETURNING tag, board, school, name, serial, building, room, origin, state
)
INSERT INTO event (at, actor, actor_name, what, subject_kind, subject, board, school, after, why, request)
SELECT $5, $6, $7, $9, 'asset', tag, board, school, jsonb_build_object('name', name, 'serial', serial, 'building', building,
    'room', room, 'origin', origin, 'state', state), '', $8 FROM made ORDER BY tag
"""


async def enter(who: Actor, units: Sequence[NewUnit], *, what: str) -> list[str]:
    """Insert the units as assets and record `what` for each; their tags. Call inside a transaction; the caller has asked for the right."""
    if not units:
        return []
    if who.scope is Scope.board and any(unit.board != who.board for unit in units):
        raise NotFound()
    serials = _cleaned(units)
    makers = [unit.maker for unit in units]
    if refused := await serials_refused(who, makers, serials):
        raise SerialsRefused(refused)
    tags, codes = await _tags(units), await _label_codes(len(units))
    try:
        async with transaction(who):
            await execute(
                _INSERT,
                msgspec.json.encode(units).decode(),
                serials,
                tags,
                codes,
                now(),
                who.key,
                who.name,
                who.request,
                what,
            )
    except SerialTaken:  # somebody was faster; say which, as if we had come after
        if refused := await serials_refused(who, makers, serials):
            raise SerialsRefused(refused) from None
        raise
    return tags


async def serials_refused(
    who: Actor, makers: Sequence[str], serials: Sequence[str | None], *, own: str | None = None
) -> dict[int, str]:
    """The sentence for each serial, by position from 1, that is twice on the list or already on a living asset but `own`."""
    async with transaction(system()):
        known = [row for row in await queries.serials_known(makers, serials) if row["tag"] is None or row["tag"] != own]
    async with transaction(who):
        seen = await queries.tags_seen([row["tag"] for row in known if row["tag"]])
    return {row["position"]: _sentence(row, serials[row["position"] - 1], seen) for row in known}


def _sentence(row: Mapping[str, Any], serial: str | None, seen: set[str]) -> str:
    if row["tag"] is None:
        return _("N° de série {serial}. Deux fois dans la liste : lignes {first} et {second}.").format(
            serial=serial, first=row["first"], second=row["position"]
        )
    if row["tag"] in seen:
        return _("N° de série {serial}. Déjà inscrit : bien {tag}.").format(serial=serial, tag=row["tag"])
    return _("N° de série {serial}. Déjà inscrit ailleurs : mettez-le de côté et ouvrez un billet.").format(
        serial=serial
    )


def _cleaned(units: Sequence[NewUnit]) -> list[str | None]:
    cleaned: list[str | None] = []
    refused: dict[int, str] = {}
    for position, unit in enumerate(units, 1):
        try:
            cleaned.append(rules.serial_number(unit.serial))
        except Refused as error:
            refused[position] = error.detail
    if refused:
        raise SerialsRefused(refused)
    return cleaned


async def _tags(units: Sequence[NewUnit]) -> list[str]:
    """Consecutive numbers of each board's series; boards in order, so that two callers lock the series alike."""
    numbers = {}
    for board in sorted({unit.board for unit in units}):
        numbers[board] = iter(await next_numbers(rules.series(board), sum(1 for unit in units if unit.board == board)))
    return [rules.tag(unit.board, next(numbers[unit.board])) for unit in units]


async def _label_codes(how_many: int) -> list[str]:
    """Codes that no asset of any board bears. A second round is needed about once in thousands of receipts."""
    codes: set[str] = set()
    async with transaction(system()):
        while len(codes) < how_many:
            fresh = {new_label_code() for _ in range(how_many - len(codes))}
            codes |= fresh - await queries.label_codes_taken(list(fresh))
    return list(codes)


async def unit_of(who: Actor, new: NewAsset) -> NewUnit:
    """What a person typed, completed from the catalogue and checked. Raises Invalid by field, NotFound for another's school."""
    school = await fetch_one("SELECT code, board FROM school WHERE code = $1", new.school)
    if school is None:
        raise NotFound(
            _("L'école {school} n'existe pas ou ne fait pas partie de votre accès.").format(school=new.school)
        )
    who.must("asset.write", school=new.school)
    if new.acquired_on and new.acquired_on > today():
        raise Invalid({"acquired_on": _("La date d'acquisition est dans l'avenir.")})
    if new.building is not None:
        await queries.place_of(new.school, new.building)
    found = await _product(new.product, new.acquired_on) if new.product is not None else {}
    name, category = new.name.strip() or found.get("name", ""), new.category or found.get("category", "")
    if not name:
        raise Invalid({"name": _("Donnez un nom au bien.")})
    if not await fetch_value("SELECT true FROM category WHERE code = $1", category):
        raise Invalid({"category": _("« {category} » n'est pas une catégorie d'équipement.").format(category=category)})
    return NewUnit(
        board=school["board"],
        school=new.school,
        building=new.building,
        room=new.room.strip(),
        category=category,
        product=found.get("id"),
        name=name,
        maker=new.maker.strip() or found.get("maker", ""),
        model=new.model.strip() or found.get("model", ""),
        serial=new.serial,
        before_tax_cents=new.before_tax_cents,
        acquired_on=new.acquired_on,
        warranty_until=new.warranty_until or found.get("warranty_until"),
        useful_until=new.useful_until or found.get("useful_until"),
        note=new.note.strip(),
    )


async def _product(code: str, acquired_on: date | None) -> dict[str, Any]:
    """A product of the catalogue, with the ends of its warranty and useful life (None where the day or the length is not known)."""
    row = await fetch_one(
        "SELECT id, category, name, maker, model, ($2::date + make_interval(months => warranty_months))::date AS warranty_until,"
        " ($2::date + make_interval(months => useful_life_months))::date AS useful_until FROM product WHERE code = $1",
        code, acquired_on,
    )  # fmt: skip
    if row is None:
        raise Invalid({"product": _("Le produit {code} n'est pas au catalogue.").format(code=code)})
    return dict(row)
