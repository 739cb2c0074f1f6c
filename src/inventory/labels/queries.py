"""What labels say, of the devices that one may print them for."""

from collections.abc import Sequence

from inventory.labels.rules import stocks
from inventory.labels.schemas import Label, StockOut
from kit.actor import Actor
from kit.database import fetch, transaction
from kit.errors import NotFound
from kit.filters import visible
from kit.i18n import _, current_language


def papers() -> list[StockOut]:
    """The papers, named in the reader's language."""
    english = current_language() == "en"
    return [
        StockOut(paper.code, paper.name_en if english else paper.name, paper.columns, paper.rows, paper.label_mm)
        for paper in stocks().values()
    ]


async def labels_of(who: Actor, tags: Sequence[str]) -> list[tuple[Label, str, str]]:
    """Label, board and school of each tag, in their order. Raises NotFound, naming the first that is absent or not theirs."""
    async with transaction(who):
        where = visible(who, "label.print", board="a.board", school="a.school")
        where.add("a.tag = ANY({}::text[])", list(tags))
        rows = await fetch(
            "SELECT a.tag, a.label_code, a.board, a.school, coalesce(s.name, '') AS school_name,"
            " coalesce(nullif(concat_ws(' ', nullif(a.maker, ''), nullif(a.model, '')), ''), a.name) AS name"
            f" FROM asset a LEFT JOIN school s ON s.code = a.school WHERE {where}",
            *where.args,
        )
    found = {row["tag"]: row for row in rows}
    for tag in tags:
        if tag not in found:
            raise NotFound(_("Le bien {tag} n'existe pas ou ne fait pas partie de votre accès.").format(tag=tag))
    return [
        (Label(tag, row["label_code"], row["school_name"], row["name"]), row["board"], row["school"])
        for tag in tags
        for row in (found[tag],)
    ]
