"""`inventory approvals`."""

from pathlib import Path
from typing import BinaryIO

import click

from allocations.approvals import imports, queries
from allocations.approvals.schemas import DelegationOut, ImportedDelegations
from allocations.approvals.words import MEASURE_KINDS, stuck_line
from kit.actor import Actor
from kit.cli import Exit, Group, answer, as_option, json_option, run
from kit.i18n import _, date_long, money, n_, number
from kit.paging import Page


@click.group("approvals", cls=Group)
def approvals() -> None:
    """Approbations : qui décide de quoi, jusqu'à combien."""


@approvals.command("list")
@click.option("--board", metavar="CODE", help="L'organisme; sans lui, tous.")
@json_option
@as_option
@run
async def list_command(who: Actor, *, board: str | None, as_json: bool) -> None:
    """Lister les délégations."""
    found = await queries.listing(who, board=board)
    answer(
        Page(found),
        as_json=as_json,
        lines=lambda: "\n".join(map(line, found)) or _("Rien n'est délégué : qui approuve décide seul."),
    )


@approvals.command("stuck")
@json_option
@as_option
@run
async def stuck_command(who: Actor, *, as_json: bool) -> None:
    """Lister les étapes où des paniers attendent sans que personne puisse décider."""
    who.must("journal.read")
    found = await queries.stuck(who)
    answer(Page(found), as_json=as_json, lines=lambda: "\n".join(map(stuck_line, found)))


@approvals.command("import")
@click.argument("file", type=click.File("rb"), metavar="FICHIER")
@click.option("--board", metavar="CODE", help="L'organisme dont ce sont les étapes.")
@click.option("--dry-run", is_flag=True, help="Dire ce qui changerait, sans rien écrire.")
@json_option
@as_option
@run
async def import_command(who: Actor, *, file: BinaryIO, board: str | None, dry_run: bool, as_json: bool) -> None:
    """Lire les étapes d'un fichier (colonnes : sorte, catégorie, rôle, limite, du), tout ou rien."""
    done = await imports.import_steps(who, Path(file.name).name, file.read(), board=board, dry_run=dry_run)
    answer(done, as_json=as_json, lines=lambda: counts(done))
    if done.refused:
        raise Exit(1)


def line(one: DelegationOut) -> str:
    """`711000 investissement, depuis le 1er juillet 2026 : Direction d'école 5 000,00 $ → Approvisionnement et finances`"""
    money_kind = _(MEASURE_KINDS[one.measure_kind]) if one.measure_kind else ""
    kind = " ".join(filter(None, (one.board, money_kind, one.category_name)))
    steps = " → ".join(
        step.role_name if step.limit_cents is None else f"{step.role_name} {money(step.limit_cents)}"
        for step in one.steps
    )
    return _("{kind}, depuis le {day} : {steps}").format(kind=kind, day=date_long(one.from_day), steps=steps)


def counts(done: ImportedDelegations) -> str:
    said = n_("{n} délégation nouvelle", "{n} délégations nouvelles", done.created).format(n=number(done.created))
    kept = n_("{n} inchangée", "{n} inchangées", done.unchanged).format(n=number(done.unchanged))
    return "\n".join([f"{said}, {kept}.", *done.refused])
