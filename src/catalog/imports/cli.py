"""`inventory import catalogue`."""

from pathlib import Path

import click

from catalog.imports.operations import File, import_catalogue
from catalog.imports.reading import LARGEST
from catalog.imports.schemas import CatalogueImported
from directory.imports.cli import importing, opened
from kit.actor import Actor
from kit.cli import Exit, answer, as_option, json_option, run, say
from kit.encodings import Unreadable
from kit.i18n import _, n_
from kit.tabular import Refusal

STARTER = Path(__file__).parent.parent / "data" / "starter.toml"


@click.command("catalogue")
@click.argument("paths", nargs=-1, metavar="FICHIER...", type=click.Path(path_type=Path, exists=True))
@click.option("--starter", is_flag=True, help="Charger le catalogue de départ livré avec le programme.")
@click.option("--dry-run", is_flag=True, help="Dire ce qui changerait, sans rien changer.")
@click.option("--accept", is_flag=True, help="Comme les autres listes; un catalogue s'applique toujours tout de suite.")
@click.option("--partial", is_flag=True, help="Comme les autres listes; une absence n'y ferme jamais rien.")
@json_option
@as_option
@run
async def catalogue(
    who: Actor, *, paths: tuple[Path, ...], starter: bool, dry_run: bool, accept: bool, partial: bool, as_json: bool
) -> None:
    """Importer un catalogue (TOML).

    Fournisseurs, produits, prix, formations et combos, reconnus par leur code. Un prix d'un autre jour met fin au précédent.
    """
    chosen = [*paths, STARTER] if starter else list(paths)
    if not chosen:
        raise click.UsageError("Nommez au moins un fichier, ou demandez « --starter ».")
    try:
        with opened(tuple(chosen)) as sources:
            files = [File(source.name, source.file.read(LARGEST + 1)) for source in sources]
        result = await import_catalogue(who, files, dry_run=dry_run)
    except Unreadable as refused:
        say(refused.detail)
        if as_json:
            whole = Refusal(0, "", ", ".join(path.name for path in chosen), refused.detail)
            answer(CatalogueImported(refused=[whole]), as_json=True, lines=str)
        raise Exit(1) from refused
    answer(result, as_json=as_json, lines=lambda: _told(result, dry_run=dry_run))
    if result.refused:
        raise Exit(1)


importing.add_command(catalogue)


def _told(result: CatalogueImported, *, dry_run: bool) -> str:
    lines = [_("Essai : rien n'a été écrit.")] if dry_run else []
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
        place = _("{file}, ligne {line}") if refusal.file else _("Ligne {line}")
        shown = f" ({refusal.value})" if refusal.value else ""
        lines.append(
            _("{place}, {column}{shown} : {reason}").format(
                place=place.format(file=refusal.file, line=refusal.line),
                column=refusal.column,
                shown=shown,
                reason=refusal.reason,
            )
        )
    return "\n".join([*lines, *result.notes])
