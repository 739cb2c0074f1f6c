"""Reads of assets."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from inventory.assets.rules import State, floor_sentence, moves_from
from inventory.assets.schemas import AssetFile, AssetOut, LabelOut
from inventory.tickets.queries import open_of_asset
from kit.actor import Actor, system
from kit.clock import today
from kit.database import fetch, fetch_as, fetch_one, fetch_value, transaction
from kit.errors import Invalid, NotFound
from kit.events import timeline
from kit.filters import Where, searched, visible
from kit.i18n import _, name_sql
from kit.paging import DEFAULT_LIMIT, Page, check_limit, decode, page
from kit.waiting import Waiting, waiting

# LEFT JOIN: a school or building that has left the board's network still names what it holds, and hides nothing.
_NAMES = """LEFT JOIN school s ON s.code = a.school LEFT JOIN building b ON b.code = a.building
    JOIN category c ON c.code = a.category LEFT JOIN product p ON p.id = a.product"""
TRIGRAM = 3  # characters; a shorter fragment is in no trigram index
# What `rules.counts_for_floor` says, in SQL; a test holds the two together.
COUNTS = "a.state IN ('in_service', 'on_loan') AND (a.useful_until IS NULL OR a.useful_until >= {day})"


def _columns(day: str) -> str:
    category = name_sql("c")
    return f"""a.tag, a.label_code, a.board, a.school, coalesce(s.name, '') AS school_name,
        a.building, coalesce(b.name, '') AS building_name, a.room, a.category, {category} AS category_name,
        p.code AS product, a.name, a.maker, a.model, a.serial, a.state, a.state_since, {COUNTS.format(day=day)} AS counts,
        a.note, a.origin, a.acquired_on, a.in_service_on, a.warranty_until, a.useful_until,
        a.before_tax_cents, a.net_cents, a.version"""


_STATES = {state.value: state for state in State}


def _out(row: Mapping[str, Any]) -> AssetOut:
    asset = AssetOut(**row)
    asset.state = _STATES[row["state"]]
    return asset


async def _select(where: Where, *, limit: int | None = None) -> list[AssetOut]:
    """Assets in the order of their tags. Names are looked up for those that are shown alone: a fragment may find 100,000."""
    columns = _columns(f"{where.argument(today())}::date")
    cut = "" if limit is None else f"ORDER BY a.tag LIMIT {limit}"
    rows = await fetch(
        f"SELECT {columns} FROM (SELECT a.* FROM asset a WHERE {where} {cut}) a {_NAMES} ORDER BY a.tag", *where.args
    )
    return [_out(row) for row in rows]


async def search(
    who: Actor,
    *,
    text: str = "",
    school: str | None = None,
    state: State | None = None,
    category: str | None = None,
    limit: int = DEFAULT_LIMIT,
    after: str | None = None,
) -> Page[AssetOut]:
    """Assets by tag. An exact tag, serial or label code finds that alone; else every word of `text` is a fragment of what
    describes the asset or its school, accents and case ignored.

    Among all the province's assets, words of one or two characters alone are the start of a tag or of a serial.
    """
    check_limit(limit)
    place = decode(after, keys=1)
    text = searched(text)
    async with transaction(who):
        where = visible(who, "asset.read", board="a.board", school="a.school")
        for column, value in (("school", school), ("state", state and state.value), ("category", category)):
            if value is not None:
                where.add(f"a.{column} = {{}}", value)
        if place is None and text and (exact := await _exact(where, text)):
            return Page(items=exact[:limit])
        if text:
            await _add_words(where, text, everywhere=not who.board and school is None)
        if place is not None:
            where.add("a.tag > {}", str(place[0]))
        rows = await _select(where, limit=limit + 1)
    return page(rows, limit, lambda asset: (asset.tag,))


async def _exact(mine: Where, text: str) -> list[AssetOut]:
    """Assets that bear this very code: one, or those of several makers with one serial."""
    where = Where()
    where.parts, where.args = list(mine.parts), list(mine.args)
    code, serial = where.argument(text.upper()), where.argument(text)
    where.parts.append(f"(a.tag = {code} OR a.label_code = {code} OR a.serial_key = fold({serial}))")
    return await _select(where, limit=50)


# For each word: its folded form, the LIKE pattern of it (its own % and _ taken literally), the schools that it describes.
_WORDS = r"""
WITH word AS MATERIALIZED (SELECT fold(w) AS word FROM unnest($1::text[]) w),
    pattern AS MATERIALIZED (SELECT word, '%' || regexp_replace(word, '([\\%_])', '\\\1', 'g') || '%' AS pattern FROM word)
