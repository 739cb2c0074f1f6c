"""`inventory import suppliers|contracts|products|prices|trainings|bundles` and `inventory export` of the same."""

from pathlib import Path

import click

from catalog.imports import cli as cli
from catalog.imports.exporting import rows_of
from catalog.imports.operations import import_sheet
from catalog.imports.schemas import CatalogueImported
from catalog.imports.sheets import SHEETS
from catalog.imports.telling import told
from directory.imports.cli import importing, opened
from kit.actor import Actor
from kit.cli import Exit, Group, answer, as_option, json_option, run, say
from kit.encodings import Unreadable
from kit.exports import csv_file, xlsx_file
from kit.i18n import _, n_
from kit.tabular import Refusal

_HELP = {
    "suppliers": "Importer des fournisseurs (CSV, XLSX).",
    "contracts": "Importer des contrats (CSV, XLSX).",
    "products": "Importer des produits (CSV, XLSX).",
    "prices": "Importer des prix (CSV, XLSX); un prix d'un autre jour met fin au précédent.",
    "trainings": "Importer des formations (CSV, XLSX).",
    "bundles": "Importer des combos (CSV, XLSX); un combo qui change devient sa version suivante.",
}


def _import(kind: str) -> click.Command:
    @run
    async def command(who: Actor, *, path: Path, dry_run: bool, as_json: bool) -> None:
        try:
            with opened((path,)) as (source,):
                result = await import_sheet(who, kind, source.file, source.name, dry_run=dry_run)
        except Unreadable as refused:
            say(refused.detail)
            if as_json:
                whole = Refusal(0, "", path.name, refused.detail)
                answer(CatalogueImported(refused=[whole]), as_json=True, lines=str)
            raise Exit(1) from refused
        answer(result, as_json=as_json, lines=lambda: told(result, dry_run=dry_run))
        if result.refused:
            raise Exit(1)

    made = click.command(kind, help=_HELP[kind])(command)
    made.params = [
        click.Argument(["path"], metavar="FICHIER", type=click.Path(path_type=Path, exists=True)),
        click.Option(["--dry-run"], is_flag=True, help="Dire ce qui changerait, sans rien changer."),
        *made.params,
    ]
    return as_option(json_option(made))


for each in SHEETS:
    importing.add_command(_import(each))


@click.group("export", cls=Group)
def exporting() -> None:
    """Écrire le catalogue en tableaux que « import » reprend : fournisseurs, contrats, produits, prix, formations, combos."""


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        say(_("« {name} » ne s'écrit pas ({reason}).").format(name=path, reason=error.strerror or error))
        raise Exit(1) from error


def _export(kind: str) -> click.Command:
    @run
    async def command(who: Actor, *, path: Path) -> None:
        headings, rows = await rows_of(who, kind)
        table = list(rows)
        content = (xlsx_file if path.suffix.lower() == ".xlsx" else csv_file)(headings, table)
        _write(path, content)
        say(n_("{n} ligne écrite.", "{n} lignes écrites.", len(table)).format(n=len(table)))

    made = click.command(kind, help=_HELP[kind].replace("Importer", "Exporter").partition(";")[0].rstrip(".") + ".")(
        command
    )
    made.params = [
        click.Argument(["path"], metavar="FICHIER", type=click.Path(path_type=Path, dir_okay=False)),
        *made.params,
    ]
    return as_option(made)


for each in SHEETS:
    exporting.add_command(_export(each))
