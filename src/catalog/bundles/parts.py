"""What the lines of a bundle may name: products, bundles and trainings that exist, and never the bundle itself, however deep."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from catalog.bundles.rules import cycle_words, nested_in
from kit.database import fetch
from kit.i18n import _

# The slugs that lie inside the published edition of each slug, itself included; editions never change, so it ends.
_INSIDE = """
WITH RECURSIVE inside AS (
    SELECT slug AS outermost, id, slug FROM bundle WHERE slug = ANY($1::text[]) AND state = 'published'
    UNION SELECT i.outermost, b.id, b.slug FROM inside i JOIN bundle_line l ON l.bundle = i.id JOIN bundle b ON b.id = l.nested
) SELECT outermost, array_agg(DISTINCT slug) AS slugs FROM inside GROUP BY outermost
"""


class Parts(NamedTuple):
    """Of what was named: products and trainings that exist, and by published bundle the slugs that lie inside it."""

    products: set[str]
    trainings: set[str]
    bundles: Mapping[str, set[str]]


async def parts(contents: Sequence[Mapping[str, Any]]) -> Parts:
    """What exists of all that these contents name. Call in a transaction."""
    lines = [line for content in contents for line in content.get("lines", [])]
    trainings = [training_code(found) for content in contents for found in content.get("trainings", [])]
    inside = await fetch(_INSIDE, nested_in(lines))
    return Parts(
        products=await _codes("product", [line["product"] for line in lines if "product" in line]),
        trainings=await _codes("training", trainings),
        bundles={row["outermost"]: set(row["slugs"]) for row in inside},
    )


def wrong_part(content: Mapping[str, Any], known: Parts) -> tuple[str, str, str] | None:
    """The first name that stands for nothing: its key, itself, and a sentence."""
    for line in content["lines"]:
        if "product" in line and line["product"] not in known.products:
            sentence = _("Produit inconnu ou refusé : « {code} ». Ajoutez-le, ou corrigez le code.")
            return "lines", line["product"], sentence.format(code=line["product"])
        if (nested := line.get("bundle")) is not None and nested not in known.bundles:
            sentence = _("Combo inconnu, refusé ou pas publié : « {code} ». Ajoutez-le, ou corrigez le code.")
            return "lines", nested, sentence.format(code=nested)
        if nested is not None and content["slug"] in known.bundles[nested]:
            return "lines", nested, cycle_words(content["slug"])
    for code in map(training_code, content["trainings"]):
        if code not in known.trainings:
            sentence = _("Formation inconnue ou refusée : « {code} ». Ajoutez-la, ou corrigez le code.")
            return "trainings", code, sentence.format(code=code)
    return None


def training_code(found: Any) -> str:
    """The code of a training, written alone or with its quantity."""
    return str(found if isinstance(found, str) else found["training"])


async def _codes(table: str, codes: Iterable[str]) -> set[str]:
    rows = await fetch(f"SELECT code FROM {table} WHERE code = ANY($1::text[])", list(set(codes)))
    return {row["code"] for row in rows}
