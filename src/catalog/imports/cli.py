"""`inventory import catalogue`."""

from pathlib import Path

import click

from catalog.imports.operations import File, import_catalogue
from catalog.imports.reading import LARGEST
from catalog.imports.schemas import CatalogueImported
from catalog.imports.telling import told
from directory.imports.cli import importing, opened
from kit.actor import Actor
from kit.cli import Exit, answer, as_option, json_option, run, say
from kit.encodings import Unreadable
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
    answer(result, as_json=as_json, lines=lambda: told(result, dry_run=dry_run))
    if result.refused:
        raise Exit(1)


importing.add_command(catalogue)
