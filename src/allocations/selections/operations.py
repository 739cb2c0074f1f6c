"""Composing a selection. Each change asks for the version that the caller read, reprices the draft and makes them an author."""

from typing import Any
from uuid import UUID

from msgspec import UNSET

from allocations.envelopes import queries as envelopes
from allocations.measures.rules import check_year
from allocations.selections import queries, rules
from allocations.selections.reading import live
from allocations.selections.rules import State, Verb
from allocations.selections.schemas import LineChange, NewLine, NewSelection, SelectionOut
from allocations.years.queries import check_open
from kit.actor import Actor
from kit.clock import now, today
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.errors import Invalid, NotFound
from kit.events import record
from kit.i18n import _, name_sql
from kit.i18n import number as number_words
from kit.numbers import next_number

_DRAFT = """
INSERT INTO selection (number, board, school, envelope, year, title, state, composed_by, composed_by_name, made_at)
VALUES ($1, $2, $3, $4, $5, $6, 'draft', $7, $8, $9)
"""

_ADD = """
INSERT INTO selection_line (selection, board, school, bundle, product, quantity, building, use, position)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, (SELECT coalesce(max(position), 0) + 1 FROM selection_line WHERE selection = $1))
"""

_SAME = """
SELECT id, quantity FROM selection_line WHERE selection = $1 AND bundle IS NOT DISTINCT FROM $2::uuid
    AND product IS NOT DISTINCT FROM $3::uuid AND building IS NOT DISTINCT FROM $4::text AND use = $5
"""

_PRICED = """
UPDATE selection SET before_tax_cents = $2, gst_cents = $3, qst_cents = $4, gst_rebate_cents = $5, qst_rebate_cents = $6,
    net_cents = $7, charged_cents = $8, version = version + 1 WHERE id = $1
"""

# Categories of a bundle's products, or of a product, that the measure does not pay for.
_NOT_ELIGIBLE = """
SELECT {name} AS name, {category} AS category FROM product p JOIN category c ON c.code = p.category
WHERE (p.id = $2 OR p.id IN (SELECT product FROM bundle_line WHERE bundle = $1))
    AND p.category NOT IN (SELECT category FROM measure_category WHERE measure = $3) ORDER BY p.name LIMIT 1
"""


async def draft(who: Actor, new: NewSelection) -> SelectionOut:
    """Begin an empty selection on a school's envelope. Raises Invalid (no such envelope, wrong year), YearClosed."""
    who.must("selection.compose", school=new.school)
    check_year(new.year)
    async with transaction(who):
        await check_open(who, new.year)
        try:
            envelope = await envelopes.of_measure(who, new.school, new.measure, new.year)
        except NotFound:
            sentence = _("L'école {school} n'a pas d'enveloppe de la mesure {measure} en {year}.")
            text = sentence.format(school=new.school, measure=new.measure, year=new.year)
            raise Invalid({"measure": text}) from None
        series = f"P-{new.school}-{new.year[:4]}"
        number = f"{series}-{await next_number(series):03}"
        await execute(
            _DRAFT,
            number,
            envelope.board,
            new.school,
            envelope.id,
            new.year,
            new.title.strip(),
            who.person,
            who.name,
            now(),
        )
        row = await queries.found(who, number)
        await make_author(who, row)
        await told(who, "drafted", row, after={"title": new.title, "measure": new.measure, "year": new.year})
        return await queries.whole(who, number)


async def put_line(who: Actor, number: str, line: NewLine, *, version: int | None) -> SelectionOut:
    """Add so many of a bundle or a product; the same thing for the same place and use is added to its line.

    Raises NotFound, Stale, WrongState, Invalid (unknown thing or building), NotEligible, TooManyLines.
    """
    async with transaction(who):
        row = await editing(who, number, version)
        bundle, product = await _thing(line)
        await _eligible(row, bundle, product)
        await _building(row, line.building)
        use = line.use.strip()
        same = await fetch_one(_SAME, row["id"], bundle, product, line.building, use)
        quantity = line.quantity + (same["quantity"] if same else 0)
        _some(quantity)
        if same:
            await execute("UPDATE selection_line SET quantity = $2 WHERE id = $1", same["id"], quantity)
        else:
            if (
                await fetch_value("SELECT count(*) FROM selection_line WHERE selection = $1", row["id"])
                >= rules.MOST_LINES
            ):
                raise rules.TooManyLines(most=rules.MOST_LINES)
            place = (row["board"], row["school"])
            await execute(_ADD, row["id"], *place, bundle, product, quantity, line.building, use)
        return await _edited(who, row, "line_put", before=None, after=line)


