"""Composing a selection. Each change asks for the version that the caller read, reprices the draft and makes them an author."""

from typing import Any, NamedTuple
from uuid import UUID

from msgspec import UNSET

from allocations.measures.rules import check_year
from allocations.ordering.queries import BY_BOARD
from allocations.ordering.rules import BoardOrders
from allocations.selections import queries, rules
from allocations.selections.offering import remember
from allocations.selections.reading import live
from allocations.selections.rules import State, Verb
from allocations.selections.schemas import LineChange, NewLine, NewSelection, SelectionOut
from allocations.selections.things import Thing, check_eligible, chosen, thing
from allocations.years.queries import check_choosing_in
from kit.actor import Actor, Scope
from kit.clock import now
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.errors import Invalid, NotFound, Stale
from kit.events import record
from kit.i18n import _
from kit.i18n import number as number_words
from kit.numbers import next_number

_DRAFT = """
INSERT INTO selection (number, board, school, envelope, year, title, state, composed_by, composed_by_name, made_at, note, priority,
                       wanted_by)
VALUES ($1, $2, $3, $4, $5, $6, 'draft', $7, $8, $9, $10, $11, $12)
"""

# The school's own envelope before one of the board's.
_PLACE = f"""
SELECT c.board, e.id AS envelope, e.id IS NOT NULL AND e.school IS NULL AS held_by_board,
       {BY_BOARD.format(school="c.code", board="c.board")} AS board_orders
FROM school c LEFT JOIN (envelope e JOIN measure m ON m.id = e.measure AND m.code = $2)
    ON e.year = $3 AND (e.school = c.code OR e.school IS NULL AND e.board = c.board)
WHERE c.code = $1 ORDER BY e.school NULLS LAST LIMIT 1
"""

_ADD = """
INSERT INTO selection_line (selection, board, school, bundle, product, choices, quantity, building, use, position)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, (SELECT coalesce(max(position), 0) + 1 FROM selection_line WHERE selection = $1))
"""

_SAME = """
SELECT id, quantity FROM selection_line WHERE selection = $1 AND bundle IS NOT DISTINCT FROM $2::uuid
    AND product IS NOT DISTINCT FROM $3::uuid AND choices::text[] IS NOT DISTINCT FROM $4::text[]
    AND building IS NOT DISTINCT FROM $5::text AND use = $6
"""

_PRICED = """
UPDATE selection SET before_tax_cents = $2, gst_cents = $3, qst_cents = $4, gst_rebate_cents = $5, qst_rebate_cents = $6,
    net_cents = $7, charged_cents = $8, version = version + 1 WHERE id = $1
"""


async def draft(who: Actor, new: NewSelection) -> SelectionOut:
    """Begin an empty selection on a school's envelope, or (no measure) on none yet: it can be priced and changed, not submitted.

    An envelope of the board's own is the board's to compose on, for one of its schools. Raises Invalid (no such envelope, wrong
    year, unknown school), Forbidden, YearClosed.
    """
    check_year(new.year)
    async with transaction(who):
        await check_choosing_in(who, new.year)
        place = await place_of(who, new.school, new.measure, new.year)
        series = f"P-{new.school}-{new.year[:4]}"
        number = f"{series}-{await next_number(series):03}"
        await execute(
            _DRAFT, number, place.board, new.school, place.envelope, new.year, new.title.strip(), who.person, who.name, now(),
            new.note.strip(), new.priority, new.wanted_by,
        )  # fmt: skip
        row = await queries.found(who, number)
        await make_author(who, row)
        await told(who, "drafted", row, after={"title": new.title, "measure": new.measure or "", "year": new.year})
        return await queries.whole(who, number)


class Place(NamedTuple):
    """The board of a school, and the envelope that pays (None: none yet)."""

    board: str
    envelope: UUID | None


