"""`inventory import catalogue`."""

from pathlib import Path

import click

from catalog.imports.operations import File, import_catalogue
from catalog.imports.schemas import CatalogueImported
from kit.actor import Actor
from kit.cli import Exit, answer, as_option, json_option, run
from kit.i18n import n_

STARTER = Path(__file__).parent.parent / "data" / "starter.toml"


@click.command("catalogue")
@click.argument("paths", nargs=-1, metavar="FICHIER...", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--starter", is_flag=True, help="Charger le catalogue de départ livré avec le programme.")
@click.option("--dry-run", is_flag=True, help="Dire ce qui changerait, sans rien changer.")
@json_option
@as_option
@run
async def catalogue(who: Actor, *, paths: tuple[Path, ...], starter: bool, dry_run: bool, as_json: bool) -> None:
    """Charger fournisseurs, produits, prix, formations et combos (TOML)."""
    chosen = [*paths, STARTER] if starter else list(paths)
    if not chosen:
        raise click.UsageError("Nommez au moins un fichier, ou demandez « --starter ».")
    result = await import_catalogue(who, [File(path.name, path.read_bytes()) for path in chosen], dry_run=dry_run)
    answer(result, as_json=as_json, lines=lambda: _told(result, dry_run=dry_run))
    if result.refused:
        raise Exit(1)


def _told(result: CatalogueImported, *, dry_run: bool) -> str:
    lines = ["Essai : rien n'a été écrit."] if dry_run else []
    counts = (
        (result.read, n_("{n} entrée lue", "{n} entrées lues", result.read)),
        (result.created, n_("{n} créée", "{n} créées", result.created)),
        (result.changed, n_("{n} modifiée", "{n} modifiées", result.changed)),
        (result.unchanged, n_("{n} inchangée", "{n} inchangées", result.unchanged)),
        (result.closed, n_("{n} fermée", "{n} fermées", result.closed)),
        (len(result.refused), n_("{n} refusée", "{n} refusées", len(result.refused))),
    )
    lines.append(", ".join(sentence.format(n=n) for n, sentence in counts) + ".")
    for refusal in result.refused:
        place = f"{refusal.file}, ligne {refusal.line}" if refusal.file else f"Ligne {refusal.line}"
        shown = f" ({refusal.value})" if refusal.value else ""
        lines.append(f"{place}, {refusal.column}{shown} : {refusal.reason}")
    return "\n".join([*lines, *result.notes])
