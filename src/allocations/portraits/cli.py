"""`inventory accounts portrait`."""

from pathlib import Path

import click

from allocations.portraits import documents, exports, queries, rules
from allocations.portraits.schemas import Portrait
from allocations.portraits.words import label
from kit.actor import Actor
from kit.cli import answer, as_option, json_option, run, say
from kit.exports import csv_file, xlsx_file
from kit.i18n import _, money, percent
from kit.money import MILLION


@click.command("portrait")
@click.argument("years", metavar="[AAAA-AAAA]…", nargs=-1)
@click.option("--board", metavar="CODE", help="Un organisme; sinon, tout le réseau.")
@click.option(
    "--by", type=click.Choice(["measure", "region", "board"]), default="measure", help="Les lignes d'un .csv ou .xlsx."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FICHIER",
    help="L'écrire dans un .csv, .xlsx ou .pdf.",
)
@json_option
@as_option
@run
async def portrait_command(
    who: Actor, *, years: tuple[str, ...], board: str | None, by: str, out: Path | None, as_json: bool
) -> None:
    """Montrer le portrait financier : budget et dépense par programme et mesure, par région, par organisme."""
    if out is not None and out.suffix not in (".csv", ".xlsx", ".pdf"):
        raise click.UsageError(_("« --out » finit par .csv, .xlsx ou .pdf."))
    found, *trees = await queries.trees(who, years, board=board)
    content = documents.portrait(found, *trees) if out is not None and out.suffix == ".pdf" else None
    found.measures, found.regions, found.boards = (list(rules.lines(tree)) for tree in trees)
    if out is not None:
        if content is None:
            table = csv_file if out.suffix == ".csv" else xlsx_file
            content = table(exports.headings(found, by), exports.rows(found, by))
        _write(out, content)
        say(_("Écrit : {file}").format(file=out))
    answer(found, as_json=as_json, lines=lambda: _told(found, by))


def _write(out: Path, content: bytes) -> None:
    out.write_bytes(content)


def _told(found: Portrait, by: str) -> str:
    told = [found.name]
    sentence = _("  {line} : disponible {available}, dépensé {spent} ({share})")
    for at, year in enumerate(found.years):
        told.append(year)
        for line in exports.lines_of(found, by):
            cents = line.years[at]
            share = "—" if cents.used_ppm is None else percent(cents.used_ppm / MILLION, decimals=1)
            told.append(
                sentence.format(
                    line=label(line),
                    available=money(cents.available_cents),
                    spent=money(cents.spent_cents),
                    share=share,
                )
            )
    return "\n".join(told) if found.years else f"{found.name}\n" + _("Aucune enveloppe.")
