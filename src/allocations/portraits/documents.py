"""The financial portrait as a PDF in French. Its accessible form is the JSON of the API, until the page comes."""

from collections.abc import Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from allocations.portraits import rules
from allocations.portraits.rules import Node
from allocations.portraits.schemas import Portrait, PortraitLine
from allocations.portraits.words import COLUMNS, TABLES, label
from kit import documents
from kit.documents import paragraph, titled_table
from kit.i18n import _, number, percent, use_language
from kit.money import MILLION

DOLLAR, THOUSAND = 100, 100_000
IN_THOUSANDS_FROM = 1_000_000_00  # cents: what a year has from there on is read in thousands
ABREAST = 4  # years of one table, at most
SIDE_BY_SIDE = ("available_cents", "spent_cents")


def portrait(found: Portrait, measures: Node, regions: Node, boards: Node) -> bytes:
    """Letter PDF, always in French: accounts are an act of the public administration. The trees are those of `queries.trees`."""
    with use_language("fr"):
        return documents.build(
            lambda: _story(found, {"measure": measures, "region": regions, "board": boards}),
            title=_("Portrait financier, {name}").format(name=found.name),
            author=found.name,
            foot=_("Portrait financier · {name}").format(name=found.name),
            wide=True,
        )


def _story(found: Portrait, trees: dict[str, Node]) -> Sequence[Flowable]:
    story: list[Flowable] = [paragraph(_("Portrait financier"), "title")]
    story.append(paragraph(f"{found.name} ({found.board})" if found.board else found.name, "cell_bold"))
    if not trees["measure"].parts:
        return [*story, Spacer(1, 3 * mm), paragraph(_("Aucune enveloppe pour ces exercices."), "body")]
    most = max(amounts["available_cents"] or 0 for amounts in trees["measure"].years)
    unit = THOUSAND if most >= IN_THOUSANDS_FROM else DOLLAR
    story += [paragraph(said, "cell") for said in _reading(trees["measure"], unit)]
    if found.board:
        del trees["board"]  # one line
    for by, tree in trees.items():
        exact, shown = list(rules.lines(tree)), list(rules.lines(rules.rounded(tree, unit=unit)))
        story += [_side_by_side(found, by, exact, shown, years) for years in _abreast(len(found.years))]
        story += [_balance(found.years[at], by, exact, shown, at) for at in range(len(found.years))]
    return story


def _abreast(count: int) -> list[range]:
    """Years in tables of about as many each; none for one year, whose balance says it all."""
    each = -(-count // -(-count // ABREAST)) if count else 1
    return [range(first, min(first + each, count)) for first in range(0, count, each)] if count > 1 else []


def _reading(tree: Node, unit: int) -> list[str]:
    """How the tables are read."""
    said = [
        _("En milliers de dollars.") if unit == THOUSAND else _("En dollars."),
        _(
            "Budget + reports = disponible = dépensé + engagé + réservé + libre + récupéré. Part utilisée : dépensé ÷ disponible."
        ),
        _(
            "Chaque colonne s'additionne telle qu'elle est imprimée; une rangée arrondie peut différer d'une unité de sa somme."
        ),
    ]
    if tree.tax_basis == "mixed":
        said.append(
            _(
                "Les mesures n'ont pas toutes la même base de taxes : chacune est dans la sienne, et les totaux les additionnent."
            )
        )
    return said


def _side_by_side(
    found: Portrait, by: str, exact: list[PortraitLine], shown: list[PortraitLine], years: range
) -> Flowable:
    """What was available and spent of some years, and the share used, a line a row."""
    over = [paragraph("", "cell")]
    head = [paragraph("", "cell")]
    for at in years:
        over += [paragraph(found.years[at], "cell_bold_right"), *[paragraph("", "cell")] * len(SIDE_BY_SIDE)]
        head += [paragraph(_(COLUMNS[name]), "cell_bold_right") for name in SIDE_BY_SIDE]
        head.append(paragraph(_("Part"), "cell_bold_right"))
    body = []
    for true, line in zip(exact, shown, strict=True):
        row: list[Any] = [paragraph(label(line), _style(line))]
        for at in years:
            row += [_figure(getattr(line.years[at], name)) for name in SIDE_BY_SIDE]
            row.append(_share(true, at))
        body.append(row)
    columns = [20 * mm, 17 * mm, 14 * mm] * len(years)
    spans = [("SPAN", (1 + 3 * n, 1), (3 + 3 * n, 1)) for n in range(len(years))]
    return titled_table(
        _("{table}, d'un exercice à l'autre").format(table=_(TABLES[by])), [over, head, *body],
        widths=[documents.WIDE - sum(columns), *columns], heads=2, commands=[*spans, *_ruled(shown)],
    )  # fmt: skip


def _balance(year: str, by: str, exact: list[PortraitLine], shown: list[PortraitLine], at: int) -> Flowable:
    """All the columns of one year."""
    announced = by == "measure" and any(line.years[at].announced_cents is not None for line in exact)
    head = [paragraph("", "cell"), *([paragraph(_("Annoncé"), "cell_bold_right")] if announced else [])]
    head += [paragraph(_(word), "cell_bold_right") for word in COLUMNS.values()]
    head.append(paragraph(_("Part"), "cell_bold_right"))
    body = []
    for true, line in zip(exact, shown, strict=True):
        row: list[Any] = [paragraph(label(line), _style(line))]
        if announced:
            row.append(_figure(line.years[at].announced_cents))
        row += [_figure(getattr(line.years[at], name)) for name in COLUMNS]
        row.append(_share(true, at))
        body.append(row)
    columns = [*[19.5 * mm] * (len(COLUMNS) + announced), 14 * mm]
    return titled_table(
        _("{table}, {year}").format(table=_(TABLES[by]), year=year), [head, *body],
        widths=[documents.WIDE - sum(columns), *columns], commands=_ruled(shown),
    )  # fmt: skip


def _ruled(shown: Sequence[PortraitLine]) -> list[tuple[object, ...]]:
    """Figures at the right (texts: paragraphs would take twice the time), sums in bold, a line of ink above those of kinds and of all."""
    found: list[tuple[object, ...]] = [
        ("LINEABOVE", (0, at - len(shown)), (-1, at - len(shown)), 0.8, documents.INK)
        for at, line in enumerate(shown) if line.level in ("kind", "total")
    ]  # fmt: skip
    found += [
        ("FONTNAME", (1, at - len(shown)), (-1, at - len(shown)), documents.BOLD)
        for at, line in enumerate(shown) if _style(line) == "cell_bold"
    ]  # fmt: skip
    figures = (1, -len(shown)), (-1, -1)
    found = [
        ("FONTNAME", *figures, documents.REGULAR), ("FONTSIZE", *figures, 8), ("LEADING", *figures, 10),
        ("TEXTCOLOR", *figures, documents.INK), ("ALIGN", *figures, "RIGHT"), *found,
    ]  # fmt: skip
    return [*found, ("LEFTPADDING", (1, 1), (-1, -1), 1), ("RIGHTPADDING", (1, 1), (-2, -1), 1)]


def _style(line: PortraitLine) -> str:
    return "cell" if line.level in ("measure", "region", "board") else "cell_bold"


def _figure(units: int | None) -> str:
    return "—" if units is None else documents.drawable(number(units))


def _share(line: PortraitLine, at: int) -> str:
    ppm = line.years[at].used_ppm
    return "—" if ppm is None else documents.drawable(percent(ppm / MILLION, decimals=1))
