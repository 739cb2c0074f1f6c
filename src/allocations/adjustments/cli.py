"""`inventory adjustments`."""

import csv
from pathlib import Path

import click

from allocations.adjustments import operations, queries, releasing
from allocations.adjustments.schemas import Released, UploadAnswer, UploadOut
from kit.actor import Actor
from kit.cli import Exit, Group, answer, as_option, json_option, run, say
from kit.i18n import _, money, n_, number
from kit.paging import MAXIMUM_LIMIT

_SHOWN = 50


@click.group("adjustments", cls=Group)
def adjustments() -> None:
    """Ajustements d'enveloppes par fichier : appliquer, lister, annoncer aux écoles."""


@adjustments.command("upload")
@click.argument("file", metavar="FICHIER", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--measure", required=True, metavar="CODE", help="Code de la mesure.")
@click.option("--year", required=True, metavar="AAAA-AAAA", help="Année scolaire.")
@click.option("--reason", required=True, metavar="TEXTE", help="Pourquoi; se lit dans l'historique.")
@click.option(
    "--codes", metavar="FICHIER", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Les codes du fichier et les nôtres : CSV, deux colonnes, sans titre.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Dire ce qui changerait, sans rien changer.")
@json_option
@as_option
@run
async def upload_command(
    who: Actor, *, file: Path, measure: str, year: str, reason: str, codes: Path | None, dry_run: bool, as_json: bool
) -> None:
    """Changer des enveloppes d'après un fichier : un code, et un changement ou un montant. Une fois par fichier."""
    known = _codes(codes) if codes else {}
    with file.open("rb") as opened:
        done = await operations.upload(
            who, measure, year, opened, file.name, reason=reason, codes=known, dry_run=dry_run
        )
    answer(done, as_json=as_json, lines=lambda: _told(done))
    if done.unknown or done.refused:
        raise Exit(1)


@adjustments.command("list")
@json_option
@as_option
@run
async def list_command(who: Actor, *, as_json: bool) -> None:
    """Lister les fichiers d'ajustements, le plus récent d'abord."""
    found = await queries.listing(who, limit=MAXIMUM_LIMIT)
    answer(found, as_json=as_json, lines=lambda: "\n".join(map(_line, found.items)) or _("Aucun ajustement."))


@adjustments.command("release")
@click.argument("upload", type=click.IntRange(min=1), metavar="NUMÉRO")
@json_option
@as_option
@run
async def release_command(who: Actor, *, upload: int, as_json: bool) -> None:
    """Annoncer aux écoles les changements d'un fichier."""
    done = await releasing.release(who, upload)
    if done.nobody_to_tell:
        say(_("Personne à prévenir : {codes}.").format(codes=", ".join(done.nobody_to_tell)))
    answer(done, as_json=as_json, lines=lambda: _released(done))


def _codes(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8-sig", newline="") as opened:
        return {row[0].strip(): row[1].strip() for row in csv.reader(opened) if len(row) > 1}


def _told(done: UploadAnswer) -> str:
    head = []
    if done.dry_run:
        head = [_("Essai : rien n'a été écrit.")]
    elif done.repeated:
        head = [_("Ce fichier est déjà appliqué (numéro {number}) : rien n'a changé.").format(number=done.number)]
    shown = [line for line in done.results if line.outcome != "applied"]
    lines = [_("  ligne {line} : {sentence}").format(line=line.line, sentence=line.sentence) for line in shown[:_SHOWN]]
    if len(shown) > _SHOWN:
        lines.append(_("  et {n} autres; « --json » les donne toutes.").format(n=number(len(shown) - _SHOWN)))
    return "\n".join([*head, *lines, _line(done)])


def _line(upload: UploadOut) -> str:
    counts = [
        n_("{n} ligne appliquée", "{n} lignes appliquées", upload.applied).format(n=number(upload.applied)),
        n_("{n} en partie", "{n} en partie", upload.partial).format(n=number(upload.partial)),
        n_("{n} sans changement", "{n} sans changement", upload.unchanged).format(n=number(upload.unchanged)),
        n_("{n} code inconnu", "{n} codes inconnus", upload.unknown).format(n=number(upload.unknown)),
        n_("{n} refusée", "{n} refusées", upload.refused).format(n=number(upload.refused)),
    ]
    state = _("annoncé aux écoles") if upload.state == "released" else _("pas encore annoncé")
    total = money(upload.applied_cents)
    return f"{upload.number} {upload.measure} {upload.year} : {', '.join(counts)}. Total : {total}; {state}."


def _released(done: Released) -> str:
    return n_("{n} personne prévenue.", "{n} personnes prévenues.", done.messages).format(n=number(done.messages))
