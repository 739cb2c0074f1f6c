"""Invented lists in the format of the published ones: boards 990000 and 991000, codes outside the real space."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from directory.imports import operations
from directory.imports.rules import SourceFile
from directory.imports.schemas import ImportAnswer
from kit.actor import system

BOARD_COLUMNS = ("CD_ORGNS", "NOM_COURT", "NOM_OFFCL", "TYPE_ORGNS", "TYPE_CS")
SCHOOL_COLUMNS = (
    "OBJECTID", "DT_MAJ_GDUNO", "COMBINE_NUO_NUI", "CD_ORGNS", "NOM_COURT_ORGNS", "NOM_OFFCL_ORGNS", "ADRS_GEO_L1_GDUNO_ORGNS",
    "ADRS_GEO_L2_GDUNO_ORGNS", "CD_POSTL_GDUNO_ORGNS", "CD_MUNCP_GDUNO_ORGNS", "NOM_MUNCP_GDUNO_ORGNS", "CD_IMM", "NOM_IMM",
    "ADRS_GEO_L1_GDUNO_IMM", "ADRS_GEO_L2_GDUNO_IMM", "CD_MUNCP_GDUNO_IMM", "NOM_MUNCP_GDUNO_IMM", "CD_POSTL_GDUNO_IMM", "PRESC",
    "PRIM", "SEC", "FORM_PRO", "ADULTE", "SITE_WEB_ORGNS", "COORD_X_LL84_IMM", "COORD_Y_LL84_IMM", "ORDRE_ENS", "CD_CS", "TYPE_CS",
    "STYLE_CART",
)  # fmt: skip
BUILDING_COLUMNS = (
    "OBJECTID", "DT_MAJ_GDUNO", "CD_IMM", "CD_CS", "NUM_IMM_CS", "NOM_OFFCL", "ADRS_GEO_L1_GDUNO", "ADRS_GEO_L2_GDUNO", "CD_MUNCP",
    "NOM_MUNCP", "STAT_MUNCP", "CD_POSTL_GDUNO", "PRESC", "PRIM", "SEC", "FORM_PRO", "ADULTE", "STAT_PROP_IMM", "COORD_X_LL84",
    "COORD_Y_LL84", "ORDRE_ENS", "TYPE_CS", "STYLE_CART",
)  # fmt: skip
HEADCOUNT_COLUMNS = (
    "Code_Cs", "Code_Org", "IMSE", "Rang_Decile_IMSE", "SFR", "Rang_Decile_SFR", "Nbre_Eleves", "Diffusion", "Annee_Scol",
)  # fmt: skip

Line = Mapping[str, str]


def board(code: str = "990000", name: str = "Centre de services scolaire des Essais", **other: str) -> Line:
    line = {"CD_ORGNS": code, "NOM_OFFCL": name, "NOM_COURT": "CSS des Essais", "TYPE_CS": "Franco"}
    return line | {"TYPE_ORGNS": "Centre de services scolaire"} | other


def school(
    code: str = "990001",
    building: str = "990101",
    *,
    name: str = "École de l'Érable",
    board: str = "990000",
    levels: str = "PRESC PRIM",
    town: str = "10043",
    day: str = "20221205",
    **other: str,
) -> Line:
    """A line: an organisation in a building of the municipality `town` (10 is in Bas-Saint-Laurent)."""
    line = {level: "1" if level in levels.split() else "0" for level in ("PRESC", "PRIM", "SEC", "FORM_PRO", "ADULTE")}
    return line | {
        "DT_MAJ_GDUNO": day, "CD_ORGNS": code, "NOM_COURT_ORGNS": name, "NOM_OFFCL_ORGNS": name, "CD_CS": board,
        "ADRS_GEO_L1_GDUNO_ORGNS": "12, rue des Pins, bureau 3", "CD_POSTL_GDUNO_ORGNS": "G0C2H0", "CD_MUNCP_GDUNO_ORGNS": town,
        "NOM_MUNCP_GDUNO_ORGNS": "Rimouski", "CD_IMM": building, "NOM_IMM": f"Pavillon {building}", "CD_MUNCP_GDUNO_IMM": town,
        "ADRS_GEO_L1_GDUNO_IMM": "12, rue des Pins", "NOM_MUNCP_GDUNO_IMM": "Rimouski", "CD_POSTL_GDUNO_IMM": "G0C2H0",
        "COORD_X_LL84_IMM": "-68.5", "COORD_Y_LL84_IMM": "48.45",
    } | other  # fmt: skip


def building(
    code: str = "990101",
    *,
    name: str = "",
    board: str = "990000",
    town: str = "10043",
    day: str = "20221205",
    **other: str,
) -> Line:
    line = dict.fromkeys(("SEC", "FORM_PRO", "ADULTE"), "0") | {"PRESC": "1", "PRIM": "1"}
    return line | {
        "DT_MAJ_GDUNO": day, "CD_IMM": code, "CD_CS": board, "NOM_OFFCL": name or f"Immeuble {code}", "CD_MUNCP": town,
        "ADRS_GEO_L1_GDUNO": "12, rue des Pins", "NOM_MUNCP": "Rimouski", "CD_POSTL_GDUNO": "G0C2H0",
        "STAT_PROP_IMM": "Propriété de la CS", "COORD_X_LL84": "-68.5", "COORD_Y_LL84": "48.45",
    } | other  # fmt: skip


def headcount(code: str = "990001", pupils: str = "105", *, year: str = "2025-2026", **other: str) -> Line:
    published = {"IMSE": "10.4", "Rang_Decile_IMSE": "9", "SFR": "1.33", "Rang_Decile_SFR": "2", "Diffusion": "OUI"}
    return {"Code_Cs": "990000", "Code_Org": code, "Nbre_Eleves": pupils, "Annee_Scol": year} | published | other


def text(columns: Sequence[str], lines: Sequence[Line], *, delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", extrasaction="ignore", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


COLUMNS = {
    "boards": BOARD_COLUMNS, "schools": SCHOOL_COLUMNS, "buildings": BUILDING_COLUMNS, "headcounts": HEADCOUNT_COLUMNS,
}  # fmt: skip


def source(content: str | bytes, name: str = "liste.csv") -> SourceFile:
    return SourceFile(name, io.BytesIO(content.encode() if isinstance(content, str) else content))


def listed(kind: str, *lines: Line) -> SourceFile:
    name = "defav_ecole_prim_public.csv" if kind == "headcounts" else f"{kind}.csv"
    return source(text(COLUMNS[kind], lines), name)


async def load(kind: str, *lines: Line, accept: bool = True, **options: Any) -> ImportAnswer:
    """Import these lines as a whole list, applied at once unless told otherwise."""
    return await operations.import_list(system(), kind, [listed(kind, *lines)], accept=accept, **options)


async def load_text(kind: str, content: str | bytes, **options: Any) -> ImportAnswer:
    options = {"accept": True} | options
    return await operations.import_list(system(), kind, [source(content)], **options)