async def change_line(who: Actor, number: str, line: UUID, change: LineChange, *, version: int | None) -> SelectionOut:
    """Change the quantity, building or use of a line; what is absent stays. Raises as `put_line`."""
    async with transaction(who):
        row = await editing(who, number, version)
        before = await _line(row, line)
        after = {
            name: before[name] if (value := getattr(change, name)) is UNSET else value
            for name in ("quantity", "building", "use")
        }
        _some(after["quantity"])
        await _building(row, after["building"])
        await execute(
            "UPDATE selection_line SET quantity = $2, building = $3, use = $4 WHERE id = $1", line, *after.values()
        )
        return await _edited(who, row, "line_changed", before=before, after=after | {"name": before["name"]})


async def remove_line(who: Actor, number: str, line: UUID, *, version: int | None) -> SelectionOut:
    """Take a line out of a draft. Raises as `put_line`."""
    async with transaction(who):
        row = await editing(who, number, version)
        before = await _line(row, line)
        await execute("DELETE FROM selection_line WHERE id = $1", line)
        return await _edited(who, row, "line_removed", before=before, after=None)


async def locked(who: Actor, number: str, verb: Verb) -> Any:
    """The row of a selection, locked, for a verb that `who` may use in its school. Raises NotFound, Forbidden."""
    row = await queries.found(who, number, lock=True)
    who.must(rules.RIGHTS[verb], school=row["school"])
    return row


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


async def editing(who: Actor, number: str, version: int | None) -> Any:
    """The row of a draft, locked, that `who` has read in this version and may change. Raises as `put_line`."""
    row = await locked(who, number, Verb.edit)
    rules.after(State(row["state"]), Verb.edit)
    rules.check_version(row["version"], version)
    return row


async def _edited(who: Actor, row: Any, what: str, *, before: Any, after: Any) -> SelectionOut:
    await repriced(who, row)
    await told(who, what, row, before=before, after=after)
    return await queries.whole(who, row["number"])


async def repriced(who: Actor, row: Any) -> None:
    """Price a draft that has just changed, count the change, and remember who made it."""
    basket = (await live(who, row)).basket
    priced = basket.priced
    await execute(
        _PRICED, row["id"], priced.before_tax, priced.gst, priced.qst, priced.gst_rebate, priced.qst_rebate, priced.net,
        basket.charged,
    )  # fmt: skip
    await make_author(who, row)


async def _thing(line: NewLine) -> tuple[UUID | None, UUID | None]:
    """The keys of the bundle or of the product that a line names."""
    if (line.bundle is None) == (line.product is None):
        raise Invalid({"bundle": _("Nommez un combo ou un produit, l'un des deux.")})
    open_today = "AND (closed_on IS NULL OR closed_on > $2)"
    if line.bundle is not None:
        bundle = await fetch_value(f"SELECT id FROM bundle WHERE slug = $1 {open_today}", line.bundle, today())
        if bundle is None:
            raise Invalid({"bundle": _("Le combo « {code} » n'est pas au catalogue.").format(code=line.bundle)})
        return bundle, None
    product = await fetch_value(f"SELECT id FROM product WHERE code = $1 {open_today}", line.product, today())
    if product is None:
        raise Invalid({"product": _("Le produit « {code} » n'est pas au catalogue.").format(code=line.product)})
    return None, product


async def _eligible(row: Any, bundle: UUID | None, product: UUID | None) -> None:
    if found := await fetch_one(
        _NOT_ELIGIBLE.format(name=name_sql("p"), category=name_sql("c")), bundle, product, row["measure_id"]
    ):
        raise rules.NotEligible(measure=row["measure_code"], name=found["name"], category=found["category"])


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
        "SELECT l.quantity, l.building, l.use, coalesce(b.name, p.name) AS name FROM selection_line l"
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
