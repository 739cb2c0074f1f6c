"""`inventory accounts pack`."""

import shutil
from pathlib import Path
from uuid import UUID

import click
import msgspec

from allocations.envelopes import queries as envelopes
from allocations.packs import operations
from kit.actor import Actor
from kit.cli import answer, as_option, json_option, run, say
from kit.errors import NotFound
from kit.i18n import _, n_, number


class Written(msgspec.Struct):
    """A pack that was written: where, its bytes, how many files it holds, the SHA-256 of the whole."""

    file: str
    size: int
    files: int
    sha256: str


@click.command("pack")
@click.argument("envelope", metavar="[ENVELOPPE]", required=False, type=click.UUID)
@click.option("--board", metavar="CODE", help="Toutes les enveloppes d'un organisme, avec --year.")
@click.option("--year", metavar="AAAA-AAAA", help="L'exercice de ces enveloppes.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), metavar="DOSSIER", help="Où les écrire."
)
@json_option
@as_option
@run
async def pack_command(
    who: Actor, *, envelope: UUID | None, board: str | None, year: str | None, out: Path, as_json: bool
) -> None:
    """Prendre le dossier de reddition de comptes d'une enveloppe, ou de toutes celles d'un organisme : un .zip par enveloppe."""
    if (envelope is None) == (board is None or year is None):
        raise click.UsageError(_("Donnez une enveloppe, ou un organisme et un exercice (--board et --year)."))
    wanted = [envelope] if envelope else [each.id for each in await envelopes.every(who, board=board, year=year)]
    if not wanted:
        raise NotFound(_("Aucune enveloppe de cet organisme pour cet exercice."))
    done = []
    for key in wanted:  # a pack at a time: each is as large as its papers
        done.append(await write(who, key, out))
        say(done[-1].file)
    answer(done, as_json=as_json, lines=lambda: _told(done))


async def write(who: Actor, envelope: UUID, out: Path) -> Written:
    """Take a pack into a folder, made where there is none. Raises as `operations.take`."""
    pack = await operations.take(who, envelope)
    return Written(file=str(_kept(pack, out)), size=pack.size, files=len(pack.entries), sha256=pack.sha256)


def _kept(pack: operations.Pack, out: Path) -> Path:
    """The pack in its folder; never half of one under its name."""
    out.mkdir(parents=True, exist_ok=True)
    path, half = out / pack.name, out / f".{pack.name}.part"
    try:
        with pack.file, half.open("wb") as target:
            shutil.copyfileobj(pack.file, target)
        return half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def _told(done: list[Written]) -> str:
    lines = [f"{each.sha256}  {each.file}" for each in done]
    return "\n".join([*lines, n_("{n} dossier écrit.", "{n} dossiers écrits.", len(done)).format(n=number(len(done)))])
