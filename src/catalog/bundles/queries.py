"""Bundles with their lines, prices on a day and trainings: one statement, whatever their number."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from catalog.bundles.exploding import exploding
from catalog.bundles.rules import LEVELS, price_lines, tracked_units
from catalog.bundles.schemas import BundleLineOut, BundleOut, BundlePartOut, BundlePhotoOut, BundleTrainingOut
from catalog.products.queries import CHEAPEST
from catalog.taxes.queries import rates_on
from catalog.taxes.rules import Priced, Taxes
from kit import clock, paging
from kit.actor import Actor
from kit.database import fetch, transaction
from kit.errors import Invalid, NotFound
from kit.i18n import _, name_sql
from kit.paging import Page

# $1 is the day; `e` a line of exploded bundles (see `exploding`).
_LINES = f"""
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'product', p.code, 'name', p.name, 'name_en', p.name_en, 'category', p.category, 'kind', p.kind, 'tracked', p.tracked,
    'closed', p.closed_on IS NOT NULL AND p.closed_on <= $1, 'quantity', e.quantity, 'path', e.path,
    'supplier', x.supplier_code, 'supplier_name', x.supplier_name, 'unit_before_tax_cents', x.before_tax_cents,
    'price_until', x.until_day, 'expired_on', x.expired_on, 'sample', coalesce(x.sample, false)
) ORDER BY e.places, p.code), '[]') AS lines
FROM exploded e JOIN product p ON p.id = e.product LEFT JOIN LATERAL ({CHEAPEST}) x ON true WHERE e.root = b.id
"""
_PARTS = """
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'key', coalesce(p.code, n.slug), 'product', p.code, 'bundle', n.slug, 'edition', n.edition, 'name', coalesce(p.name, n.name),
    'name_en', coalesce(p.name_en, n.name_en), 'quantity', l.quantity, 'optional', l.optional, 'choice', l.choice, 'taken', l.taken
) ORDER BY l.position), '[]') AS parts
FROM bundle_line l LEFT JOIN product p ON p.id = l.product LEFT JOIN bundle n ON n.id = l.nested WHERE l.bundle = b.id
"""
_TRAININGS = """
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'code', t.code, 'category', t.category, 'kind', t.kind, 'name', t.name, 'name_en', t.name_en, 'quantity', bt.quantity,
    'description', t.description, 'minutes', t.minutes, 'address', t.address, 'closed_on', t.closed_on, 'version', t.version
) ORDER BY t.kind DESC, t.code), '[]') AS trainings
FROM bundle_training bt JOIN training t ON t.id = bt.training WHERE bt.bundle = b.id AND (t.closed_on IS NULL OR t.closed_on > $1)
"""
_PHOTO = """
SELECT jsonb_build_object('media_type', f.media_type, 'size', octet_length(f.content), 'sha256', f.sha256, 'words', f.words,
    'words_en', f.words_en) AS photo FROM bundle_photo f WHERE f.slug = b.slug
"""
_SELECT = f"""
, exploded AS ({exploding("SELECT id AS root, id AS bundle, NULL::text[] AS choices FROM b")})
SELECT b.*, lines.lines, parts.parts, trainings.trainings, photo.photo FROM b LEFT JOIN LATERAL ({_PHOTO}) photo ON true
CROSS JOIN LATERAL ({_LINES}) lines CROSS JOIN LATERAL ({_PARTS}) parts CROSS JOIN LATERAL ({_TRAININGS}) trainings
ORDER BY b.name_key, b.slug, b.edition DESC
"""
_OPEN = """
WITH RECURSIVE b AS (SELECT * FROM bundle WHERE ($2::text IS NULL OR category = $2) AND state = 'published'
    AND (closed_on IS NULL OR closed_on > $1)
    AND CASE $3::text WHEN 'preschool' THEN for_preschool WHEN 'primary' THEN for_primary
        WHEN 'secondary' THEN for_secondary WHEN 'adult' THEN for_adult ELSE true END
    AND (name_key, slug) > ($4, $5) ORDER BY name_key, slug LIMIT $6)
