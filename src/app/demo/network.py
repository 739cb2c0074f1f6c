"""The invented network, written as files in the format that the ministry publishes. Codes are outside the real space.

Everything here is invented: boards, schools, towns, figures. The draw is seeded: the same each time.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from directory.imports.rules import SourceFile
from kit.clock import school_year

SEED = 2026


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    code: str
    name: str
    short_name: str
    kind: str
    town: str  # code of a municipality: its first two digits say the region
    town_name: str
    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """`pupils` None: the ministry publishes no figure. `buildings`: codes, the first one its own."""

    code: str
    board: Board
    name: str
    levels: str
    pupils: int | None
    buildings: tuple[str, ...]


BOARDS = (
    Board(code="990000", name="Centre de services scolaire des Grands-Pins", short_name="CSS des Grands-Pins",
          kind="Franco", town="10999", town_name="Pins-sur-Mer", longitude=-68.5, latitude=48.4),
    Board(code="991000", name="Centre de services scolaire de la Baie-des-Brumes", short_name="CSS de la Baie-des-Brumes",
          kind="Franco", town="02999", town_name="Port-aux-Brumes", longitude=-64.7, latitude=48.6),
    Board(code="992000", name="Commission scolaire North Lakes", short_name="CS North Lakes",
          kind="Anglo", town="80999", town_name="Maple Landing", longitude=-75.9, latitude=45.7),
)  # fmt: skip

# Name, levels, pupils (None: not published). In order: the first has the code …001. The story (`loop.py`) names them by code.
_SCHOOLS: Mapping[str, Sequence[tuple[str, str, int | None]]] = {
    "990000": (
        ("École du Grand-Pin", "PRESC PRIM", 60), ("École des Trois-Ruisseaux", "PRESC PRIM", 48),
        ("École de la Clairière", "PRESC PRIM", 72), ("École du Vieux-Moulin", "PRESC PRIM", 36),
        ("École Les Sources", "PRESC PRIM", 54), ("École des Hirondelles", "PRIM", 66),
        ("École du Boisé-Nord", "PRESC PRIM", 72), ("École de la Rivière-Blanche", "PRESC PRIM", 80),
        ("École du Phare-Rouge", "PRESC PRIM", 72), ("École secondaire des Deux-Monts", "SEC", 168),
        ("École secondaire de l'Horizon", "SEC", None), ("Centre d'éducation des adultes du Tournant", "ADULTE", None),
        ("Centre de formation professionnelle des Ateliers", "FORM_PRO", None), ("École Petite-Anse", "PRESC PRIM", 24),
        ("École du Lac-Perdu", "PRESC PRIM", 42), ("École du Sentier", "PRIM", 30),
    ),
    "991000": (
        ("École des Goélands", "PRESC PRIM", 45), ("École de la Grève", "PRESC PRIM", 38), ("École du Quai-Neuf", "PRESC PRIM", 52),
        ("École des Marées-Hautes", "PRIM", 61), ("École de l'Anse-au-Sable", "PRESC PRIM", 28),
        ("École du Cap-Gris", "PRESC PRIM", 33), ("École des Bouleaux", "PRESC PRIM", 57), ("École du Ruisseau-Clair", "PRIM", None),
        ("École de la Dune", "PRESC PRIM", 41), ("École secondaire du Belvédère", "SEC", 142),
        ("École secondaire des Embruns", "SEC", 126), ("Centre d'éducation des adultes des Brumes", "ADULTE", 35),
        ("École du Sémaphore", "PRESC PRIM", 26), ("École des Quatre-Chemins", "PRESC PRIM", 49),
    ),
    "992000": (
        ("Maple Landing Elementary School", "PRESC PRIM", 64), ("Cedar Creek Elementary School", "PRESC PRIM", 47),
        ("Heron Bay Elementary School", "PRESC PRIM", 39), ("Stone Bridge Elementary School", "PRIM", 55),
        ("Loon Lake Elementary School", "PRESC PRIM", 31), ("North Lakes High School", "SEC", 154),
        ("Birchwood High School", "SEC", None), ("Three Rapids Elementary School", "PRESC PRIM", 44),
        ("Fern Hollow Elementary School", "PRESC PRIM", 36), ("North Lakes Adult Learning Centre", "ADULTE", 40),
    ),
}  # fmt: skip

# Schools that also use a second building: their own annex, or the building of a neighbour (by code: shared).
_SECOND = {
    "990010": "990110", "990015": "990016", "990012": "990013",
    "991010": "991110", "991012": "991011", "992006": "992106", "992010": "992006",
}  # fmt: skip


def schools() -> list[School]:
    """All schools, by code. Building codes are those of their schools plus 200: another space, that looks alike."""
    found = []
    for board in BOARDS:
        for position, (name, levels, pupils) in enumerate(_SCHOOLS[board.code], 1):
            code = f"{int(board.code) + position}"
            second = _SECOND.get(code)
            buildings = (_building(code), *([_building(second)] if second else []))
            found.append(School(code=code, board=board, name=name, levels=levels, pupils=pupils, buildings=buildings))
    return found


def renamed(day: date, names: Mapping[str, str], *, without: str = "") -> SourceFile:
    """The list of schools with other names for some (by code), and without one of them."""
    kept = (school for school in schools() if school.code != without)
    told = (replace(school, name=names.get(school.code, school.name)) for school in kept)
    return _file("schools", (line for school in told for line in _lines(school, day)))


def _building(code: str) -> str:
    return f"{int(code) + 200}"


def lists(day: date, counted_on: date) -> list[tuple[str, SourceFile]]:
    """The ministry's lists of that day, in the order of their import: the kind, and the file."""
    all_schools, draw = schools(), Random(SEED)  # noqa: S311  (no secret)
    return [
        ("boards", _file("boards", map(_board, BOARDS))),
        ("buildings", _file("buildings", _buildings(all_schools, day))),
        ("schools", _file("schools", (line for school in all_schools for line in _lines(school, day)))),
        ("headcounts", _file("headcounts", _headcounts(all_schools, counted_on, draw))),
    ]