SELECT word, pattern, ARRAY(SELECT s.code FROM school s WHERE s.code LIKE pattern OR s.name_key LIKE pattern) AS schools,
    set_config('plan_cache_mode', 'force_custom_plan', true)  -- one school or all of them: not the same plan
FROM pattern
"""
# Under row-level security the planner may not look at what a LIKE would find, and takes every pattern for a rare one: it would
# read 350,000 tablets to show fifty. A sample says better (the same pages each time: they stay
# in memory); what is everywhere is soon met by reading in the order of the tags.
_FREQUENT = """
SELECT set_config(planner, 'off', true) FROM unnest('{enable_bitmapscan,enable_seqscan,enable_sort}'::text[]) planner
WHERE (SELECT count(*) FILTER (WHERE search_key LIKE ALL($1::text[])) > 0.01 * count(*) FROM asset TABLESAMPLE SYSTEM (0.2) REPEATABLE (1))
"""


async def _add_words(where: Where, text: str, *, everywhere: bool) -> None:
    """Ask for every word of `text`. `everywhere`: no board or school bounds the rows, so an index must serve."""
    words = await fetch(_WORDS, text.split(" "))
    starts = everywhere and all(len(word["word"]) < TRIGRAM for word in words)
    for word in words:
        if starts:
            start = where.argument(word["word"])
            where.parts.append(f"(a.tag ^@ upper({start}) OR a.serial_key ^@ {start})")
            continue
        found = f"a.search_key LIKE {where.argument(word['pattern'])}"
        if word["schools"]:
            found += f" OR a.school = ANY({where.argument(word['schools'])}::text[])"
        where.parts.append(f"({found})")
    if everywhere and not starts:
        await fetch(_FREQUENT, [word["pattern"] for word in words])


async def by_tags(who: Actor, tags: Sequence[str]) -> list[AssetOut]:
    """The assets of these tags in the order of the tags. Raises NotFound, naming the first that is absent or not theirs."""
    async with transaction(who):
        where = visible(who, "asset.read", board="a.board", school="a.school")
        where.add("a.tag = ANY({}::text[])", list(tags))
        found = {asset.tag: asset for asset in await _select(where)}
    for tag in tags:
        if tag not in found:
            raise NotFound(_("Le bien {tag} n'existe pas ou ne fait pas partie de votre accès.").format(tag=tag))
    return [found[tag] for tag in tags]


async def one(who: Actor, tag: str) -> AssetFile:
    """An asset with its timeline, its open tickets and why it counts for the floor or not."""
    async with transaction(who):
        asset = (await by_tags(who, [tag]))[0]
        return AssetFile(
            asset=asset,
            floor=floor_sentence(asset.state, asset.useful_until, today()),
            order=asset.origin or None,
            open_tickets=await open_of_asset(who, tag),
            moves=[move.what for move in moves_from(asset.state)],
            timeline=await timeline("asset", tag),
        )


async def by_label_code(code: str) -> LabelOut:
    """What anyone may know of the device that bears this label. Raises NotFound for a code that we never printed."""
    async with transaction(system()):
        found = await fetch_as(
            LabelOut,
            "SELECT a.tag, coalesce(nullif(concat_ws(' ', nullif(a.maker, ''), nullif(a.model, '')), ''), a.name) AS model,"
            " s.name AS school_name FROM asset a JOIN school s ON s.code = a.school WHERE a.label_code = $1",
            code.strip().replace("\0", "").upper(),
        )
    if not found:
        raise NotFound(_("Étiquette inconnue. Vérifiez les 8 caractères."))
    return found[0]


async def to_put_into_service(who: Actor) -> Waiting:
    """How many devices are received and not yet in service, the oldest by its receipt."""
    where = visible(who, "asset.write", board="a.board", school="a.school")
    where.add("a.state = {}", State.received.value)
    async with transaction(who):
        sql = f"SELECT count(*)::int AS n, min(a.state_since) AS since FROM asset a WHERE {where}"
        return waiting(await fetch_one(sql, *where.args))


async def counted(who: Actor, school: str, on: date | None = None) -> dict[str, int]:
    """How many assets of each category count for a school's floor on a day (today by default)."""
    async with transaction(who):
        where = visible(who, "asset.read", board="a.board", school="a.school")
        where.add("a.school = {}", school)
        where.add(COUNTS.format(day="{}::date"), on or today())
        rows = await fetch(f"SELECT category, count(*) AS n FROM asset a WHERE {where} GROUP BY category", *where.args)
    return {row["category"]: row["n"] for row in rows}