async def place_of(who: Actor, school: str, measure: str | None, year: str) -> Place:
    """The envelope of a measure on which `who` may compose for a school: the school's, else the board's own.

    Raises Forbidden, Invalid (no such envelope or school). Call in a transaction.
    """
    found = await fetch_one(_PLACE, school, measure, year)
    by_board = found is not None and queries.composed_by_board(found)
    if found is not None:
        _check_who_orders(who, found, school)
    who.must(rules.right_of(Verb.edit, by_board=by_board), school=school)
    if found is None or (who.board is not None and found["board"] != who.board):
        raise Invalid({"school": _("Aucune de vos écoles n'a le code {code}.").format(code=school)})
    if measure is not None and found["envelope"] is None:
        sentence = _("L'école {school} n'a pas d'enveloppe de la mesure {measure} en {year}.")
        raise Invalid({"measure": sentence.format(school=school, measure=measure, year=year)})
    return Place(found["board"], found["envelope"])


async def put_line(who: Actor, number: str, line: NewLine, *, version: int | None) -> SelectionOut:
    """Add so many of a bundle or a product; the same thing for the same place and use is added to its line.

    Raises NotFound, Stale, WrongState, Invalid (unknown thing or building), NotEligible, TooManyLines.
    """
    async with transaction(who):
        row = await editing(who, number, version)
        found = await thing(line)
        if row["measure_id"] is not None:  # without an envelope, nothing says yet what is paid for
            await check_eligible(row, found)
        await _building(row, line.building)
        use = line.use.strip()
        same = await fetch_one(_SAME, row["id"], *found, line.building, use)
        quantity = line.quantity + (same["quantity"] if same else 0)
        _some(quantity)
        if same:
            await execute("UPDATE selection_line SET quantity = $2, seen = NULL WHERE id = $1", same["id"], quantity)
        else:
            if (
                await fetch_value("SELECT count(*) FROM selection_line WHERE selection = $1", row["id"])
                >= rules.MOST_LINES
            ):
                raise rules.TooManyLines(most=rules.MOST_LINES)
            place = (row["board"], row["school"])
            await execute(_ADD, row["id"], *place, *found, quantity, line.building, use)
        return await _edited(who, row, "line_put", before=None, after=line)


async def change_line(who: Actor, number: str, line: UUID, change: LineChange, *, version: int | None) -> SelectionOut:
    """Change the quantity, building, use or choices of a line; what is absent stays. Raises as `put_line`."""
    async with transaction(who):
        row = await editing(who, number, version)
        before = await _line(row, line)
        after = {
            name: before[name] if (value := getattr(change, name)) is UNSET else value
            for name in ("quantity", "building", "use")
        }
        _some(after["quantity"])
        await _building(row, after["building"])
        bundle = before.pop("bundle")
        if change.choices is not UNSET:
            after["choices"] = await chosen(bundle, change.choices)
            if row["measure_id"] is not None:
                await check_eligible(row, Thing(bundle, None, after["choices"]))
        await execute(
            "UPDATE selection_line SET quantity = $2, building = $3, use = $4, choices = $5, seen = NULL WHERE id = $1",
            line, after["quantity"], after["building"], after["use"], after.get("choices", before["choices"]),
        )  # fmt: skip
        return await _edited(who, row, "line_changed", before=before, after=after | {"name": before["name"]})


async def remove_line(who: Actor, number: str, line: UUID, *, version: int | None) -> SelectionOut:
    """Take a line out of a draft. Raises as `put_line`."""
    async with transaction(who):
        row = await editing(who, number, version)
        before = await _line(row, line)
        del before["bundle"]
        await execute("DELETE FROM selection_line WHERE id = $1", line)
        return await _edited(who, row, "line_removed", before=before, after=None)


async def locked(who: Actor, number: str, verb: Verb) -> Any:
    """The row of a selection, locked, for a verb that `who` may use in its school. Raises NotFound, Forbidden."""
    row = await queries.found(who, number, lock=True)
    _check_who_orders(who, row, row["school"])
    who.must(rules.right_of(verb, by_board=queries.composed_by_board(row)), school=row["school"])
    return row


