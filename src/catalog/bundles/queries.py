"""Bundles with their lines, prices on a day and trainings: one statement, whatever their number."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from catalog.bundles.rules import LEVELS, price_lines, tracked_units
from catalog.bundles.schemas import BundleLineOut, BundleOut
from catalog.products.queries import CHEAPEST
from catalog.taxes.queries import rates_on
from catalog.taxes.rules import Priced, Taxes
from catalog.trainings.schemas import TrainingOut
from kit import clock, paging
from kit.actor import Actor
from kit.database import fetch, transaction
from kit.errors import Invalid, NotFound
from kit.i18n import _, name_sql
from kit.paging import Page

_LINES = f"""
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'product', p.code, 'name', p.name, 'name_en', p.name_en, 'category', p.category, 'kind', p.kind, 'tracked', p.tracked,
    'closed', p.closed_on IS NOT NULL AND p.closed_on <= $1, 'quantity', l.quantity,
    'supplier', x.supplier_code, 'supplier_name', x.supplier_name, 'unit_before_tax_cents', x.before_tax_cents,
    'price_until', x.until_day, 'expired_on', x.expired_on, 'sample', coalesce(x.sample, false)
) ORDER BY l.position, p.code), '[]') AS lines
FROM bundle_line l JOIN product p ON p.id = l.product LEFT JOIN LATERAL ({CHEAPEST}) x ON true WHERE l.bundle = b.id
"""
_TRAININGS = """
SELECT coalesce(jsonb_agg(jsonb_build_object(
    'code', t.code, 'category', t.category, 'kind', t.kind, 'name', t.name, 'name_en', t.name_en,
    'description', t.description, 'minutes', t.minutes, 'address', t.address, 'closed_on', t.closed_on, 'version', t.version
) ORDER BY t.kind DESC, t.code), '[]') AS trainings
FROM bundle_training bt JOIN training t ON t.id = bt.training WHERE bt.bundle = b.id AND (t.closed_on IS NULL OR t.closed_on > $1)
"""
_SELECT = f"""
SELECT b.*, lines.lines, trainings.trainings FROM b
CROSS JOIN LATERAL ({_LINES}) lines CROSS JOIN LATERAL ({_TRAININGS}) trainings ORDER BY b.name_key, b.slug
"""
_OPEN = """
WITH b AS (SELECT * FROM bundle WHERE ($2::text IS NULL OR category = $2) AND (closed_on IS NULL OR closed_on > $1)
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


async def one(who: Actor, slug: str, *, on_day: date | None = None) -> BundleOut:
    """A bundle by its slug, closed or not, priced on a day (today). Raises NotFound."""
    who.must("catalogue.read")
    day = on_day or clock.today()
    async with transaction(who):
        rows = await fetch(f"WITH b AS (SELECT * FROM bundle WHERE slug = $2) {_SELECT}", day, slug)
        if not rows:
            raise NotFound()
        return _bundle(rows[0], await rates_on(who, day), day)


async def names_of(who: Actor, slugs: Sequence[str]) -> dict[str, str]:
    """The names of bundles by their slugs, in the reader's language."""
    who.must("catalogue.read")
    name = name_sql("b")
    async with transaction(who):
        rows = await fetch(f"SELECT slug, {name} AS name FROM bundle b WHERE slug = ANY($1::text[])", list(slugs))
    return {row["slug"]: row["name"] for row in rows}


async def trainings_of(who: Actor, slugs: Sequence[str]) -> dict[str, list[TrainingOut]]:
    """The trainings that go with these bundles, by slug; bundles without one are left out."""
    who.must("catalogue.read")
    async with transaction(who):
        rows = await fetch(
            f"SELECT b.slug, t.trainings FROM bundle b CROSS JOIN LATERAL ({_TRAININGS}) t WHERE b.slug = ANY($2::text[])",
            clock.today(), list(slugs),
        )  # fmt: skip
    found = {row["slug"]: msgspec.json.decode(row["trainings"], type=list[TrainingOut]) for row in rows}
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
    return BundleOut(
        slug=row["slug"],
        name=row["name"],
        name_en=row["name_en"],
        category=row["category"],
        description=row["description"],
        description_en=row["description_en"],
        levels=[level for level in LEVELS if row[f"for_{level}"]],
        source=row["source"],
        closed_on=row["closed_on"],
        version=row["version"],
        lines=lines,
        trainings=msgspec.json.decode(row["trainings"], type=list[TrainingOut]),
        units=tracked_units(lines),
        **_figures(priced),
        price_expired=bool(ended),
        price_expired_on=min(ended, default=None),
        available=priced is not None
        and not ended
        and not any(line.closed for line in lines)
        and (row["closed_on"] is None or row["closed_on"] > day),
        sample=row["sample"] or any(line.sample for line in lines),
    )


def _figures(priced: Priced | None) -> dict[str, int | None]:
    names = ("before_tax", "gst", "qst", "gst_rebate", "qst_rebate", "net")
    return {f"{name}_cents": getattr(priced, name) if priced else None for name in names}
