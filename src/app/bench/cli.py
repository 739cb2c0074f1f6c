"""`inventory bench`."""

import os
from pathlib import Path

import click

from app.bench import assessment, imports
from app.bench.measuring import Report, Result, compare, machine
from app.bench.province import SIZES, schools
from app.bench.scratch import Scratch, scratch_server
from kit.cli import answer, json_option, say, sentences
from kit.i18n import _, number
from kit.settings import settings
from kit.signals import STOPPING, exit_on, run

TARGETS = {"import": 3.0, "assessment": 1.5}


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
@click.option("--runs", type=click.IntRange(1, 101), default=7, show_default=True, help="Passages de chaque manière.")
@json_option
def bench(
    size: str, only: tuple[str, ...], file: Path | None, boards: Path | None, runs: int, *, as_json: bool
) -> None:
    """Mesurer le service contre du SQL écrit à la main, sur des données inventées et un serveur à part."""
    if (file is None) != (boards is None):
        raise click.UsageError("« --file » et « --boards » vont ensemble.")
    exit_on(*STOPPING)
    os.environ["INVENTORY_SLOW_QUERY_MS"] = "0"  # a log in the middle of a measure
    settings.cache_clear()
    lists = (file.read_bytes(), boards.read_bytes()) if file and boards else (schools(SIZES[size]), None)
    with sentences(), scratch_server() as scratch:
        report = run(_measure(scratch, size, only or tuple(TARGETS), lists, runs))
    answer(report, as_json=as_json, lines=lambda: "\n".join(map(_line, report.results)))


async def _measure(
    scratch: Scratch, size: str, names: tuple[str, ...], lists: tuple[bytes, bytes | None], runs: int
) -> Report:
    results = []
    for name in names:
        say(f"{name}…")
        prepared = (
            imports.bench(scratch, SIZES[size], *lists) if name == "import" else assessment.bench(scratch, SIZES[size])
        )
        async with prepared as pair:
            results.append(await compare(name, pair, target=TARGETS[name], runs=runs))
    return Report(machine=machine(await scratch.version()), size=size, results=results)


def _line(result: Result) -> str:
    figures = _("à la main {bare} {unit}, service {ours} {unit}, rapport {ratio} (cible {target}, {verdict})").format(
        bare=number(result.bare),
        ours=number(result.ours),
        unit=result.unit,
        ratio=number(result.ratio),
        target=number(result.target),
        verdict=_("atteinte") if result.met else _("manquée"),
    )
    return f"{result.name:12} {figures}"