def _check_who_orders(who: Actor, row: Any, school: str) -> None:
    """A team whose board orders reads why it may not; what it may do anyway is asked after."""
    if row["board_orders"] and who.scope is Scope.school:
        raise BoardOrders(school=school)


async def make_author(who: Actor, row: Any) -> None:
    """Remember who had a hand in it: they may not approve it."""
    if who.person is not None:
        await execute(
            "INSERT INTO selection_author (selection, person, board, school) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT DO NOTHING",
            row["id"], who.person, row["board"], row["school"],
        )  # fmt: skip


async def told(who: Actor, what: str, row: Any, *, before: Any = None, after: Any = None, why: str = "") -> None:
    """Write the event `selection.<what>`."""
    await record(
        who, f"selection.{what}", kind="selection", subject=row["number"], board=row["board"], school=row["school"],
        before=before, after=after, why=why,
    )  # fmt: skip


async def check_read(row: Any, version: int | None, *, error: type[Stale] = Stale) -> None:
    """Raise (Stale: who changed it, and when) unless `version` is the one that was read."""
    if not rules.is_read(row["version"], version):
        last = await fetch_one(
            "SELECT actor_name, at FROM event WHERE subject_kind = 'selection' AND subject = $1 ORDER BY at DESC, id DESC LIMIT 1",
            row["number"],
        )
        raise rules.changed(error, last["actor_name"], last["at"]) if last else error()


async def editing(who: Actor, number: str, version: int | None) -> Any:
    """The row of a draft, locked, that `who` has read in this version and may change. Raises as `put_line`."""
    row = await locked(who, number, Verb.edit)
    rules.after(State(row["state"]), Verb.edit)
    await check_read(row, version)
    return row


async def _edited(who: Actor, row: Any, what: str, *, before: Any, after: Any) -> SelectionOut:
    await repriced(who, row)
    await told(who, what, row, before=before, after=after)
    return await queries.whole(who, row["number"])


async def repriced(who: Actor, row: Any) -> None:
    """Price a draft that has just changed, count the change, and remember who made it."""
    found = await live(who, row)
    basket = found.basket
    await remember(row["id"], found.parts)
    priced = basket.priced
    await execute(
        _PRICED, row["id"], priced.before_tax, priced.gst, priced.qst, priced.gst_rebate, priced.qst_rebate, priced.net,
        basket.charged,
    )  # fmt: skip
    await make_author(who, row)


async def _building(row: Any, building: str | None) -> None:
    """Goods go to a building that the school is in."""
    if building is not None and not await fetch(
        "SELECT 1 FROM school_building WHERE school = $1 AND building = $2 AND closed_on IS NULL",
        row["school"],
        building,
    ):
        sentence = _("L'école {school} n'est pas dans l'immeuble {building}.")
        raise Invalid({"building": sentence.format(school=row["school"], building=building)})


async def _line(row: Any, line: UUID) -> dict[str, Any]:
    for found in await fetch(
        "SELECT l.quantity, l.building, l.use, coalesce(b.name, p.name) AS name, l.bundle, l.choices FROM selection_line l"
        " LEFT JOIN bundle b ON b.id = l.bundle LEFT JOIN product p ON p.id = l.product"
        " WHERE l.id = $1 AND l.selection = $2",
        line, row["id"],
    ):  # fmt: skip
        return dict(found)
    raise NotFound(_("Cette ligne n'est plus dans le panier. Rechargez la page."))


def _some(quantity: int) -> None:
    if not 1 <= quantity <= rules.MOST_UNITS:
        raise Invalid(
            {"quantity": _("La quantité d'une ligne va de 1 à {most}.").format(most=number_words(rules.MOST_UNITS))}
        )
