"""`inventory import supplier-orders`."""

from datetime import datetime
from pathlib import Path

import click

from allocations.supplier_files.operations import take
from allocations.supplier_files.rules import DayOrder, Outcome
from allocations.supplier_files.schemas import FileResult
from catalog.imports import sheet_cli as sheet_cli  # its own imports go in the group first
from directory.imports.cli import importing, opened
from kit.actor import Actor
from kit.cli import Exit, answer, as_option, json_option, run
from kit.i18n import _, n_, number

_SHOWN = 50


@click.command("supplier-orders")
@click.argument("path", metavar="FICHIER", type=click.Path(path_type=Path, exists=True))
@click.option("--supplier", required=True, metavar="CODE", help="Le fournisseur dont c'est le fichier.")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="AAAA-MM-JJ", help="Date du fichier (sinon aujourd'hui)."
)
@click.option(
    "--days", type=click.Choice([order.value for order in DayOrder]),
    help="Ordre des dates écrites 3/4/2026 : mois d'abord (mdy) ou jour d'abord (dmy), si le fichier ne le montre pas.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Dire ce qui changerait, sans rien changer.")
@json_option
@as_option
@run
async def supplier_orders(
    who: Actor, *, path: Path, supplier: str, as_of: datetime | None, days: str | None, dry_run: bool, as_json: bool
) -> None:
    """Prendre le fichier où un fournisseur dit où en sont ses commandes.

    Les chiffres sont absolus : le dernier fichier fait foi. Les dates promises suivent; l'argent jamais.
    """
    with opened((path,)) as (source,):
        found = await take(
            who, source.file, source.name, supplier=supplier, listed_on=as_of.date() if as_of else None,
            days=DayOrder(days) if days else None, dry_run=dry_run,
        )  # fmt: skip
    answer(found, as_json=as_json, lines=lambda: _told(found, dry_run=dry_run))
    if found.refused or found.unknown:
        raise Exit(1)


importing.add_command(supplier_orders)


def _told(found: FileResult, *, dry_run: bool) -> str:
    lines = [_("Essai : rien n'a été écrit.")] if dry_run else []
    lines += [
        n_("{n} ligne lue", "{n} lignes lues", found.read).format(n=number(found.read)),
        n_("{n} nouvelle", "{n} nouvelles", found.created).format(n=number(found.created)),
        n_("{n} changée", "{n} changées", found.changed).format(n=number(found.changed)),
        n_("{n} sans changement", "{n} sans changement", found.unchanged).format(n=number(found.unchanged)),
        n_("{n} inconnue", "{n} inconnues", found.unknown).format(n=number(found.unknown)),
        n_("{n} refusée", "{n} refusées", found.refused).format(n=number(found.refused)),
        n_("{n} date promise changée", "{n} dates promises changées", found.dated).format(n=number(found.dated)),
    ]
    bad = [result for result in found.results if result.outcome in (Outcome.unknown, Outcome.refused)]
    for result in bad[:_SHOWN]:
        lines.append(_("Ligne {line} : {reason}").format(line=result.line, reason=result.reason))
    if len(bad) > _SHOWN:
        lines.append(_("  et {n} autres; « --json » les donne toutes.").format(n=number(len(bad) - _SHOWN)))
    return "\n".join([*lines, *found.notes])
