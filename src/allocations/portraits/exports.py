"""The portrait as a table to keep, exact to the cent: a line a row, the years side by side."""

from collections.abc import Iterator
from decimal import Decimal

from allocations.portraits.schemas import Portrait, PortraitLine
from allocations.portraits.words import BASES, COLUMNS, KINDS, TABLES, label
from kit.errors import Invalid
from kit.i18n import _
from kit.money import MILLION


def lines_of(found: Portrait, by: str) -> list[PortraitLine]:
    """The lines `by` measure, region or board. Raises Invalid."""
    tables = {"measure": found.measures, "region": found.regions, "board": found.boards}
    if by not in tables:
        raise Invalid({"by": _("Un portrait se lit par « measure », « region » ou « board ».")})
    return tables[by]


def headings(found: Portrait, by: str) -> list[str]:
    head = [_(TABLES[by])]
    if by == "measure":
        head = [_("Nature"), _("Programme"), _("Mesure"), *head]
    head.append(_("Base"))
    for year in found.years:
        if by == "measure" and not found.board:
            head.append(_("Annoncé {year}").format(year=year))
        head += [f"{_(word)} {year}" for word in COLUMNS.values()]
        head.append(_("Part utilisée (%) {year}").format(year=year))
    return head


def rows(found: Portrait, by: str) -> Iterator[list[object]]:
    for line in lines_of(found, by):
        row: list[object] = [label(line)]
        if by == "measure":
            code = line.code if line.level == "measure" else ""
            row = [_(KINDS[line.kind]) if line.kind else "", line.programme, code, *row]
        row.append(_(BASES[line.tax_basis]))
        for year in line.years:
            if by == "measure" and not found.board:
                row.append(None if year.announced_cents is None else Decimal(year.announced_cents).scaleb(-2))
            row += [Decimal(getattr(year, name)).scaleb(-2) for name in COLUMNS]
            row.append(None if year.used_ppm is None else round(Decimal(year.used_ppm) * 100 / MILLION, 2))
        yield row


def name_of(found: Portrait, by: str = "") -> str:
    """`portrait-2024-2025-2026-2027-711000-region`: ASCII, without its ending."""
    ends = [found.years[0], *found.years[1:][-1:]] if found.years else []
    names = {"": "", "measure": "mesures", "region": "regions", "board": "organismes"}
    return "-".join(filter(None, ("portrait", *ends, found.board, names[by])))
