"""`inventory bench`."""

import os
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import click

from app.bench import accounts, assessment, computing, grouping, imports, kept, planning, reading, receiving, submitting
from app.bench.measuring import Pair, Part, Report, compare, machine, worst
from app.bench.province import SIZES, schools
from app.bench.scratch import Scratch, default_folder, scratch_server
from kit.cli import answer, json_option, say, sentences
from kit.i18n import _, number
from kit.settings import settings
from kit.signals import STOPPING, exit_on, run

TARGETS = {
    "import": 3.0,
    "list": 3.0,
    "asset_search": 3.0,
    "submissions": 2.0,
    "grouping": 2.0,
    "receiving": 2.5,
    "assessment": 1.5,
    "planner": 1.5,
    "compute": 2.0,
    "year_end": 1.5,
}
ON_THE_PROVINCE = {
    "list": reading.listing,
    "asset_search": reading.searching,
    "submissions": submitting.bench,
    "grouping": grouping.bench,
    "receiving": receiving.bench,
    "assessment": assessment.bench,
    "planner": planning.bench,
    "compute": computing.bench,
    "year_end": accounts.bench,
}


@click.command()
@click.option(
    "--size",
    type=click.Choice(list(SIZES)),
    default="province",
    show_default=True,
    help="Taille des données. Les cibles sont celles de la province; « small » est pour essayer.",
)
@click.option(
    "--only", type=click.Choice(list(TARGETS)), multiple=True, metavar="NOM", help="Cette mesure seule. Se répète."
)
@click.option(
    "--file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Une vraie liste d'écoles, pour « import ».",
)
@click.option(
    "--boards",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="La liste des organismes de « --file ».",
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Dossier des données du bench, gardées d'une fois à l'autre. Absent : inventory-bench dans le cache de la personne.",
)
@click.option("--fresh", is_flag=True, help="Refaire les données gardées.")
@click.option("--runs", type=click.IntRange(1, 101), default=7, show_default=True, help="Passages de chaque manière.")
@json_option
def bench(
    size: str,
    only: tuple[str, ...],
    file: Path | None,
    boards: Path | None,
    folder: Path | None,
    fresh: bool,
    runs: int,
    *,
    as_json: bool,
) -> None:
    """Mesurer le service contre du SQL écrit à la main, sur des données inventées et un serveur à part."""
    if (file is None) != (boards is None):
        raise click.UsageError("« --file » et « --boards » vont ensemble.")
    exit_on(*STOPPING)
    folder = (folder or default_folder()).expanduser()
    os.environ["INVENTORY_SLOW_QUERY_MS"] = "0"  # a log in the middle of a measure
    os.environ["INVENTORY_DATA_DIR"] = str(folder)  # the application's key is made there, never beside real data
    settings.cache_clear()
    lists = (file.read_bytes(), boards.read_bytes()) if file and boards else (schools(SIZES[size]), None)
    with sentences(), scratch_server(folder) as scratch:
        report = run(_measure(scratch, size, only or tuple(TARGETS), lists, runs, fresh=fresh))
    answer(report, as_json=as_json, lines=lambda: "\n".join(_table(report)))


async def _measure(
    scratch: Scratch, size: str, names: tuple[str, ...], lists: tuple[bytes, bytes | None], runs: int, *, fresh: bool
) -> Report:
    results, data = [], None
    await scratch.sweep()
    try:
        if set(names) & ON_THE_PROVINCE.keys():
            data = await kept.province(scratch, size, SIZES[size], fresh=fresh)
        for name in names:
            say(f"{name}…")
            prepared: AbstractAsyncContextManager[dict[str, Pair]] = (
                ON_THE_PROVINCE[name](scratch, data)
                if data and name != "import"
                else imports.bench(scratch, SIZES[size], *lists)
            )
            async with prepared as pairs:
                parts = [await compare(part, pair, target=TARGETS[name], runs=runs) for part, pair in pairs.items()]
            results.append(worst(name, parts))
        return Report(
            machine=machine(await scratch.version()),
            size=size,
            folder=str(scratch.folder),
            bytes=await scratch.bytes_of(data) if data else 0,
            results=results,
        )
    finally:
        await scratch.sweep()


def _table(report: Report) -> list[str]:
    lines = []
    for result in report.results:
        lines.append(_line(result.name, result))
        lines += [_line(f"  {part.name}", part) for part in result.parts]
    if report.bytes:
        told = _("Données gardées dans {folder} : {size} Mo. Effacez ce dossier quand vous voulez.")
        lines.append(told.format(folder=report.folder, size=number(report.bytes // 1_000_000)))
    return lines


def _line(name: str, part: Part) -> str:
    figures = _("à la main {bare} {unit}, service {ours} {unit}, rapport {ratio} (cible {target}, {verdict})").format(
        bare=number(part.bare),
        ours=number(part.ours),
        unit=part.unit,
        ratio=number(part.ratio),
        target=number(part.target),
        verdict=_("atteinte") if part.met else _("manquée"),
    )
    return f"{name:20} {figures}"
