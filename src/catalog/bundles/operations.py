"""The life of a bundle: an edition is drafted, published, and retires when another follows or the bundle is no longer offered."""

from collections.abc import Mapping
from typing import Any

import msgspec

from catalog.bundles import queries, writing
from catalog.bundles.parts import parts, wrong_part
from catalog.bundles.rules import LEVELS, plain_lines
from catalog.bundles.schemas import BundleContent, BundleOut, RetireBundle
from catalog.products.prices import lock_catalogue
from kit.actor import Actor, system
from kit.clock import today
from kit.database import execute, fetch, fetch_one, fetch_value, transaction
from kit.errors import Conflict, Invalid, NotFound, Stale, constraint
from kit.events import record
from kit.i18n import _, date_long, lazy
from kit.ids import new_id


class NoDraft(Conflict):
    sentence = lazy("Ce combo n'a pas de brouillon : modifiez-le d'abord.")


class DraftMeanwhile(Conflict):
    sentence = lazy("Une autre personne vient de commencer un brouillon de ce combo. Rechargez, puis recommencez.")


class NotOffered(Conflict):
    sentence = lazy("Ce combo n'est déjà plus offert.")


constraint("bundle_draft_once", DraftMeanwhile)
constraint("bundle_edition_once", DraftMeanwhile)

_DRAFT = f"""
SELECT k.id, k.edition, k.version, {", ".join(f"k.{name}" for name in (*writing.PLAIN, *writing.FLAGS))}, {writing.PARTS}
FROM bundle k WHERE k.slug = $1 AND k.state = 'draft' FOR UPDATE OF k
"""


async def draft(who: Actor, slug: str, content: BundleContent, *, version: int | None) -> BundleOut:
    """Begin a bundle's next edition, or write anew the one that is begun: nobody is offered it before it is published.

    `version` of the draft that was read; None to begin one. Raises Invalid (what is wrong), Stale, DraftMeanwhile.
    """
    who.must("catalogue.write")
    async with transaction(system()):  # every school reads the catalogue, so no scope below the system writes all of it
        await lock_catalogue()
        values = await _checked(slug, content)
        row = await fetch_one(_DRAFT, slug)
        _check_version(row, version)
        before = writing.content_of(row) if row else None
        if row is None:
            await writing.draft(new_id(), values)
        elif before != values:
            await writing.redraft(row["id"], values)
        if before != values:
            await _told(who, "drafted", slug, before=before, after=values)
    return await _newest(who, slug)


async def publish(who: Actor, slug: str, *, version: int | None) -> BundleOut:
    """Offer a bundle's draft from today on; the edition before it retires and stays what baskets chose.

    Raises NotFound, NoDraft, Stale, Invalid (a part that is no longer there).
    """
    who.must("catalogue.write")
    async with transaction(system()):
        await lock_catalogue()
        row = await _draft_of(slug)
        _check_version(row, version)
        values = writing.content_of(row)
        if wrong := wrong_part(values, await parts([values])):
            raise Invalid({wrong[0]: wrong[2]})
        await writing.retire([slug])
        # Written anew: a bundle inside it may have been followed by another edition since.
        await writing.redraft(row["id"], values)
        await execute("UPDATE bundle SET state = 'published', published_on = $2 WHERE id = $1", row["id"], today())
        await _told(who, "published", slug, after={"edition": row["edition"]})
    return await _newest(who, slug)


async def discard(who: Actor, slug: str, *, version: int | None) -> None:
    """Throw a draft away; what was published stays. Raises NotFound, NoDraft, Stale."""
    who.must("catalogue.write")
    async with transaction(system()):
        await lock_catalogue()
        row = await _draft_of(slug)
        _check_version(row, version)
        await writing.remove_parts([row["id"]])
        await execute("DELETE FROM bundle WHERE id = $1", row["id"])
        await _told(who, "discarded", slug, before=writing.content_of(row))


async def retire(who: Actor, slug: str, closing: RetireBundle, *, version: int | None) -> BundleOut:
    """No longer offer a bundle, in any of its editions, from a day on; it stays readable. Raises NotFound, Stale, NotOffered."""
    who.must("catalogue.write")
    async with transaction(system()):
        await lock_catalogue()
        row = await fetch_one(
            "SELECT version, closed_on FROM bundle WHERE slug = $1 AND state <> 'draft' ORDER BY edition DESC LIMIT 1",
            slug,
        )
        if row is None:
            raise NotFound()
        _check_version(row, version)
        if row["closed_on"] is not None:
            raise NotOffered(_("Ce combo n'est plus offert depuis le {day}.").format(day=date_long(row["closed_on"])))
        await writing.close(slug, closing.closed_on, today=today())
        await _told(
            who, "closed", slug, before={"closed_on": None}, after={"closed_on": closing.closed_on}, why=closing.reason
        )
    return await queries.one(who, slug)


async def _checked(slug: str, content: BundleContent) -> dict[str, Any]:
    """The content as it is written. Raises Invalid. Call in a transaction."""
    errors = {}
    try:
        lines = plain_lines([msgspec.to_builtins(line) for line in content.lines])
    except ValueError as wrong:
        raise Invalid({"lines": str(wrong)}) from None
    things = [line.get("product") or line.get("bundle") for line in lines]
    if any(("product" in line) == ("bundle" in line) for line in lines) or len(set(things)) < len(things):
        errors["lines"] = _("Chaque ligne nomme un produit ou un combo, chacun une seule fois.")
    if not content.levels or set(content.levels) - set(LEVELS):
        levels = ", ".join(LEVELS)
        errors["levels"] = _("Une liste de niveaux est attendue, parmi : {levels}.").format(levels=levels)
    trainings = {found.training: found.quantity for found in content.trainings}
    if len(trainings) < len(content.trainings):
        errors["trainings"] = _("Chaque formation est nommée une seule fois.")
    open_categories = await fetch("SELECT code FROM category WHERE closed_on IS NULL ORDER BY position, code")
    if content.category not in (codes := [row["code"] for row in open_categories]):
        errors["category"] = _("Catégorie inconnue. Catégories : {codes}.").format(codes=", ".join(codes))
    if errors:
        raise Invalid(errors)
    values: dict[str, Any] = {
        **{name: getattr(content, name) for name in writing.PLAIN if name not in ("slug", "closed_on")},
        "slug": slug,
        "closed_on": None,
        "levels": [level for level in LEVELS if level in content.levels],
        "lines": lines,
        "trainings": [
            code if many == 1 else {"training": code, "quantity": many} for code, many in sorted(trainings.items())
        ],
    }
    if unknown := wrong_part(values, await parts([values])):
        raise Invalid({unknown[0]: unknown[2]})
    return values


async def _draft_of(slug: str) -> Any:
    if (row := await fetch_one(_DRAFT, slug)) is not None:
        return row
    if await fetch_value("SELECT 1 FROM bundle WHERE slug = $1 LIMIT 1", slug) is None:
        raise NotFound()
    raise NoDraft()


def _check_version(row: Any, version: int | None) -> None:
    if row is None and version is not None:
        raise Stale()
    if row is not None and version is None:
        raise Invalid({"If-Match": _("Donnez dans « If-Match » la version du combo que vous avez lue.")})
    if row is not None and version != row["version"]:
        raise Stale()


async def _newest(who: Actor, slug: str) -> BundleOut:
    return (await queries.editions(who, slug))[0]


async def _told(who: Actor, what: str, slug: str, **facts: Mapping[str, Any] | str | None) -> None:
    await record(who, f"bundle.{what}", kind="bundle", subject=slug, **facts)  # type: ignore[arg-type]
