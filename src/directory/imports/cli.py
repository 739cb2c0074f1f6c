"""`inventory import …`: the published lists of the network. Other packages add their own imports to the group."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import click

from directory.imports import operations, rules
from directory.imports.rules import SourceFile
from directory.imports.schemas import ImportAnswer
from kit.actor import Actor
from kit.cli import Exit, Group, answer, as_option, json_option, run, say
from kit.encodings import Unreadable
from kit.i18n import _, date_long, n_, number
from kit.tabular import Refusal

_SHOWN = 50


@click.group("import", cls=Group)
def importing() -> None:
    """Importer des listes : organismes, écoles, immeubles, effectifs; appliquer un lot préparé."""


@contextmanager
def opened(paths: tuple[Path, ...]) -> Iterator[list[SourceFile]]:
    """The files of a command, open for the block. Raises Unreadable with the reason."""
    with ExitStack() as stack:
        try:
            yield [SourceFile(path.name, stack.enter_context(path.open("rb"))) for path in paths]
        except IsADirectoryError as error:
            raise Unreadable(_("« {name} » est un dossier; donnez un fichier.").format(name=error.filename)) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise Unreadable(
                _("« {name} » ne s'ouvre pas ({reason}).").format(name=error.filename, reason=reason)
            ) from error


def _command(kind: str) -> click.Command:
    @run
    async def command(
        who: Actor,
        *,
        files: tuple[Path, ...],
        dry_run: bool,
        accept: bool,
        partial: bool,
        as_of: datetime | None,
        as_json: bool,
    ) -> None:
        try:
            with opened(files) as sources:
                found = await operations.import_list(
                    who,
                    kind,
                    sources,
                    dry_run=dry_run,
                    accept=accept,
                    partial=partial,
                    as_of=as_of.date() if as_of else None,
                )
        except Unreadable as refused:
            say(refused.detail)
            if as_json:
                whole = Refusal(0, "", ", ".join(path.name for path in files), refused.detail)
                answer(ImportAnswer(kind=kind, refused=[whole], state="refused"), as_json=True, lines=str)
            raise Exit(1) from refused
        _show(found, as_json=as_json)
        if found.refused or (accept and not dry_run and found.state != "applied"):
            raise Exit(1)

    title = rules.list_kind(kind).title
    made = click.command(kind, help=f"Importer une {title}.")(command)
    made.params = [
        click.Argument(["files"], nargs=-1, required=True, metavar="FICHIER…", type=click.Path(path_type=Path, exists=True)),
        click.Option(["--dry-run"], is_flag=True, help="Montrer ce qui changerait; ne rien écrire."),
        click.Option(["--accept"], is_flag=True, help="Appliquer tout de suite, sans préparation."),
        click.Option(["--partial"], is_flag=True, help="Le fichier n'est pas tout le réseau : une absence ne ferme rien."),
        click.Option(["--as-of"], type=click.DateTime(["%Y-%m-%d"]), metavar="AAAA-MM-JJ", help="Date de la liste (sinon la sienne)."),
        *made.params,
    ]  # fmt: skip
    return as_option(json_option(made))


@importing.command("accept")
@click.argument("batch", type=click.IntRange(min=1), metavar="LOT")
@as_option
@json_option
@run
async def accept_batch(who: Actor, *, batch: int, as_json: bool) -> None:
    """Appliquer un lot préparé, s'il vaut encore."""
    _show(await operations.accept(who, batch), as_json=as_json)


@importing.command("undo")
@click.argument("batch", type=click.IntRange(min=1), metavar="LOT")
@as_option
@json_option
@run
async def undo_batch(who: Actor, *, batch: int, as_json: bool) -> None:
    """Annuler un lot appliqué : tout redevient comme avant, ce qu'il a créé est fermé."""
    _show(await operations.undo(who, batch), as_json=as_json)


def _show(found: ImportAnswer, *, as_json: bool) -> None:
    for note in found.notes:
        say(note)
    answer(found, as_json=as_json, lines=lambda: _text(found))


def _text(found: ImportAnswer) -> str:
    lines = [
        _(rules.list_kind(found.kind).title).capitalize()
        + (_(" du {day}").format(day=date_long(found.listed_on)) if found.listed_on else ""),
        n_("{n} ligne lue", "{n} lignes lues", found.read).format(n=number(found.read)),
        n_("{n} création", "{n} créations", found.created).format(n=number(found.created)),
        n_("{n} modification", "{n} modifications", found.changed).format(n=number(found.changed)),
        n_("{n} sans changement", "{n} sans changement", found.unchanged).format(n=number(found.unchanged)),
        n_("{n} fermeture", "{n} fermetures", found.closed).format(n=number(found.closed)),
        n_("{n} ligne refusée", "{n} lignes refusées", len(found.refused)).format(n=number(len(found.refused))),
    ]
    for refusal in found.refused[:_SHOWN]:
        place = _("ligne {line}").format(line=refusal.line) + (f", {refusal.column}" if refusal.column else "")
        place = f"{refusal.file}, {place}" if refusal.file else place
        lines.append(
            f"  {place} : « {refusal.value} ». {refusal.reason}" if refusal.value else f"  {place} : {refusal.reason}"
        )
    if len(found.refused) > _SHOWN:
        lines.append(_("  et {n} autres; « --json » les donne toutes.").format(n=number(len(found.refused) - _SHOWN)))
    lines.append(_ending(found))
    return "\n".join(lines)


def _ending(found: ImportAnswer) -> str:
    if found.state == "applied":
        return _("Appliqué; lot {batch}.").format(batch=found.batch)
    if found.state == "undone":
        return _("Annulé; lot {batch}.").format(batch=found.batch)
    if found.state == "staged":
        return _("Rien n'est encore changé. Pour appliquer : inventory import accept {batch}").format(batch=found.batch)
    return _("Essai : rien n'a été écrit.")


for kind in rules.KINDS:
    importing.add_command(_command(kind))
