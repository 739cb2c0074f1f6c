"""Invented lists of a size, in the ministry's format: as many boards, organisations and lines as the published ones."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

LIST_DATE = "20260915"
COLUMNS = (
    "OBJECTID", "DT_MAJ_GDUNO", "COMBINE_NUO_NUI", "CD_ORGNS", "NOM_COURT_ORGNS", "NOM_OFFCL_ORGNS", "ADRS_GEO_L1_GDUNO_ORGNS",
    "ADRS_GEO_L2_GDUNO_ORGNS", "CD_POSTL_GDUNO_ORGNS", "CD_MUNCP_GDUNO_ORGNS", "NOM_MUNCP_GDUNO_ORGNS", "CD_IMM", "NOM_IMM",
    "ADRS_GEO_L1_GDUNO_IMM", "ADRS_GEO_L2_GDUNO_IMM", "CD_MUNCP_GDUNO_IMM", "NOM_MUNCP_GDUNO_IMM", "CD_POSTL_GDUNO_IMM", "PRESC",
    "PRIM", "SEC", "FORM_PRO", "ADULTE", "SITE_WEB_ORGNS", "COORD_X_LL84_IMM", "COORD_Y_LL84_IMM", "ORDRE_ENS", "CD_CS", "TYPE_CS",
    "STYLE_CART",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """Boards, organisations of all of them, lines (an organisation has one for each of its buildings), devices, events of them."""

    boards: int
    schools: int
    lines: int
    assets: int
    events: int


SIZES = {"small": Size(4, 120, 200, 3_000, 15_000), "province": Size(72, 3_000, 5_860, 1_000_000, 5_000_000)}


def boards(size: Size) -> bytes:
    """The list of boards: codes 101000, 102000…, which no real board has."""
    lines = ["CD_ORGNS,NOM_COURT,NOM_OFFCL,TYPE_ORGNS,TYPE_CS"]
    lines += [f"{code},CSS {code},Centre de services scolaire {code},CSS,Franco" for code in _boards(size)]
    return "\n".join(lines).encode()


def schools(size: Size) -> bytes:
    """The list of schools and centres, with their buildings."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(_lines(size))
    return out.getvalue().encode()


def _boards(size: Size) -> list[str]:
    return [f"{101 + n}000" for n in range(size.boards)]


def _lines(size: Size) -> Iterator[tuple[object, ...]]:
    codes = _boards(size)
    places = [(codes[n % size.boards], n // size.boards + 1) for n in range(size.schools)]
    for line in range(size.lines):
        board, position = places[line % size.schools]
        turn = line // size.schools  # 0: its own building; then annexes, every fourth of them a neighbour's
        code = f"{int(board) + position}"
        shared = turn and position % 4 == 0
        building = f"{int(board) + (position - 1 if shared else position + 300 * turn)}"
        town = f"{10 + int(board) // 1000 % 80:02}043"
        levels = _levels(position)
        yield (
            line, LIST_DATE, f"{code}{building}", code, f"École {code}", f"École des Exemples, numéro {code}",
            f"{position}, rue de l'Exemple", "", "G0X0X0", town, "Ville-Fictive", building, f"Immeuble {building}",
            f"{position}, rue de l'Exemple", "", town, "Ville-Fictive", "G0X0X0", *levels, "", f"{-70 - position / 1000:.6f}",
            f"{46 + turn / 1000:.6f}", "", board, "Franco", "",
        )  # fmt: skip


def _levels(position: int) -> tuple[int, int, int, int, int]:
    """Preschool, primary, secondary, vocational, adult: three primary schools in four, a vocational centre in fifteen."""
    if position % 15 == 0:
        return (0, 0, 0, 1, 0)
    if position % 4 == 0:
        return (0, 0, 1, 0, int(position % 8 == 0))
    return (1, 1, 0, 0, 0)
