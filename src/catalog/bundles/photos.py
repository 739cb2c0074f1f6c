"""The picture of a bundle. Kept in the database beside the catalogue, which all may read."""

import hashlib

from catalog.bundles.schemas import BundlePhotoOut
from catalog.products.prices import lock_catalogue
from kit.actor import Actor, system
from kit.attachments import Content, file_name, kind_of
from kit.clock import now
from kit.database import execute, fetch_one, fetch_value, transaction
from kit.errors import Invalid, NotFound
from kit.events import record
from kit.i18n import _

LONGEST = 300

_PUT = """
INSERT INTO bundle_photo (slug, media_type, content, sha256, words, words_en, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (slug) DO UPDATE SET media_type = excluded.media_type, content = excluded.content, sha256 = excluded.sha256,
    words = excluded.words, words_en = excluded.words_en, at = excluded.at
"""


async def put(who: Actor, slug: str, *, name: str, content: bytes, words: str, words_en: str) -> BundlePhotoOut:
    """Give a bundle its picture, in the place of the one it had. `words`: what it shows.

    Raises NotFound, Invalid (no words, no picture, over 10 MiB), NotAccepted.
    """
    who.must("catalogue.write")
    media_type = kind_of(file_name(name), content)
    if not media_type.startswith("image/"):
        raise Invalid({"file": _("« {name} » n'est pas une image (PNG, JPEG ou WebP).").format(name=file_name(name))})
    if not (words := words.strip()):
        raise Invalid({"words": _("Dites en quelques mots ce que montre l'image, pour qui ne la voit pas.")})
    if max(len(words), len(words_en)) > LONGEST:
        raise Invalid({"words": _("Ces mots tiennent en {most} caractères.").format(most=LONGEST)})
    found = BundlePhotoOut(media_type, len(content), hashlib.sha256(content).hexdigest(), words, words_en.strip())
    async with transaction(system()):
        await lock_catalogue()
        if await fetch_value("SELECT 1 FROM bundle WHERE slug = $1 LIMIT 1", slug) is None:
            raise NotFound()
        before = await fetch_value("SELECT sha256 FROM bundle_photo WHERE slug = $1", slug)
        await execute(_PUT, slug, media_type, content, found.sha256, found.words, found.words_en, now())
        await record(
            who, "bundle.photographed", kind="bundle", subject=slug, before=before and {"sha256": before}, after=found
        )
    return found


async def content_of(who: Actor, slug: str) -> Content:
    """The picture of a bundle. Raises NotFound."""
    who.must("catalogue.read")
    async with transaction(who):
        row = await fetch_one(
            "SELECT f.media_type, f.content FROM bundle_photo f"
            " WHERE f.slug = $1 AND EXISTS (SELECT FROM bundle b WHERE b.slug = f.slug)",
            slug,
        )
    if row is None:
        raise NotFound()
    return Content(f"{slug}.{row['media_type'].rpartition('/')[2]}", row["media_type"], row["content"])