# For operations -----------------------------------------------------------------------------------------------------


async def locked(who: Actor, tags: Sequence[str], *, right: str = "asset.write") -> list[Any]:
    """Rows of these assets, locked in the order of their tags. NotFound for one not theirs, Forbidden without the right."""
    where = visible(who, "asset.read", board="a.board", school="a.school")
    where.add("a.tag = ANY({}::text[])", list(tags))
    rows = await fetch(f"SELECT * FROM asset a WHERE {where} ORDER BY a.tag FOR UPDATE", *where.args)
    known = {row["tag"] for row in rows}
    for tag in tags:
        if tag not in known:
            raise NotFound(_("Le bien {tag} n'existe pas ou ne fait pas partie de votre accès.").format(tag=tag))
    for school in {row["school"] for row in rows}:
        who.must(right, school=school)
    return rows


async def place_of(school: str, building: str) -> None:
    """Raise Invalid unless the building is one that the school is in today."""
    if not await fetch_value(
        "SELECT true FROM school_building WHERE school = $1 AND building = $2 AND closed_on IS NULL", school, building
    ):
        raise Invalid(
            {
                "building": _("L'immeuble {building} n'est pas un immeuble de l'école {school}.").format(
                    building=building, school=school
                )
            }
        )


async def serials_known(makers: Sequence[str], serials: Sequence[str | None]) -> list[Any]:
    """For each unit with a serial that is on the list before it, or on a living asset anywhere: its place from 1, the place
    of the first on the list, and that asset's tag if any. Call in the system's scope: a neighbour's asset counts too.
    """
    return await fetch(
        """WITH units AS (
            SELECT position, fold(u.serial) AS serial_key, fold(u.maker) AS maker_key,
                   min(position) OVER (PARTITION BY fold(u.serial), fold(u.maker)) AS first
            FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u (maker, serial, position) WHERE u.serial IS NOT NULL
        )
        SELECT u.position, u.first, a.tag FROM units u
        LEFT JOIN asset a ON a.serial_key = u.serial_key AND fold(a.maker) = u.maker_key AND a.state NOT IN ('returned', 'void', 'retired')
        WHERE a.tag IS NOT NULL OR u.first < u.position ORDER BY u.position""",
        list(makers), list(serials),
    )  # fmt: skip


async def tags_seen(tags: Sequence[str]) -> set[str]:
    """Those of the tags that the scope of the moment sees."""
    return {row["tag"] for row in await fetch("SELECT tag FROM asset WHERE tag = ANY($1::text[])", list(tags))}


async def label_codes_taken(codes: Sequence[str]) -> set[str]:
    rows = await fetch("SELECT label_code FROM asset WHERE label_code = ANY($1::text[])", list(codes))
    return {row["label_code"] for row in rows}