Line = dict[str, str]


def _board(board: Board) -> Line:
    return {"CD_ORGNS": board.code, "NOM_COURT": board.short_name, "NOM_OFFCL": board.name, "TYPE_CS": board.kind}


def _levels(levels: str) -> Line:
    return {level: str(int(level in levels.split())) for level in ("PRESC", "PRIM", "SEC", "FORM_PRO", "ADULTE")}


def _lines(school: School, day: date) -> Iterable[Line]:
    """One line an organisation and building, as published."""
    board = school.board
    for building in school.buildings:
        yield _levels(school.levels) | _place(board, building, "_IMM", "CD_POSTL_GDUNO_IMM") | {
            "DT_MAJ_GDUNO": f"{day:%Y%m%d}", "CD_ORGNS": school.code, "NOM_COURT_ORGNS": school.name,
            "NOM_OFFCL_ORGNS": school.name, "ADRS_GEO_L1_GDUNO_ORGNS": _address(school.buildings[0]),
            "CD_POSTL_GDUNO_ORGNS": "G0X0X0", "CD_MUNCP_GDUNO_ORGNS": board.town, "NOM_MUNCP_GDUNO_ORGNS": board.town_name,
            "CD_IMM": building, "NOM_IMM": _pavilion(building), "CD_CS": board.code, "TYPE_CS": board.kind,
        }  # fmt: skip


def _buildings(all_schools: Sequence[School], day: date) -> Iterable[Line]:
    seen: dict[str, tuple[Board, set[str]]] = {}
    for school in all_schools:
        for building in school.buildings:
            seen.setdefault(building, (school.board, set()))[1].update(school.levels.split())
    for building, (board, levels) in sorted(seen.items()):
        yield _levels(" ".join(levels)) | _place(board, building, "", "CD_POSTL_GDUNO") | {
            "DT_MAJ_GDUNO": f"{day:%Y%m%d}", "CD_IMM": building, "CD_CS": board.code, "NOM_OFFCL": _pavilion(building),
            "STAT_PROP_IMM": "Propriété de la CS", "TYPE_CS": board.kind,
        }  # fmt: skip


def _place(board: Board, building: str, ending: str, postal_code: str) -> Line:
    n = int(building) % 100
    return {
        f"ADRS_GEO_L1_GDUNO{ending}": _address(building), f"CD_MUNCP_GDUNO{ending}" if ending else "CD_MUNCP": board.town,
        f"NOM_MUNCP_GDUNO{ending}" if ending else "NOM_MUNCP": board.town_name, postal_code: "G0X0X0",
        f"COORD_X_LL84{ending}": f"{board.longitude + n / 300:.6f}", f"COORD_Y_LL84{ending}": f"{board.latitude + n / 500:.6f}",
    }  # fmt: skip


def _address(building: str) -> str:
    return f"{int(building) % 1000}, rue de l'Exemple"


def _pavilion(building: str) -> str:
    return f"Immeuble {building}"


def _headcounts(all_schools: Sequence[School], counted_on: date, draw: Random) -> Iterable[Line]:
    """Two years of them: last year's envelopes were computed with last year's pupils."""
    before = school_year(counted_on - timedelta(days=365))
    for school, year in ((school, year) for year in (school_year(counted_on), before) for school in all_schools):
        if not {"PRESC", "PRIM", "SEC", "ADULTE"} & set(school.levels.split()):
            continue
        figures = {"IMSE": "", "Rang_Decile_IMSE": "", "Nbre_Eleves": "", "Diffusion": "NON"}
        if school.pupils is not None:
            rank = draw.randint(1, 10)
            figures = {
                "IMSE": f"{rank + draw.random():.4f}", "Rang_Decile_IMSE": str(rank), "Nbre_Eleves": str(school.pupils), "Diffusion": "OUI",
            }  # fmt: skip
        yield {"Code_Cs": school.board.code, "Code_Org": school.code, "Annee_Scol": year} | figures


def _file(kind: str, lines: Iterable[Line]) -> SourceFile:
    rows = list(lines)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return SourceFile(f"demonstration-{kind}.csv", io.BytesIO(out.getvalue().encode()))