"""


async def list_bundles(
    who: Actor, *, category: str | None = None, level: str | None = None, on_day: date | None = None
) -> list[BundleOut]:
    """Every open bundle of a category and level (or of all), by name, priced on a day (today). Raises Invalid for a level."""
    day = on_day or clock.today()
    rows, taxes = await _open(who, category, level, day, ("", ""), None)
    return [_bundle(row, taxes, day) for row in rows]


async def search(
    who: Actor,
    *,
    category: str | None = None,
    level: str | None = None,
    on_day: date | None = None,
    limit: int = paging.DEFAULT_LIMIT,
    after: str | None = None,
) -> Page[BundleOut]:
    """A page of `list_bundles`."""
    paging.check_limit(limit)
    key, slug = paging.decode(after, keys=2) or ("", "")
    day = on_day or clock.today()
    rows, taxes = await _open(who, category, level, day, (str(key), str(slug)), limit + 1)
    found = paging.page(rows, limit, lambda row: (row["name_key"], row["slug"]))
    return Page([_bundle(row, taxes, day) for row in found.items], found.next)


async def one(who: Actor, slug: str, *, on_day: date | None = None, edition: int | None = None) -> BundleOut:
    """A bundle by its slug, offered or not, priced on a day (today): an edition, else the newest that is no draft.

    Raises NotFound.
    """
    found = await _editions(who, "slug = $2 AND edition = coalesce($3, (SELECT max(edition) FROM bundle WHERE slug = $2"
                            " AND state <> 'draft'))", on_day or clock.today(), slug, edition)  # fmt: skip
    if not found:
        raise NotFound()
    return found[0]


async def editions(who: Actor, slug: str) -> list[BundleOut]:
    """All editions of a bundle, newest first, drafts too for those who write them, priced today. Raises NotFound."""
    found = await _editions(who, "slug = $2", clock.today(), slug)
    if not found:
        raise NotFound()
    return found


async def _editions(who: Actor, where: str, day: date, *args: object) -> list[BundleOut]:
    who.must("catalogue.read")
    if not who.may("catalogue.write"):
        where += " AND state <> 'draft'"
    async with transaction(who):
        rows = await fetch(f"WITH RECURSIVE b AS (SELECT * FROM bundle WHERE {where}) {_SELECT}", day, *args)
        return [_bundle(row, await rates_on(who, day), day) for row in rows] if rows else []


async def names_of(who: Actor, slugs: Sequence[str]) -> dict[str, str]:
    """The names of bundles by their slugs, in the reader's language."""
    who.must("catalogue.read")
    name = name_sql("b")
    async with transaction(who):
        rows = await fetch(
            f"SELECT DISTINCT ON (slug) slug, {name} AS name FROM bundle b WHERE slug = ANY($1::text[]) AND state <> 'draft'"
            " ORDER BY slug, edition DESC",
            list(slugs),
        )
    return {row["slug"]: row["name"] for row in rows}


async def trainings_of(who: Actor, slugs: Sequence[str]) -> dict[str, list[BundleTrainingOut]]:
    """The trainings that go with these bundles, by slug; bundles without one are left out."""
    who.must("catalogue.read")
    async with transaction(who):
        rows = await fetch(
            "SELECT b.slug, t.trainings FROM (SELECT DISTINCT ON (slug) id, slug FROM bundle WHERE slug = ANY($2::text[])"
            f" AND state <> 'draft' ORDER BY slug, edition DESC) b CROSS JOIN LATERAL ({_TRAININGS}) t",
            clock.today(), list(slugs),
        )  # fmt: skip
    found = {row["slug"]: msgspec.json.decode(row["trainings"], type=list[BundleTrainingOut]) for row in rows}
    return {slug: trainings for slug, trainings in found.items() if trainings}


async def _open(
    who: Actor, category: str | None, level: str | None, day: date, after: tuple[str, str], limit: int | None
) -> tuple[list[Any], Taxes]:
    who.must("catalogue.read")
    if level is not None and level not in LEVELS:
        raise Invalid({"level": _("« level » est l'un de : {levels}.").format(levels=", ".join(LEVELS))})
    async with transaction(who):
        return await fetch(_OPEN + _SELECT, day, category, level, *after, limit), await rates_on(who, day)


def _bundle(row: Any, taxes: Taxes, day: date) -> BundleOut:
    lines = msgspec.json.decode(row["lines"], type=list[BundleLineOut])
    priced = price_lines(lines, taxes) if lines else None
    ended = [line.expired_on for line in lines if line.expired_on]
    closed = row["closed_on"] is not None and row["closed_on"] <= day
    return BundleOut(
        id=row["id"],
        slug=row["slug"],
        edition=row["edition"],
        state="retired" if row["state"] == "published" and closed else row["state"],
        name=row["name"],
        name_en=row["name_en"],
        category=row["category"],
        description=row["description"],
        description_en=row["description_en"],
        levels=[level for level in LEVELS if row[f"for_{level}"]],
        source=row["source"],
        pupils_each=row["pupils_each"],
        published_on=row["published_on"],
        closed_on=row["closed_on"],
        version=row["version"],
        lines=lines,
        parts=msgspec.json.decode(row["parts"], type=list[BundlePartOut]),
        trainings=msgspec.json.decode(row["trainings"], type=list[BundleTrainingOut]),
        units=tracked_units(lines),
        **_figures(priced),
        price_expired=bool(ended),
        price_expired_on=min(ended, default=None),
        available=priced is not None
        and not ended
        and not any(line.closed for line in lines)
        and row["state"] == "published"
        and not closed,
        sample=row["sample"] or any(line.sample for line in lines),
        photo=msgspec.json.decode(row["photo"], type=BundlePhotoOut) if row["photo"] else None,
    )


def _figures(priced: Priced | None) -> dict[str, int | None]:
    names = ("before_tax", "gst", "qst", "gst_rebate", "qst_rebate", "net")
    return {f"{name}_cents": getattr(priced, name) if priced else None for name in names}
